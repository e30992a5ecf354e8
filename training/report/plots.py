"""The plots of a run."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

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
from training.report.drawing import (
    BLUE,
    GREEN,
    INK,
    ORANGE,
    SIZE,
    VIOLET,
    Plot,
    dress,
    figure,
    legend,
    save,
)
from training.report.run_context import Curve, RunFacts
from twin.score_labels import who

if TYPE_CHECKING:
    from matplotlib.axes import Axes

COLOURS = {"base": VIOLET, "live": BLUE, "candidate": ORANGE}


@dataclass(frozen=True, slots=True)
class AnswerPlot:
    """One distribution: a bar for each label, how high they are, and which labels are written."""

    title: str
    labels: Sequence[str]
    count: Count


def draw_losses(folder: Path, run: RunFacts) -> Plot | None:
    """The curves of the run; None when nothing was measured."""
    curves = {name: _finite(points) for name, points in run.curves.items()}
    if not any(curves.values()):
        return None
    drawn = figure(5.6, 2.6)
    axes = drawn.subplots()
    styles = {
        "loss": ("training", COLOURS["live"], ""),
        "held_out_loss": ("held out", COLOURS["candidate"], "o"),
    }
    for name, (label, colour, marker) in styles.items():
        if curves.get(name):
            steps, values = zip(*curves[name], strict=True)
            axes.plot(steps, values, label=label, color=colour, marker=marker)
    dress(axes)
    drawn.suptitle("Loss per token", color=INK, fontsize=SIZE["title"])
    axes.set_xlabel("step", color=INK, fontsize=SIZE["text"])
    legend(axes)
    return save(drawn, folder, "loss.svg", "The loss while training, and on held-out answers")


def draw_shapes(folder: Path, judgement: Evaluation) -> list[Plot]:
    """How the answers of every model look beside the person's; nothing without answers."""
    models = {name: answers for name, answers in judgement.answers.items() if answers}
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
    drawn = figure(4.2, 0.6 + 1.35 * len(names))
    panels = drawn.subplots(len(names), 1, sharex=True, sharey=True, squeeze=False)
    drawn.suptitle(shape.title, color=INK, fontsize=SIZE["title"])
    for axes, name in zip(panels[:, 0], names, strict=True):
        _compare(axes, shape, name, models)
    return save(drawn, folder, file, f"{shape.title}: {', '.join(names)} beside the person")


def _compare(
    axes: "Axes", shape: AnswerPlot, name: str, models: Mapping[str, Sequence[str]]
) -> None:
    places = range(len(shape.labels))
    colour = COLOURS.get(name, INK)
    person, model = shape.count(models[PERSON]), shape.count(models[name])
    axes.bar(places, person, width=0.9, color=GREEN, alpha=0.45, label=PERSON)
    axes.bar(places, model, width=0.5, color=colour, alpha=0.9, label=name)
    dress(axes)
    named = [place for place in places if shape.labels[place]]
    axes.set_xticks(named, [shape.labels[place] for place in named], va="center")
    axes.tick_params(axis="x", pad=9)  # so that a full stop and a tilde stand at one height
    axes.yaxis.set_major_formatter(lambda value, _: f"{value:.0%}")
    legend(axes)


def _finite(points: Curve) -> list[tuple[int, float]]:
    return [(step, value) for step, value in points if math.isfinite(value)]
