"""What a step of the set-up is given."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from twin.dashboard.page_view import PageView
from twin.dashboard.pages.imports import Importing
from twin.setup.steps import SetupState, Step

PATH = "/setup"


@dataclass(frozen=True, slots=True)
class SetupStep:
    """`state`: when the page was opened. `go_on` leads to the next step."""

    view: PageView
    importing: Importing
    state: SetupState
    go_on: Callable[[], None]

    @property
    def file(self) -> Path:
        """Where the settings are."""
        return self.view.context.config.path


def address_of(step: Step) -> str:
    return f"{PATH}?step={step}"
