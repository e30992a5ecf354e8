"""Set-up: from an empty folder to a twin that friends can write to, one step at a time."""

from collections.abc import Callable, Mapping

from nicegui import ui

from storage.errors import TwinError
from twin.config.load import load_config
from twin.config.schema import Config
from twin.dashboard.context import DashboardContext
from twin.dashboard.page import Pages
from twin.dashboard.page_view import PageView
from twin.dashboard.pages.imports import Importing
from twin.dashboard.pages.setup_accounts import account_part
from twin.dashboard.pages.setup_base import base_part
from twin.dashboard.pages.setup_friends import friends_part
from twin.dashboard.pages.setup_history import history_part
from twin.dashboard.pages.setup_step import (
    PATH,
    SetupJobs,
    SetupStep,
    address_of,
    state_now,
)
from twin.dashboard.pages.setup_training import training_part
from twin.dashboard.pages.setup_you import you_part
from twin.dashboard.static import STATIC
from twin.dashboard.widgets.controls import StatusLine
from twin.dashboard.widgets.layout import Button, card
from twin.dashboard.wording import error_in
from twin.language import N_
from twin.setup.base_job import BaseJob
from twin.setup.steps import (
    STATES,
    STEPS,
    TITLES,
    Step,
    leave_behind,
    setup_state,
    step_after,
)

PARTS: Mapping[Step, Callable[[SetupStep], None]] = {
    "you": you_part,
    "base": base_part,
    "history": history_part,
    "account": account_part,
    "training": training_part,
    "friends": friends_part,
}
REFRESH_S = 2.0
STYLE = (STATIC / "setup.css").read_text(encoding="utf-8")


def home_of(context: DashboardContext) -> str:
    """Where the owner begins: the set-up as long as the folder is empty, then the overview."""
    state = state_now(context)
    return PATH if state is not None and state.is_empty else "/"


def add(pages: Pages, importing: Importing) -> None:
    jobs = SetupJobs(importing, BaseJob(pages.context.config.path))

    def build(view: PageView, step: str = "") -> None:
        ui.add_head_html(f"<style>{STYLE}</style>")
        try:
            config = load_config(view.context.config.path)
        except TwinError as error:
            ui.label(error_in(view.language, error)).classes("own-alert").props("role=alert")
            return
        _Setup(view, jobs, config, next((one for one in STEPS if one == step), None))

    pages.add(PATH, "setup", build)


class _Setup:
    """One step in one browser. Its address names it, so that a reload or another tab shows it."""

    def __init__(self, view: PageView, jobs: SetupJobs, config: Config, asked: Step | None) -> None:
        self._view, self._state = view, setup_state(config, view.context.db)
        self._step = asked or self._state.next_step or STEPS[-1]
        ui.label(
            view.say("Each step can be skipped and done later; closing the page loses nothing.")
        ).classes("own-faint")
        self._steps = ui.element("nav")
        self._steps.props["aria-label"] = view.say("Steps of the set-up")
        self._show_steps()
        with card(view.say(TITLES[self._step])):
            PARTS[self._step](SetupStep(view, jobs, config, self._state, self._go_on))
        with ui.element("div").classes("own-spread"):
            self._back()
            self._next = Button("", self._go_on)
        self._status = StatusLine(view.language)
        self._name_next()
        view.every(REFRESH_S, self._refresh)

    def _refresh(self) -> None:
        """An import or a run may have made a step done meanwhile, here or in another tab."""
        now = state_now(self._view.context)
        if now is not None and any(now.state(step) != self._state.state(step) for step in STEPS):
            self._state = now
            self._show_steps()
            self._name_next()

    def _show_steps(self) -> None:
        self._steps.clear()
        with self._steps, ui.element("ol").classes("set-steps"):
            for number, step in enumerate(STEPS, 1):
                self._show_step(number, step)

    def _show_step(self, number: int, step: Step) -> None:
        say, state = self._view.say, self._state.state(step)
        with ui.element("li"), ui.element("a").classes(f"set-step set-{state}") as entry:
            entry.props["href"] = address_of(step)
            if step == self._step:
                entry.props["aria-current"] = "step"
            ui.label("✓" if state == "done" else str(number)).classes("set-mark").props(
                "aria-hidden=true"
            )
            with ui.element("span"):
                ui.label(say(TITLES[step]))
                ui.label(say(STATES[state])).classes("own-faint")

    def _back(self) -> None:
        before = STEPS.index(self._step) - 1
        with ui.element("a").classes("own-button") as back:
            back.props["href"] = address_of(STEPS[before]) if before >= 0 else "/"
            ui.label(self._view.say(N_("Back") if before >= 0 else N_("Later")))

    def _name_next(self) -> None:
        done = self._state.state(self._step) == "done"
        if step_after(self._step) is None:
            name = N_("Finish")
        else:
            name = N_("Go on") if done else N_("Skip")
        self._next.name.text = self._view.say(name)
        self._next.classes(add="own-strong" if done else "", remove="" if done else "own-strong")

    def _go_on(self) -> None:
        context, following = self._view.context, step_after(self._step)
        with self._status.refusals():
            leave_behind(context.db, self._step, context.clock.now())
            ui.navigate.to("/" if following is None else address_of(following))
