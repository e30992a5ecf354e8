"""How a plot looks, and how it becomes an SVG file.

Matplotlib takes seconds to load, so only the drawing loads it.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

# One grey and strong colours: they are read on a white page and on a dark one.
INK = "#808080"
GREEN, VIOLET, BLUE, ORANGE = "#2fa36b", "#9a6fd0", "#3d8be0", "#e5772b"
SIZE = {"title": 10, "text": 8}


@dataclass(frozen=True, slots=True)
class Plot:
    """A drawn file and the words for those who don't see it."""

    file: str
    about: str


def figure(width: float, height: float) -> "Figure":
    """In inches."""
    from matplotlib.figure import Figure

    empty = Figure(figsize=(width, height), layout="constrained")
    empty.patch.set_alpha(0)  # the page's own colour shines through, light or dark
    return empty


def legend(axes: "Axes") -> None:
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


def dress(axes: "Axes") -> None:
    axes.patch.set_alpha(0)
    axes.tick_params(colors=INK, labelsize=SIZE["text"])
    axes.grid(axis="y", color=INK, alpha=0.25)
    axes.set_axisbelow(True)
    for side, spine in axes.spines.items():
        spine.set_visible(side == "bottom")
        spine.set_color(INK)


def save(drawn: "Figure", folder: Path, file: str, about: str) -> Plot:
    drawn.savefig(folder / file, format="svg", metadata={"Date": None})
    return Plot(file, about)
