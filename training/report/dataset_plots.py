"""The plots of the dataset: its months, and how long its samples are."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from training.dataset.message_report import FATES
from training.report.drawing import (
    BLUE,
    GREEN,
    INK,
    ORANGE,
    SIZE,
    Plot,
    dress,
    figure,
    legend,
    save,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes

LOOKS = {"target": ("targets", GREEN), "context": ("context", BLUE), "dropped": ("dropped", ORANGE)}
MOST_LABELS = 8


def draw_months(folder: Path, months: Sequence[Mapping[str, Any]]) -> Plot | None:
    """Messages of each month, what became of them above each other; None without any."""
    if not months:
        return None
    drawn = figure(8.6, 2.6)
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
    return save(drawn, folder, "months.svg", "Messages by month: targets, context, dropped")


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
    drawn = figure(4.2, 2.2)
    axes = drawn.subplots()
    width, counts = histogram["bin"], histogram["counts"]
    starts = [width * number for number in range(len(counts))]
    axes.bar(starts, counts, width=width * 0.9, align="edge", color=colour, alpha=0.9, label=side)
    drawn.suptitle(f"Tokens of the {side}", color=INK, fontsize=SIZE["title"])
    named = starts[::4]
    axes.set_xticks([*named, starts[-1]], [*map(str, named), f"{starts[-1]}+"])
    _finish(axes)
    return save(drawn, folder, f"{side}.svg", f"Tokens of the {side}, in how many samples")


def _finish(axes: "Axes") -> None:
    dress(axes)
    axes.yaxis.set_major_formatter(lambda value, _: f"{value:,.0f}")
    axes.locator_params(axis="y", integer=True)
    legend(axes)
