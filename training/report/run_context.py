"""What the template shows, as rows of words."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from training.evaluation.scores import PERSON, Evaluation, GateVerdict, Interval
from twin.formatting import when
from twin.score_labels import NONE, SCORE_LABELS, count, percent, who

Curve = Sequence[tuple[int, float]]
EXAMPLES = 10
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


def headline(verdict: GateVerdict | None) -> str:
    if verdict is None:
        return "not judged"
    return "the new adapter goes live" if verdict.promoted else "the new adapter does not go live"


def about(run: RunFacts) -> Rows:
    return [
        ("Began", when(run.started_at)),
        ("Why", run.reason),
        ("Base model", run.base_model),
        ("Adapter", run.adapter),
    ]


def judged(judgement: Evaluation) -> dict[str, Any]:
    """Everything that is only there when the run was judged."""
    columns = who(judgement.scores)
    documents = [asdict(judgement.scores[name]) for name in columns]
    strange = judgement.strangeness
    return {
        "judgement": judgement,
        "columns": columns,
        "scores": [(m.name, [m.of(each) for each in documents], m.good) for m in SCORE_LABELS],
        "strangeness": None if strange is None else percent(strange),
        "differences": [_difference(*item) for item in judgement.against.items()],
        "examples": [
            (each.friend, _answers(each.answers)) for each in judgement.examples[:EXAMPLES]
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


def samples(run: RunFacts) -> list[str]:
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


def costs(run: RunFacts) -> Rows:
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
