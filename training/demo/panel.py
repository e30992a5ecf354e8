"""What the demo tells beside the chat: who answers, how far the training is, what came of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nicegui import ui
from sqlite_utils import Database

from storage.adapters import live_adapter
from storage.errors import TwinError
from storage.run_progress import RunProgress, progress_of
from storage.runs import get_run, latest_run, result_of
from training.demo.prepare import must_train
from training.demo.sample_chats import OWNER_NAME
from training.evaluation.scores import PERSON, AnswerExample
from training.report.report_files import ReportFiles
from twin.config.schema import Config
from twin.dashboard.widgets.progress import time_left
from twin.engine.base import Engine
from twin.language import N_, Language

EXAMPLES = 6
REFRESH_S = 1.0
PHASES = {
    "waiting": N_("Waiting for the training of another twin on this machine"),
    "preparing": N_("Reading the messages and loading the model"),
    "training": N_("Learning how {owner} writes"),
    "judging": N_("Comparing the new twin with the base model"),
}
CSS = Path(__file__).with_name("panel.css")


@dataclass(frozen=True, slots=True)
class State:
    """What the panel shows. `waits`: a training is to begin, or goes on; `refused`: it is over, and
    what it made did not go live.
    """

    adapter: str | None
    waits: bool
    refused: bool
    progress: RunProgress | None
    failed: str | None
    run: int | None  # the last that was done


class Panel:
    """One for all tabs of the demo; `show` builds it in a tab."""

    def __init__(self, config: Config, db: Database, engine: Engine) -> None:
        self._config, self._db, self._engine = config, db, engine

    def show(self, language: Language) -> None:
        ui.add_css(CSS.read_text(encoding="utf-8"))
        with ui.element("aside").classes("demo").props("aria-labelledby=demo-title"):
            tab = _Tab(self, language)
        ui.timer(REFRESH_S, tab.refresh)

    def state(self) -> State:
        run, done = latest_run(self._db), latest_run(self._db, "done")
        waits = must_train(self._db)
        return State(
            adapter=self._answers(),
            waits=waits,
            refused=not waits and live_adapter(self._db) is None,
            progress=progress_of(self._db, run) if run else None,
            failed=run.error if run and run.state == "failed" else None,
            run=done.id if done else None,
        )

    def _answers(self) -> str | None:
        """The adapter; none while the model is loaded, when the page is there already."""
        try:
            return self._engine.adapter
        except TwinError:
            return None

    def examples(self, run: int) -> Sequence[AnswerExample]:
        return ReportFiles(self._config).examples(run)[:EXAMPLES]

    def result(self, run: int) -> dict[str, Any]:
        return result_of(get_run(self._db, run))


class _Tab:
    """The panel in one tab. Only what changed is rewritten."""

    def __init__(self, panel: Panel, language: Language) -> None:
        self._panel, self._language, self._shown = panel, language, 0
        say = language.say
        with ui.element("h2").props("id=demo-title"):
            ui.label(say("What happens here"))
        self._who = ui.label().classes("demo-who").props("role=status")
        with ui.element("div").classes("demo-going") as self._going:
            self._phase = ui.label()
            self._bar = ui.element("progress").props("max=100")
            self._bar.props["aria-label"] = say("Training progress")
            self._left = ui.label().classes("demo-faint")
        self._table = ui.element("div")
        self.refresh()

    def refresh(self) -> None:
        state = self._panel.state()
        self._show_who(state)
        self._show_progress(state)
        if state.run is not None and state.run != self._shown:
            self._shown = state.run
            self._show_examples(state.run)

    def _show_who(self, state: State) -> None:
        say = self._language.say
        if state.adapter is not None:
            self._who.text = say(
                "{owner}'s twin answers now. Ask it what you asked the base model.",
                owner=OWNER_NAME,
            )
        elif state.refused:
            self._who.text = say("The base model answers: the trained twin was not good enough.")
        else:
            self._who.text = say(
                "The base model answers: it does not know {owner} yet. Write to it, and compare "
                "when the twin has been trained.",
                owner=OWNER_NAME,
            )

    def _show_progress(self, state: State) -> None:
        now = state.progress
        going = now is not None or (state.waits and state.failed is None)
        self._going.set_visibility(going or state.failed is not None)
        self._bar.set_visibility(going)
        say = self._language.say
        if not going:
            self._phase.text = say("Training ended early: {why}", why=state.failed or "")
            self._left.text = ""
            return
        self._phase.text = say(PHASES[now.phase if now else "preparing"], owner=OWNER_NAME)
        left_ms = now.left_ms if now else None
        self._left.text = time_left(self._language, left_ms / 1000) if left_ms else ""
        if now is not None and now.steps:
            self._bar.props["value"] = now.percent
        else:
            self._bar.props.pop("value", None)

    def _show_examples(self, run: int) -> None:
        say, result = self._language.say, self._panel.result(run)
        names = {
            "base": say("base model"),
            "candidate": say("twin"),
            PERSON: say("what {owner} really wrote", owner=OWNER_NAME),
        }
        self._table.clear()
        with self._table:
            with ui.element("h3"):
                ui.label(say("The same messages, not seen in training"))
            losses = [result.get(key) for key in ("base_loss", "loss")]
            if all(losses):
                base, twin = (f"{loss:.2f}" for loss in losses)
                told = say(
                    "Loss per token on them: base model {base}, twin {twin} (lower is nearer).",
                    base=base,
                    twin=twin,
                )
                ui.label(told).classes("demo-faint")
            for example in self._panel.examples(run):
                with ui.element("dl"):
                    _row(say("friend"), example.friend)
                    for name, label in names.items():
                        _row(label, example.answers.get(name, ""))


def _row(label: str, text: str) -> None:
    with ui.element("dt"):
        ui.label(label)
    with ui.element("dd"):
        ui.label(text or "–")
