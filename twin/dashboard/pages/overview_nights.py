"""Part of the overview: what the last training learnt, and how the trainings compare."""

from collections.abc import Sequence
from typing import Any

from nicegui import ui

from storage.runs import Run, done_runs, latest_run, result_of
from twin.adapter_names import AdapterNames
from twin.dashboard.page_view import PageView
from twin.dashboard.pages.last_training import last_training
from twin.dashboard.widgets.chart import Ends, Labels, Points, Scale, draw_curves, scale_of
from twin.dashboard.widgets.layout import card, heading, link
from twin.dashboard.widgets.table import FoldedTable
from twin.language import N_
from twin.score_labels import NONE, likeness

MOST = 30
TITLE = N_("What it learnt")
TABLE = N_("One training after the other")
COLUMNS = (N_("Training"), N_("Loss"), N_("Loss of the base model"), N_("Likeness"), N_("Verdict"))
Result = dict[str, Any]


class NightsCard:
    """Rewritten when a run begins or ends."""

    def __init__(self, view: PageView) -> None:
        self._view = view
        with card(view.say(TITLE)):
            self._sentence = ui.label().classes("own-text")
            self._link = ui.element("div")
            self._plots = ui.element("div").classes("trn-columns")
            self._table = FoldedTable(view)
        self._shown = latest_run(view.context.db)
        self._show(self._shown)

    def refresh(self) -> None:
        run, shown = latest_run(self._view.context.db), self._shown
        if (run and (run.id, run.state)) != (shown and (shown.id, shown.state)):
            self._shown = run
            self._show(run)

    def _show(self, latest: Run | None) -> None:
        view = self._view
        self._sentence.text = last_training(view, latest)
        self._link.clear()
        if latest is not None:
            with self._link:
                link(view.say("Run {run}", run=latest.id), f"/training/{latest.id}")
        done = [(run, result_of(run)) for run in reversed(done_runs(view.context.db, MOST))]
        judged = [(run, result) for run, result in done if result.get("loss") is not None]
        self._plots.clear()
        self._table.element.set_visibility(bool(judged))
        if judged:
            foot = view.day(judged[0][0].started_at), view.day(judged[-1][0].started_at)
            results = [result for _, result in judged]
            with self._plots:
                self._draw_losses(results, foot)
                self._draw_likeness(results, foot)
            names = view.adapter_names
            rows = [self._row(one, names) for one in reversed(results)]
            self._table.fill(TABLE, COLUMNS, rows)

    def _draw_losses(self, results: Sequence[Result], foot: Ends) -> None:
        say, number = self._view.say, self._view.language.number
        losses = {
            say("the adapter that was trained"): _curve([one["loss"] for one in results]),
            say("the base model"): _curve([one.get("base_loss") for one in results]),
        }
        scale = scale_of(losses.values())
        if scale is None:
            return
        about = say("Loss per token, of the last: {loss}", loss=number(results[-1]["loss"], 3))
        side = number(scale.high, 2), number(scale.low, 2)
        with ui.element("div").classes("own-stack"):
            heading(say("Loss per token on your answers: low is good"), 3)
            draw_curves(losses, scale, Labels(about, foot, side))

    def _draw_likeness(self, results: Sequence[Result], foot: Ends) -> None:
        say = self._view.say
        alike = _curve([likeness(one) for one in results])
        if not alike:
            return
        share = self._view.language.percent(alike[-1][1])
        about = say("Likeness between other people (0%) and you (100%), the last: {n}", n=share)
        with ui.element("div").classes("own-stack"):
            heading(say("Likeness between other people and you"), 3)
            curves = {say("the adapter that was trained"): alike}
            labels = Labels(about, foot, (say("you"), say("others")))
            draw_curves(curves, Scale(len(results) - 1, 0.0, 1.0), labels)
            ui.label(
                say(
                    "The mean of the bars on a run's page. The top is you against yourself: more "
                    "can't be reached."
                )
            ).classes("own-faint")

    def _row(self, result: Result, names: AdapterNames) -> list[str]:
        say, language, alike = self._view.say, self._view.language, likeness(result)
        base, verdict = result.get("base_loss"), result.get("verdict") or {}
        return [
            names.of(result.get("adapter", NONE)),
            language.number(result["loss"], 3),
            NONE if base is None else language.number(base, 3),
            NONE if alike is None else language.percent(alike),
            say(N_("went live") if verdict.get("promoted") else N_("did not go live")),
        ]


def _curve(values: Sequence[float | None]) -> Points:
    return [(number, value) for number, value in enumerate(values) if value is not None]
