"""Draw curves as an SVG in the colours of the page.

Not `ui.echart`: it draws on a canvas, whose colours don't follow the page when the theme changes
and whose text no screen reader finds, and loads a megabyte of script for two lines.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from nicegui import ui

WIDTH, HEIGHT = 600.0, 200.0
MOST_POINTS = 300
Points = Sequence[tuple[int, float]]


@dataclass(frozen=True, slots=True)
class _Scale:
    """From steps and values to the drawing; what does not vary is drawn in the middle."""

    last: int
    low: float
    high: float

    def at(self, step: int, value: float) -> str:
        x = WIDTH * step / max(self.last, 1)
        share = (value - self.low) / (self.high - self.low) if self.high > self.low else 0.5
        return f"{x:.1f} {HEIGHT * (1 - share):.1f}"


def draw_curves(curves: Mapping[str, Points], about: str, step: str) -> None:
    """Each under its name, in the colour of its place. `about`: for those who don't see it."""
    drawn = {name: _thinned(points) for name, points in curves.items()}
    drawn = {name: points for name, points in drawn.items() if points}
    if not drawn:
        return
    values = [value for points in drawn.values() for _, value in points]
    scale = _Scale(max(points[-1][0] for points in drawn.values()), min(values), max(values))
    with ui.element("div").classes("trn-plot"):
        with ui.element("div").classes("trn-side"):
            ui.label(f"{scale.high:.2f}")
            ui.label(f"{scale.low:.2f}")
        plot = ui.element("svg").props("role=img preserveAspectRatio=none")
        plot.props["viewBox"] = f"0 0 {WIDTH:.0f} {HEIGHT:.0f}"
        plot.props["aria-label"] = about
        with plot:
            _path(f"M0 0H{WIDTH}M0 {HEIGHT / 2}H{WIDTH}M0 {HEIGHT}H{WIDTH}", "trn-grid")
            for place, points in enumerate(drawn.values()):
                _path("M" + "L".join(scale.at(*point) for point in points), f"trn-line{place}")
                # A line of no length with round ends is a dot, whatever the drawing's shape.
                if len(points) < 5:
                    dots = "".join(f"M{scale.at(*point)}h0.01" for point in points)
                    _path(dots, f"trn-dot trn-line{place}")
        with ui.element("div").classes("trn-foot"):
            for text in ("0", f"{step} {scale.last}"):
                ui.label(text)
    with ui.element("div").classes("own-row"):
        for place, name in enumerate(drawn):
            ui.label(name).classes(f"trn-key trn-line{place}")


def _path(drawing: str, classes: str) -> None:
    ui.element("path").classes(classes).props["d"] = drawing


def _thinned(points: Points) -> Points:
    finite = [(step, value) for step, value in points if math.isfinite(value)]
    every = max(1, math.ceil(len(finite) / MOST_POINTS))
    kept = finite[::every]
    return kept if not finite or kept[-1] == finite[-1] else [*kept, finite[-1]]
