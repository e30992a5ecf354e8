"""Set-up, fifth step: the first training, and the restart that what was chosen needs before it."""

import asyncio
from collections.abc import Callable, Iterator
from functools import partial

from nicegui import ui

from storage.errors import TwinError
from twin.config.load import load_config
from twin.dashboard.pages.setup_step import SetupStep, address_of
from twin.dashboard.pages.training import STYLE as TRAINING_STYLE
from twin.dashboard.pages.training import NowCard
from twin.dashboard.widgets.controls import StatusLine
from twin.dashboard.widgets.layout import Button, link
from twin.dashboard.wording import error_in, reason_in
from twin.engine.bases.log_figures import figures_beside
from twin.engine.bases.offers import language_advice
from twin.setup.steps import SetupState, needs_restart, own_texts, setup_state

REFRESH_S = 2.0
_Hint = tuple[str, tuple[str, str] | None]  # what is so, and a link with its name


def training_part(step: SetupStep) -> None:
    say = step.view.say
    ui.add_head_html(f"<style>{TRAINING_STYLE}</style>")
    ui.label(
        say(
            "The first training takes minutes with the packaged base and a few thousand messages. "
            "It goes on when this page is closed; later it runs every night."
        )
    ).classes("own-faint")
    _Hints(step)
    if needs_restart(step.view.context.config, step.config):
        _restart_row(step)
    now = NowCard(step.view)
    now.refresh()
    step.view.every(REFRESH_S, now.refresh)


class _Hints:
    """What stands in the way of a training, and how the last one ended."""

    def __init__(self, step: SetupStep) -> None:
        self._step = step
        self._advice: str | None = None
        self._part = ui.element("div").classes("own-stack")
        self._shown: object = None
        self._refresh()
        step.view.every(REFRESH_S, self._refresh)
        ui.timer(0, self._look_at_the_language, once=True)

    async def _look_at_the_language(self) -> None:
        """The base is chosen before it is known which language the chats are in."""
        view = self._step.view
        log = await asyncio.to_thread(figures_beside, view.context.config.database)
        advice = language_advice(self._step.state.base, log)
        self._advice = None if advice is None else view.say(advice)
        self._refresh()

    def _refresh(self) -> None:
        view = self._step.view
        try:
            config = load_config(self._step.file)
        except TwinError as error:
            self._show([(error_in(view.language, error), None)])
            return
        state = setup_state(config, view.context.db)
        self._show([*self._before(state, config.train.min_samples), *self._after(state)])

    def _before(self, state: SetupState, most: int) -> Iterator[_Hint]:
        """What is to be done before a training is worth its time."""
        say = self._step.view.say
        if self._advice is not None and state.run is None:
            yield self._advice, (say("Choose another base model"), address_of("base"))
        own = own_texts(self._step.view.context.db, most) if state.adapter is None else most
        if own < most:
            few = say(
                "Training needs at least {most} answers of yours; {own} are stored.",
                most=most,
                own=own,
            )
            yield few, (say("Import more chats"), address_of("history"))

    def _after(self, state: SetupState) -> Iterator[_Hint]:
        """How the last one ended."""
        view, run = self._step.view, state.run
        if run is None:
            return
        scores = (view.say("Scores and examples"), f"/training/{run.id}")
        if run.state == "failed":
            why = reason_in(view.language, run.error or "")
            yield view.say("The last training failed: {why}", why=why), None
        elif run.state == "done" and state.adapter:
            yield view.say("Trained: the twin answers with what it learnt."), scores
        elif run.state == "done":
            yield (
                view.say(
                    "Trained, but the result was not better than before; the training page says "
                    "why."
                ),
                scores,
            )

    def _show(self, lines: list[_Hint]) -> None:
        if lines == self._shown:
            return
        self._shown = lines
        self._part.clear()
        with self._part:
            for text, more in lines:
                ui.label(text).classes("own-text").props("role=status")
                if more is not None:
                    link(*more)


def _restart_row(step: SetupStep) -> None:
    view = step.view
    restart = view.context.restart
    with ui.element("div").classes("own-row"):
        ui.label(view.say("Name, base model and accounts take effect after a restart.")).classes(
            "own-text"
        )
        status = StatusLine(view.language)
        if restart is None:
            return
        act = partial(_restart, step, restart, status)
        button = Button(view.say("Restart the bot"), act).classes("own-strong")

    def refresh() -> None:
        button.props["disabled"] = _is_training(step)

    refresh()
    view.every(REFRESH_S, refresh)


def _is_training(step: SetupStep) -> bool:
    """A restart would end the run."""
    training = step.view.context.training
    return training is not None and training.is_running()


def _restart(step: SetupStep, restart: Callable[[], None], status: StatusLine) -> None:
    if _is_training(step):  # since the button was drawn
        return
    with status.refusals():
        load_config(step.file)  # a bot that can't start again is not to be stopped
        status.tell(step.view.say("Restarting … The page comes back by itself."))
        restart()
