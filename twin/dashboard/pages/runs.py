"""Page of a training run: loss curves, scores, the verdict, and held-out answers."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from fastapi import FastAPI, HTTPException
from fastapi.responses import FileResponse, PlainTextResponse, Response
from nicegui import app, ui

from storage.errors import TwinError
from storage.runs import Run, curve, get_run, minutes, result_of
from twin.dashboard.context import DashboardContext
from twin.dashboard.page_view import PageView
from twin.dashboard.pages.run_scores import model_name, show_scores
from twin.dashboard.widgets.chart import Labels, Points, draw_curves, scale_of
from twin.dashboard.widgets.layout import card, heading, link
from twin.dashboard.widgets.table import cell
from twin.dashboard.wording import error_in, reason_in, verdict_in
from twin.interfaces import HeldOutExample
from twin.language import N_
from twin.score_labels import PERSON

STATES: Mapping[str, str] = {
    "running": N_("in progress"),
    "done": N_("done"),
    "failed": N_("failed"),
    "skipped": N_("skipped"),
}

FOLDER = "reports"
_SHOWN = {".html", ".png", ".svg", ".css", ".json"}
# They bear names of chats. Whatever these hold, no script of it runs and nothing is fetched.
POLICY = (
    "default-src 'none'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'"
)


def add_reports(data: Path) -> None:
    root = (data / FOLDER).resolve()

    @app.get(f"/{FOLDER}/{{path:path}}")
    def report(path: str) -> Response:
        file = find_report(root, path)
        if file is None:
            return PlainTextResponse("no such report\n", status_code=404)
        return FileResponse(file, headers={"Content-Security-Policy": POLICY})


def find_report(root: Path, path: str) -> Path | None:
    """The file, if it lies in the folder and is of a kind that is shown."""
    try:
        file = (root / path).resolve()
        lies_within = file.is_relative_to(root) and file.suffix in _SHOWN and file.is_file()
    except (OSError, ValueError):  # a name that is none: too long, or with a zero in it
        return None
    return file if lies_within else None


def serve_report(app: FastAPI, context: DashboardContext) -> None:
    @app.get("/training/{number}/report")
    async def report(number: int) -> FileResponse:
        page = context.reports.page(number) if context.reports else None
        if page is None:
            raise HTTPException(404, f"run {number}: it has no report")
        headers = {"Content-Security-Policy": POLICY}
        return FileResponse(page, media_type="text/html", headers=headers)


def show_run(view: PageView, number: int) -> None:
    say, context = view.say, view.context
    link(say("All runs"), "/training")
    try:
        run = get_run(context.db, number)
    except TwinError as error:
        ui.label(error_in(view.language, error)).classes("own-alert")
        return
    result = result_of(run)
    heading(say("Run {run}", run=run.id), 2)
    _verdict(view, run, result)
    with card(say("Loss per token")):
        show_losses(view, run.id)
    if result.get("scores"):
        show_scores(view, result)
    _answers(view, run.id)
    _facts(view, run, result)


def show_losses(view: PageView, run_id: int) -> None:
    """The curves of a run, in training and on held-out answers."""
    say, number, db = view.say, view.language.number, view.context.db
    trained, held_out = curve(db, run_id, "loss"), curve(db, run_id, "held_out_loss")
    curves: dict[str, Points] = {say("training"): trained, say("held out"): held_out}
    points, scale = trained or held_out, scale_of(curves.values())
    if scale is None:
        ui.label(say("No data yet.")).classes("own-faint")
        return
    (from_step, first), (to_step, last) = points[0], points[-1]
    about = say(
        "Loss per token: {first} at step {from_step}, {last} at step {to_step}",
        first=number(first, 3),
        from_step=from_step,
        last=number(last, 3),
        to_step=to_step,
    )
    labels = Labels(
        about,
        foot=("0", say("step {step}", step=scale.last)),
        side=(number(scale.high, 2), number(scale.low, 2)),
    )
    draw_curves(curves, scale, labels)


def _verdict(view: PageView, run: Run, result: Mapping[str, Any]) -> None:
    say, verdict = view.say, result.get("verdict")
    with card(say("Evaluation")):
        if run.error:
            ui.label(reason_in(view.language, run.error)).classes(
                "own-alert" if run.state == "failed" else "own-faint"
            )
        if verdict is None:
            ui.label(say("Not evaluated.")).classes("own-faint")
            return
        live = verdict["promoted"]
        state = ui.label(say(N_("went live") if live else N_("did not go live")))
        state.classes(f"own-state {'own-good' if live else 'own-warn'}")
        with ui.element("ul").classes("own-list"):
            for reason in verdict_in(view.language, verdict):
                with ui.element("li"):
                    ui.label(reason).classes("own-text")


def _answers(view: PageView, number: int) -> None:
    say, reports = view.say, view.context.reports
    examples: Sequence[HeldOutExample] = reports.examples(number) if reports else ()
    with card(say("Answers to messages it was not trained on")):
        if not examples:
            ui.label(
                say("There is no report: reports are removed when a chat is forgotten.")
            ).classes("own-faint")
        with ui.element("ol").classes("own-list"):
            for example in examples:
                with ui.element("li").classes("trn-list"):
                    _said(say("friend"), example.friend, "trn-friend")
                    with ui.element("div").classes("trn-columns trn-four"):
                        names = sorted(example.answers, key=lambda name: name != PERSON)
                        for name in names:
                            _said(model_name(view, name), example.answers[name])
        if reports is not None and reports.page(number) is not None:
            link(say("Full report"), f"/training/{number}/report")


def _said(name: str, text: str, look: str = "") -> None:
    with ui.element("div"):
        ui.label(name).classes("own-faint")
        ui.label(text or "–").classes(f"trn-said own-text {look}").props("dir=auto")


def _facts(view: PageView, run: Run, result: Mapping[str, Any]) -> None:
    say, number, took = view.say, view.language.number, minutes(run)
    adapter = result.get("adapter")
    rows = (
        (N_("State"), say(STATES[run.state])),
        (N_("Reason"), reason_in(view.language, run.reason)),
        (N_("Started"), view.when(run.started_at)),
        (N_("Duration"), None if took is None else say("{n} min", n=took)),
        (N_("Adapter"), view.adapter_names.with_id(adapter) if adapter else None),
        (N_("Training samples"), result.get("samples")),
        (N_("Tokens per second"), result.get("tokens_per_second")),
        (N_("Peak memory"), f"{number(result['peak_mb'])} MB" if result.get("peak_mb") else None),
        (N_("Foretells whether you answer at all"), _answers_at_all(view, result)),
    )
    with card(say("Details")), ui.element("table").classes("trn-table"), ui.element("tbody"):
        for name, value in rows:
            if value is not None:
                with ui.element("tr"):
                    cell("th", say(name)).props("scope=row")
                    cell("td", str(value)).classes("own-text")


def _answers_at_all(view: PageView, result: Mapping[str, Any]) -> str | None:
    figures, number = result.get("answers_at_all"), view.language.number
    if figures is None:
        return None
    return view.say(
        "AUC {auc} ({low} to {high}; 0.5 is chance), probabilities off by {error}",
        auc=number(figures["auc"], 3),
        low=number(figures["auc_low"], 3),
        high=number(figures["auc_high"], 3),
        error=view.language.percent(figures["calibration_error"], 1),
    )
