"""The plots, as SVG files. Matplotlib takes seconds to load, so only the drawing loads it."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from training.judging.scores import PERSON, Judgement
from training.report.facts import Curve, RunFacts
from training.report.shapes import (
    ENDS,
    MOST_PIECES,
    Count,
    end_shares,
    length_edges,
    length_shares,
    piece_shares,
)
from twin.measures import who

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

# One grey and strong colours: they are read on a white page and on a dark one.
INK = "#808080"
PERSON_COLOUR = "#2fa36b"
COLOURS = {"base": "#9a6fd0", "live": "#3d8be0", "candidate": "#e5772b"}
SIZE = {"title": 10, "text": 8}


@dataclass(frozen=True, slots=True)
class Plot:
    """A drawn file and the words for those who don't see it."""

    file: str
    about: str


@dataclass(frozen=True, slots=True)
class Shape:
    """One distribution: a bar for each label, how high they are, and which labels are written."""

    title: str
    labels: Sequence[str]
    count: Count


def draw_losses(folder: Path, run: RunFacts) -> Plot | None:
    """The curves of the run; None when nothing was measured."""
    curves = {name: _finite(points) for name, points in run.curves.items()}
    if not any(curves.values()):
        return None
    figure = _figure(5.6, 2.6)
    axes = figure.subplots()
    styles = {
        "loss": ("training", COLOURS["live"], ""),
        "held_out_loss": ("held out", COLOURS["candidate"], "o"),
    }
    for name, (label, colour, marker) in styles.items():
        if curves.get(name):
            steps, values = zip(*curves[name], strict=True)
            axes.plot(steps, values, label=label, color=colour, marker=marker)
    _dress(axes)
    figure.suptitle("Loss per token", color=INK, fontsize=SIZE["title"])
    axes.set_xlabel("step", color=INK, fontsize=SIZE["text"])
    _legend(axes)
    return _save(figure, folder, "loss.svg", "The loss while training, and on held-out answers")


def draw_shapes(folder: Path, judgement: Judgement) -> list[Plot]:
    """How the answers of every model look beside the person's; nothing without answers."""
    models = {name: answers for name, answers in judgement.answers.items() if answers}
    if PERSON not in models or len(models) < 2:
        return []
    edges = length_edges(models.values())
    lengths = [str(edge) if number % 5 == 0 else "" for number, edge in enumerate(edges[:-1])]
    most = [*map(str, range(MOST_PIECES)), f"{MOST_PIECES}+"]
    shapes = {
        "length.svg": Shape(
            "Characters of an answer", lengths, lambda answers: length_shares(answers, edges)
        ),
        "pieces.svg": Shape("Messages of an answer", most, piece_shares),
        "ends.svg": Shape("How a message ends", ENDS, end_shares),
    }
    return [_draw_shape(folder, file, shape, models) for file, shape in shapes.items()]


def _draw_shape(folder: Path, file: str, shape: Shape, models: Mapping[str, Sequence[str]]) -> Plot:
    names = [name for name in who(models) if name != PERSON]
    figure = _figure(4.2, 0.6 + 1.35 * len(names))
    panels = figure.subplots(len(names), 1, sharex=True, sharey=True, squeeze=False)
    figure.suptitle(shape.title, color=INK, fontsize=SIZE["title"])
    for axes, name in zip(panels[:, 0], names, strict=True):
        _compare(axes, shape, name, models)
    return _save(figure, folder, file, f"{shape.title}: {', '.join(names)} beside the person")


def _compare(axes: "Axes", shape: Shape, name: str, models: Mapping[str, Sequence[str]]) -> None:
    places = range(len(shape.labels))
    colour = COLOURS.get(name, INK)
    person, model = shape.count(models[PERSON]), shape.count(models[name])
    axes.bar(places, person, width=0.9, color=PERSON_COLOUR, alpha=0.45, label=PERSON)
    axes.bar(places, model, width=0.5, color=colour, alpha=0.9, label=name)
    _dress(axes)
    named = [place for place in places if shape.labels[place]]
    axes.set_xticks(named, [shape.labels[place] for place in named], va="center")
    axes.tick_params(axis="x", pad=9)  # so that a full stop and a tilde stand at one height
    axes.yaxis.set_major_formatter(lambda value, _: f"{value:.0%}")
    _legend(axes)


def _figure(width: float, height: float) -> "Figure":
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width, height), layout="constrained")
    figure.patch.set_alpha(0)  # the page's own colour shines through, light or dark
    return figure


def _legend(axes: "Axes") -> None:
    """In one line above the axes, where it covers nothing."""
    axes.legend(
        frameon=False,
        labelcolor=INK,
        fontsize=SIZE["text"],
        loc="lower left",
        bbox_to_anchor=(0, 1),
        ncols=2,
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


def _save(figure: "Figure", folder: Path, file: str, about: str) -> Plot:
    figure.savefig(folder / file, format="svg", metadata={"Date": None})
    return Plot(file, about)


def _finite(points: Curve) -> list[tuple[int, float]]:
    return [(step, value) for step, value in points if math.isfinite(value)]
