"""Write the report of a run: its verdict, scores, plots, examples, samples and costs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from storage.atomic_files import replaced_folder
from storage.errors import TwinError
from training.evaluation.scores import PERSON, Evaluation, GateVerdict, Interval
from training.report.plots import Curve, Plot, draw_losses, draw_places, draw_shapes
from training.report.rendering import markdown_templates, render_page
from training.report.report_files import PAGE, write_examples
from training.report.rhythm_rows import rhythm_rows
from twin.formatting import when
from twin.score_labels import NONE, SCORE_LABELS, columns_of, count, percent

MARKDOWN = "report.md"
EXAMPLES = 10
NOT_EVALUATED: dict[str, Any] = {"evaluation": None, "examples": []}
Rows = list[tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class RunFacts:
    """One finished run.

    `result` is the document of the run, `dataset` the one of the samples (`Built.report`); a key
    that is missing in them is left out of the report. `curves` has "loss" and "held_out_loss".
    """

    run_id: int
    adapter: str
    reason: str
    base_model: str
    started_at: int  # UTC milliseconds
    result: Mapping[str, Any]
    dataset: Mapping[str, Any]
    curves: Mapping[str, Curve]


def write_report(
    folder: Path, run: RunFacts, evaluation: Evaluation | None, verdict: GateVerdict | None
) -> Path:
    """Write the run's report into `folder` (see report_folder) and return its page.

    An older report there is replaced. Raises TwinError when the disk fails.
    """
    try:
        with replaced_folder(folder, mode=0o700) as scratch:  # it quotes chats
            _fill(scratch, run, evaluation, verdict)
    except OSError as error:
        cause = error.strerror or error
        raise TwinError(
            f"{folder}: the report can't be written ({cause}); free some disk space or mend the "
            "folder's permissions"
        ) from error
    return folder / PAGE


def _fill(
    folder: Path, run: RunFacts, evaluation: Evaluation | None, verdict: GateVerdict | None
) -> None:
    if evaluation:
        write_examples(folder, evaluation.examples)
    losses = draw_losses(folder, run.curves)
    places = draw_places(folder, evaluation) if evaluation else None
    shapes = draw_shapes(folder, evaluation) if evaluation else []
    markdown = render_markdown(run, evaluation, verdict, losses, places, shapes)
    page = render_page(markdown, f"Run {run.run_id}: {headline(verdict)}", folder)
    for name, text in ((MARKDOWN, markdown), (PAGE, page)):
        (folder / name).write_text(text, encoding="utf-8")


def render_markdown(
    run: RunFacts,
    evaluation: Evaluation | None,
    verdict: GateVerdict | None,
    losses: Plot | None = None,
    places: Plot | None = None,
    shapes: Sequence[Plot] = (),
) -> str:
    """The whole report."""
    text = markdown_templates().get_template("report.md.j2")
    return text.render(
        run=run,
        headline=headline(verdict),
        reasons=verdict.reasons if verdict else [],
        about=_about(run),
        samples=_samples(run),
        messages=messages(run.dataset),
        costs=_costs(run),
        losses=losses,
        places=places,
        shapes=shapes,
        rhythm=rhythm_rows(run.result.get("answers_at_all")),
        **(_evaluated(evaluation) if evaluation else NOT_EVALUATED),
    )


def headline(verdict: GateVerdict | None) -> str:
    if verdict is None:
        return "not judged"
    return "the new adapter goes live" if verdict.promoted else "the new adapter does not go live"


def _about(run: RunFacts) -> Rows:
    return [
        ("Began", when(run.started_at)),
        ("Why", run.reason),
        ("Base model", run.base_model),
        ("Adapter", run.adapter),
        *_sampling(run.result.get("sampling")),
    ]


def _sampling(chosen: Mapping[str, Any] | None) -> Rows:
    """How its words are drawn, where the night chose."""
    if chosen is None:
        return []
    return [("Words are drawn", "temperature {temperature:g}, top_p {top_p:g}".format(**chosen))]


def _evaluated(evaluation: Evaluation) -> dict[str, Any]:
    """Everything that is only there when the candidate was evaluated."""
    columns = columns_of(evaluation.figures())
    drift = evaluation.drift
    return {
        "evaluation": evaluation,
        "columns": list(columns),
        "scores": [
            (m.name, [m.of(each) for each in columns.values()], m.good) for m in SCORE_LABELS
        ],
        "drift": None if drift is None else percent(drift),
        "differences": [_difference(*item) for item in evaluation.against.items()],
        "examples": [
            (each.friend, _answers(each.answers)) for each in evaluation.examples[:EXAMPLES]
        ],
    }


def _difference(other: str, interval: Interval) -> tuple[str, ...]:
    words = "no sure difference"
    if interval.high < 0:
        words = "the candidate is better"
    elif interval.low > 0:
        words = "the candidate is worse"
    return (
        other,
        _signed(interval.difference),
        f"{_signed(interval.low)} to " + _signed(interval.high),
        words,
    )


def _signed(value: float) -> str:
    return f"{value:+.3f}".replace("-", "−")


def _answers(answers: Mapping[str, str]) -> Rows:
    """The real answer first, then the models'."""
    names = sorted(answers, key=lambda name: name != PERSON)
    return [(name, answers[name]) for name in names]


def _samples(run: RunFacts) -> list[str]:
    """Of how much the samples are made."""
    data = run.dataset
    lines = []
    if "file" in data:
        lines.append(f"A file instead of the log: {data['file']}")
    if "chats" in data:
        lines.append(f"{count(data['messages'])} messages in {count(data['chats'])} chats")
    if "answers" in data:
        held_out = f"{count(data.get('held_out', 0))} held out"
        lines.append(f"{count(data['answers'])} answers with what came before them; {held_out}")
    return lines


def messages(data: Mapping[str, Any]) -> Rows:
    """What became of every message; empty when the samples came from a file."""
    if "messages" not in data:
        return []
    found = {
        "learnt: answers": data["target"],
        "shown with them": data["context"],
        **{f"dropped: {reason}": number for reason, number in data["dropped"].items()},
        "all": data["messages"],
    }
    total = max(data["messages"], 1)
    return [(name, count(number), percent(number / total)) for name, number in found.items()]


def _costs(run: RunFacts) -> Rows:
    """Time by phase, and what the training took."""
    result = run.result
    seconds = {f"Time: {name}": value for name, value in result.get("phases", {}).items()}
    rows: Rows = [(name, duration(value)) for name, value in seconds.items()]
    forms = {
        "seconds": ("Time, all", duration),
        "steps": ("Steps", count),
        "samples": ("Samples trained on", count),
        "tokens": ("Tokens trained on", count),
        "tokens_per_second": ("Tokens per second", count),
        "peak_mb": ("Peak memory", lambda value: f"{value:,.0f} MB"),
    }
    for key, (name, form) in forms.items():
        value = result.get(key)
        rows.append((name, NONE if value is None else form(value)))
    return rows


def duration(seconds: float) -> str:
    if seconds < 60:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes:02} min" if hours else f"{minutes} min {rest:02} s"
