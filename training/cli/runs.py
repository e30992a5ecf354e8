"""Commands about training runs: what was trained, when, and how it went."""

import json
from collections.abc import Mapping
from dataclasses import asdict
from typing import Annotated, Any

import typer
from rich.console import RenderableType

from storage.run_progress import progress_of
from storage.runs import Run, get_run, list_runs, minutes, result_of
from training.report.report_files import report_page
from twin.adapter_names import AdapterNames
from twin.cli.base import CommandContext, command
from twin.cli.output import facts, table
from twin.formatting import cell, when

MOST = 2**63 - 1  # SQLite's largest number

runs_app = typer.Typer(help="What was trained, and how it went.")


@command(runs_app, "list")
def runs_list(
    session: CommandContext,
    limit: Annotated[int, typer.Option(min=1, max=MOST, help="How many, the newest.")] = 20,
) -> None:
    """Training runs, newest first."""
    found = [_document(run) for run in list_runs(session.db, limit)]
    columns = ["#run", "state", "reason", "night", "started", "#min", "adapter", "loss", "verdict"]
    names = session.adapter_names
    rows = [_row(document, names) for document in found]
    session.out.show(found, table("Runs", columns, rows))


@command(runs_app, "show")
def runs_show(
    session: CommandContext,
    number: Annotated[int, typer.Argument(metavar="N", max=MOST, help="See `runs list`.")],
) -> None:
    """Everything that is known about one run."""
    run = get_run(session.db, number)
    document = _document(run)
    page = report_page(session.config, number)
    document["report"] = str(page) if page else None
    progress = progress_of(session.db, run)
    document["progress"] = asdict(progress) if progress else None
    session.out.show(document, *_parts(document, session.adapter_names))


def _document(run: Run) -> dict[str, Any]:
    settings = json.loads(run.settings or "null")
    return asdict(run) | {
        "settings": settings,
        "result": result_of(run) or None,
        "minutes": minutes(run),
    }


def _row(document: Mapping[str, Any], names: AdapterNames) -> list[Any]:
    result = document["result"] or {}
    adapter = result.get("adapter")
    return [
        *(document[name] for name in ("id", "state", "reason", "night")),
        when(document["started_at"]),
        document["minutes"],
        names.of(adapter) if adapter else None,
        f"{cell(result.get('base_loss'))} → {cell(result.get('loss'))}" if result else None,
        _verdict(result),
    ]


def _verdict(result: Mapping[str, Any]) -> str | None:
    verdict = result.get("verdict")
    if verdict is None:
        return None
    return "went live" if verdict["promoted"] else "did not go live"


def _parts(document: Mapping[str, Any], names: AdapterNames) -> list[RenderableType]:
    """The document in tables, what is long in one of its own."""
    result = dict(document["result"] or {})
    if "adapter" in result:
        result["adapter"] = names.with_id(result["adapter"])
    scores, verdict = result.pop("scores", None), result.pop("verdict", None)
    ends = {name: result.pop(name, None) for name in ("floor", "ceiling")}
    own = {name: value for name, value in document.items() if name not in ("result", "settings")}
    parts: list[RenderableType] = [facts(f"Run {document['id']}", own)]
    if result:
        parts.append(facts("Result", result))
    if scores:
        parts.append(scores_table("Scores", {"scores": scores, **ends}))
    if verdict:
        heading = f"the adapter {_verdict({'verdict': verdict})}"
        parts.append(table("Verdict", [heading], [[reason] for reason in verdict["reasons"]]))
    return parts


def scores_table(title: str, evaluation: Mapping[str, Any]) -> RenderableType:
    """Everybody's scores; between which ends they lie, where that is known."""
    from twin.score_labels import SCORE_LABELS, columns_of

    columns = columns_of(evaluation, again="you again")
    rows = [[m.name, *(m.of(each) for each in columns.values()), m.good] for m in SCORE_LABELS]
    return table(title, ["score", *(f"#{name}" for name in columns), "good"], rows)
