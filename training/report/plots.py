"""Draw the plots of a run and of the dataset as SVG files.

Matplotlib takes seconds to load, so only the drawing loads it.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from training.dataset.message_report import FATES
from training.evaluation.scores import PERSON, Evaluation
from training.report.answer_shapes import (
    ENDS,
    MOST_PIECES,
    Count,
    end_shares,
    length_edges,
    length_shares,
    piece_shares,
)
from twin.score_labels import SCORE_LABELS, places_of, who

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

# One grey and strong colours: they are read on a white page and on a dark one.
INK = "#808080"
GREEN, VIOLET, BLUE, ORANGE = "#2fa36b", "#9a6fd0", "#3d8be0", "#e5772b"
SIZE = {"title": 10, "text": 8}
COLOURS = {"base": VIOLET, "live": BLUE, "candidate": ORANGE}
LOOKS = {"target": ("targets", GREEN), "context": ("context", BLUE), "dropped": ("dropped", ORANGE)}
MOST_LABELS = 8

Curve = Sequence[tuple[int, float]]  # (step, value)


@dataclass(frozen=True, slots=True)
class Plot:
    """A drawn file and the words for those who don't see it."""

    file: str
    about: str


@dataclass(frozen=True, slots=True)
class AnswerPlot:
    """One distribution: a bar for each label, how high they are, and which labels are written."""

    title: str
    labels: Sequence[str]
    count: Count


def draw_losses(folder: Path, curves: Mapping[str, Curve]) -> Plot | None:
    """The curves "loss" and "held_out_loss" of a run; None when nothing was measured."""
    curves = {name: _finite(points) for name, points in curves.items()}
    if not any(curves.values()):
        return None
    drawn = _figure(5.6, 2.6)
    axes = drawn.subplots()
    styles = {
        "loss": ("training", COLOURS["live"], ""),
        "held_out_loss": ("held out", COLOURS["candidate"], "o"),
    }
    for name, (label, colour, marker) in styles.items():
        if curves.get(name):
            steps, values = zip(*curves[name], strict=True)
            axes.plot(steps, values, label=label, color=colour, marker=marker)
    _dress(axes)
    drawn.suptitle("Loss per token", color=INK, fontsize=SIZE["title"])
    axes.set_xlabel("step", color=INK, fontsize=SIZE["text"])
    _legend(axes)
    return _save(drawn, folder, "loss.svg", "The loss while training, and on held-out answers")


def draw_shapes(folder: Path, evaluation: Evaluation) -> list[Plot]:
    """How the answers of every model look beside the person's; nothing without answers."""
    models = {name: answers for name, answers in evaluation.answers.items() if answers}
    if PERSON not in models or len(models) < 2:
        return []
    edges = length_edges(models.values())
    lengths = [str(edge) if number % 5 == 0 else "" for number, edge in enumerate(edges[:-1])]
    most = [*map(str, range(MOST_PIECES)), f"{MOST_PIECES}+"]
    shapes = {
        "length.svg": AnswerPlot(
            "Characters of an answer", lengths, lambda answers: length_shares(answers, edges)
        ),
        "pieces.svg": AnswerPlot("Messages of an answer", most, piece_shares),
        "ends.svg": AnswerPlot("How a message ends", ENDS, end_shares),
    }
    return [_draw_shape(folder, file, shape, models) for file, shape in shapes.items()]


def _draw_shape(
    folder: Path, file: str, shape: AnswerPlot, models: Mapping[str, Sequence[str]]
) -> Plot:
    names = [name for name in who(models) if name != PERSON]
    drawn = _figure(4.2, 0.6 + 1.35 * len(names))
    panels = drawn.subplots(len(names), 1, sharex=True, sharey=True, squeeze=False)
    drawn.suptitle(shape.title, color=INK, fontsize=SIZE["title"])
    for axes, name in zip(panels[:, 0], names, strict=True):
        _compare(axes, shape, name, models)
    return _save(drawn, folder, file, f"{shape.title}: {', '.join(names)} beside the person")


def _compare(
    axes: "Axes", shape: AnswerPlot, name: str, models: Mapping[str, Sequence[str]]
) -> None:
    places = range(len(shape.labels))
    colour = COLOURS.get(name, INK)
    person, model = shape.count(models[PERSON]), shape.count(models[name])
    axes.bar(places, person, width=0.9, color=GREEN, alpha=0.45, label=PERSON)
    axes.bar(places, model, width=0.5, color=colour, alpha=0.9, label=name)
    _dress(axes)
    named = [place for place in places if shape.labels[place]]
    axes.set_xticks(named, [shape.labels[place] for place in named], va="center")
    axes.tick_params(axis="x", pad=9)  # so that a full stop and a tilde stand at one height
    axes.yaxis.set_major_formatter(lambda value, _: f"{value:.0%}")
    _legend(axes)


def draw_places(folder: Path, evaluation: Evaluation) -> Plot | None:
    """Where each model's scores lie from other people to the person; None without both ends."""
    figures = evaluation.figures()
    found = {label.name: places_of(label.field, figures) for label in reversed(SCORE_LABELS)}
    places = {name: models for name, models in found.items() if models}
    if not places:
        return None
    drawn = _figure(6.4, 0.9 + 0.3 * len(places))
    axes = drawn.subplots()
    _dress(axes)
    for model in (name for name in COLOURS if name in evaluation.scores):
        rows = [row for row, models in enumerate(places.values()) if model in models]
        at = [models[model] for models in places.values() if model in models]
        axes.scatter(at, rows, s=44, color=COLOURS[model], label=model, zorder=3, clip_on=False)
    axes.set_yticks(range(len(places)), list(places))
    axes.set_xticks([0, 1], ["other people", PERSON])
    axes.set_xlim(0, 1)
    axes.set_ylim(-0.6, len(places) - 0.4)
    _legend(axes)
    told = [_place_in_words(*row) for row in reversed(places.items())]
    about = "From other people (0%) to the person (100%): " + "; ".join(told)
    return _save(drawn, folder, "places.svg", about)


def _place_in_words(name: str, models: Mapping[str, float]) -> str:
    return f"{name}: " + ", ".join(f"{model} {place:.0%}" for model, place in models.items())


def _finite(points: Curve) -> list[tuple[int, float]]:
    return [(step, value) for step, value in points if math.isfinite(value)]


def draw_months(folder: Path, months: Sequence[Mapping[str, Any]]) -> Plot | None:
    """Messages of each month, what became of them above each other; None without any."""
    if not months:
        return None
    drawn = _figure(8.6, 2.6)
    axes = drawn.subplots()
    places = [_place(month["month"]) for month in months]
    below = [0] * len(months)
    for fate in FATES:
        label, colour = LOOKS[fate]
        heights = [month[fate] for month in months]
        axes.bar(places, heights, bottom=below, width=0.85, color=colour, alpha=0.9, label=label)
        below = [low + height for low, height in zip(below, heights, strict=True)]
    ticks = _ticks(places[0], places[-1])
    axes.set_xticks(ticks, [f"{place // 12}-{place % 12 + 1:02}" for place in ticks])
    drawn.suptitle("Messages by month", color=INK, fontsize=SIZE["title"])
    _finish(axes)
    return _save(drawn, folder, "months.svg", "Messages by month: targets, context, dropped")


def _place(month: str) -> int:
    """Months in which nobody wrote are gaps, so each has its place in time."""
    year, _, number = month.rpartition("-")
    return int(year) * 12 + int(number) - 1


def _ticks(first: int, last: int) -> list[int]:
    step = max(1, -(-(last - first + 1) // MOST_LABELS))
    return list(range(first, last + 1, step))


def draw_lengths(folder: Path, tokens: Mapping[str, Any]) -> list[Plot]:
    """A histogram for prompts and one for answers; none where nothing was measured."""
    return [
        _draw_length(folder, side, tokens[side]["histogram"], colour)
        for side, colour in (("prompt", BLUE), ("answer", GREEN))
        if tokens[side]
    ]


def _draw_length(folder: Path, side: str, histogram: Mapping[str, Any], colour: str) -> Plot:
    drawn = _figure(4.2, 2.2)
    axes = drawn.subplots()
    width, counts = histogram["bin"], histogram["counts"]
    starts = [width * number for number in range(len(counts))]
    axes.bar(starts, counts, width=width * 0.9, align="edge", color=colour, alpha=0.9, label=side)
    drawn.suptitle(f"Tokens of the {side}", color=INK, fontsize=SIZE["title"])
    named = starts[::4]
    axes.set_xticks([*named, starts[-1]], [*map(str, named), f"{starts[-1]}+"])
    _finish(axes)
    return _save(drawn, folder, f"{side}.svg", f"Tokens of the {side}, in how many samples")


def _finish(axes: "Axes") -> None:
    _dress(axes)
    axes.yaxis.set_major_formatter(lambda value, _: f"{value:,.0f}")
    axes.locator_params(axis="y", integer=True)
    _legend(axes)


def _figure(width: float, height: float) -> "Figure":
    """In inches."""
    from matplotlib.figure import Figure

    empty = Figure(figsize=(width, height), layout="constrained")
    empty.patch.set_alpha(0)  # the page's own colour shines through, light or dark
    return empty


def _legend(axes: "Axes") -> None:
    """In one line above the axes, where it covers nothing."""
    axes.legend(
        frameon=False,
        labelcolor=INK,
        fontsize=SIZE["text"],
        loc="lower left",
        bbox_to_anchor=(0, 1),
        ncols=3,
        borderaxespad=0,
    )


def _dress(axes: "Axes") -> None:
    axes.patch.set_alpha(0)
    axes.tick_params(colors=INK, labelsize=SIZE["text"])
    axes.grid(axis="y", color=INK, alpha=0.25)
    axes.set_axisbelow(True)
    for side, spine in axes.spines.items():
        spine.set_visible(side == "bottom")
        spine.set_color(INK)


def _save(drawn: "Figure", folder: Path, file: str, about: str) -> Plot:
    drawn.savefig(folder / file, format="svg", metadata={"Date": None})
    return Plot(file, about)
