"""What a step of the set-up is given."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from storage.errors import TwinError
from twin.config.load import load_config
from twin.config.schema import Config
from twin.dashboard.context import DashboardContext
from twin.dashboard.page_view import PageView
from twin.dashboard.pages.imports import Importing
from twin.dashboard.widgets.layout import link
from twin.setup.base_job import BaseJob
from twin.setup.steps import SetupState, Step, setup_state

PATH = "/setup"


@dataclass(frozen=True, slots=True)
class SetupJobs:
    """What takes long and goes on without any page; one of each in the bot."""

    importing: Importing
    base: BaseJob


@dataclass(frozen=True, slots=True)
class SetupStep:
    """`config`, `state`: when the page was opened. `go_on` leads to the next step."""

    view: PageView
    jobs: SetupJobs
    config: Config
    state: SetupState
    go_on: Callable[[], None]

    @property
    def file(self) -> Path:
        """Where the settings are."""
        return self.view.context.config.path


def address_of(step: Step) -> str:
    return f"{PATH}?step={step}"


def state_now(context: DashboardContext) -> SetupState | None:
    """How far the set-up is; None while the file can't be read, since somebody edits it."""
    try:
        return setup_state(load_config(context.config.path), context.db)
    except TwinError:
        return None


def link_to_setup(view: PageView) -> None:
    """Where the owner goes on with what they left, if there is anything."""
    state = state_now(view.context)
    if state is not None and state.is_under_way:
        link(view.say("Go on with the set-up"), PATH).classes("own-button own-strong")
