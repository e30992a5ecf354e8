"""Training: what is learnt now, what was learnt, which of it answers, and when the next is due."""

from pathlib import Path

from nicegui import ui

from storage.pages import page_of_runs
from storage.runs import Run, minutes, result_of
from twin.dashboard import training_words as words
from twin.dashboard.layout import card, link
from twin.dashboard.pages import Pages
from twin.dashboard.reason_words import reason_in
from twin.dashboard.training_adapters import AdapterList
from twin.dashboard.training_now import NowCard
from twin.dashboard.training_run import show_run
from twin.dashboard.training_schedule import schedule_card
from twin.dashboard.view import View
from twin.terminal import when

PATH = "/training"
PAGE = 20
REFRESH_S = 3.0
TONES = {"running": "own-warn", "done": "own-good", "failed": "own-bad", "skipped": ""}
STYLE = Path(__file__).with_name("training.css").read_text(encoding="utf-8")


def add(pages: Pages) -> None:
    def build(view: View, before: int | None = None) -> None:
        _Overview(view, before)

    def build_run(view: View, number: int) -> None:
        ui.add_head_html(f"<style>{STYLE}</style>")
        show_run(view, number)

    pages.add(PATH, "training", build)
    pages.add(PATH + "/{number}", "training", build_run)


class _Overview:
    """All of it in one browser. Lists are written anew when a run begins or ends."""

    def __init__(self, view: View, before: int | None) -> None:
        self._view, self._before = view, before
        ui.add_head_html(f"<style>{STYLE}</style>")
        self._now = NowCard(view)
        schedule_card(view)
        self._adapters = AdapterList(view)
        with card(view.say(words.RUNS)):
            self._runs = ui.element("ul").classes("own-list")
            self._more = ui.element("div").classes("own-row")
        self._shown: list[Run] | None = None
        self._refresh()
        view.every(REFRESH_S, self._refresh)

    def _refresh(self) -> None:
        self._now.refresh()
        found = page_of_runs(self._view.house.db, before=self._before, limit=PAGE + 1)
        told = [(run.id, run.state, run.attempts) for run in found]
        if self._shown is None or told != [(r.id, r.state, r.attempts) for r in self._shown]:
            self._shown = found
            self._show_runs(found)
        self._adapters.refresh()

    def _show_runs(self, found: list[Run]) -> None:
        say = self._view.say
        self._runs.clear()
        with self._runs:
            if not found:
                with ui.element("li"):
                    ui.label(say(words.NO_RUNS)).classes("own-faint")
            for run in found[:PAGE]:
                with ui.element("li"):
                    _show_line(self._view, run)
        self._more.clear()
        with self._more:
            if self._before is not None:
                link(say(words.NEWEST), PATH)
            if len(found) > PAGE:
                link(say(words.OLDER), f"{PATH}?before={found[PAGE - 1].id}")


def _show_line(view: View, run: Run) -> None:
    say, result = view.say, result_of(run)
    with ui.element("div").classes("trn-line"):
        link(say(words.RUN, run=run.id), f"{PATH}/{run.id}")
        ui.label(when(run.started_at)).classes("own-faint")
        ui.label(say(words.STATES[run.state])).classes(f"own-state {TONES[run.state]}")
    parts = [reason_in(view.language, run.reason)]
    if (took := minutes(run)) is not None:
        parts.append(say(words.MINUTES, n=took))
    if result.get("base_loss") is not None and result.get("loss") is not None:
        losses = {key: f"{result[f'{key}']:.3f}" for key in ("base_loss", "loss")}
        parts.append(say(words.LEARNT, base=losses["base_loss"], loss=losses["loss"]))
    verdict = result.get("verdict")
    if verdict is not None:
        parts.append(say(words.WENT_LIVE if verdict["promoted"] else words.STAYED_OUT))
    ui.label(" · ".join(parts)).classes("own-faint own-text")
    if run.error:
        ui.label(reason_in(view.language, run.error)).classes("own-faint own-text")
