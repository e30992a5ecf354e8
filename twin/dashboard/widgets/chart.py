"""Draw curves and bars as an SVG in the colours of the page.

Not `ui.echart`: its 1.1 megabytes of script (360 KB compressed) are more than all else that a phone
loads for the page, it draws on a canvas, whose colours don't follow the page when the theme
changes, and no screen reader finds its text.
"""

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from nicegui import ui

WIDTH, HEIGHT = 600.0, 200.0
MOST_POINTS = 300
FEW = 5  # points that are drawn as dots, too
GAP = 0.25  # between two bars, of the width of both
Points = Sequence[tuple[int, float]]
Ends = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Labels:
    """about: for those who don't see the drawing. foot: below its left and right end.

    side: beside its top and bottom.
    """

    about: str
    foot: Ends
    side: Ends


@dataclass(frozen=True, slots=True)
class Scale:
    """From steps and values to the drawing; what does not vary is drawn in the middle."""

    last: int
    low: float
    high: float

    def at(self, step: int, value: float) -> str:
        x = WIDTH * step / self.last if self.last else WIDTH / 2
        share = (value - self.low) / (self.high - self.low) if self.high > self.low else 0.5
        return f"{x:.1f} {HEIGHT * (1 - share):.1f}"


def scale_of(curves: Iterable[Points]) -> Scale | None:
    """That in which all of them are seen; None without a point."""
    points = [point for curve in curves for point in _thinned(curve)]
    if not points:
        return None
    values = [value for _, value in points]
    return Scale(max(step for step, _ in points), min(values), max(values))


def draw_curves(curves: Mapping[str, Points], scale: Scale, labels: Labels) -> None:
    """Each under its name, in the colour of its place."""
    drawn = {name: _thinned(points) for name, points in curves.items()}
    drawn = {name: points for name, points in drawn.items() if points}
    with _plot(labels, drawn):
        for place, points in enumerate(drawn.values()):
            _path("M" + "L".join(scale.at(*point) for point in points), f"trn-line{place}")
            # A line of no length with round ends is a dot, whatever the drawing's shape.
            if len(points) < FEW:
                dots = "".join(f"M{scale.at(*point)}h0.01" for point in points)
                _path(dots, f"trn-dot trn-line{place}")


def draw_bars(parts: Mapping[str, Sequence[int]], labels: Labels) -> None:
    """A bar for each place of the sequences, which are stacked in it: one or more, equally long."""
    totals = [sum(values) for values in zip(*parts.values(), strict=True)]
    unit, step = HEIGHT / max(1, *totals), WIDTH / len(totals)
    below = [0] * len(totals)
    with _plot(labels, parts):
        for place, values in enumerate(parts.values()):
            bars = "".join(
                f"M{step * (number + GAP / 2):.1f} {HEIGHT - unit * low:.1f}"
                f"h{step * (1 - GAP):.1f}v{-unit * value:.1f}h{-step * (1 - GAP):.1f}z"
                for number, (value, low) in enumerate(zip(values, below, strict=True))
                if value
            )
            _path(bars, f"trn-fill trn-line{place}")
            below = [low + value for low, value in zip(below, values, strict=True)]


@contextmanager
def _plot(labels: Labels, names: Iterable[str]) -> Iterator[None]:
    """The drawing with its grid, its labels around it and the names below."""
    with ui.element("div").classes("trn-plot"):
        with ui.element("div").classes("trn-side"):
            for text in labels.side:
                ui.label(text)
        plot = ui.element("svg").props("role=img preserveAspectRatio=none")
        plot.props["viewBox"] = f"0 0 {WIDTH:.0f} {HEIGHT:.0f}"
        plot.props["aria-label"] = labels.about
        with plot:
            _path(f"M0 0H{WIDTH}M0 {HEIGHT / 2}H{WIDTH}M0 {HEIGHT}H{WIDTH}", "trn-grid")
            yield
        with ui.element("div").classes("trn-foot"):
            for text in labels.foot:
                ui.label(text)
    with ui.element("div").classes("own-row"):
        for place, name in enumerate(names):
            ui.label(name).classes(f"trn-key trn-line{place}")


def _path(drawing: str, classes: str) -> None:
    ui.element("path").classes(classes).props["d"] = drawing


def _thinned(points: Points) -> Points:
    finite = [(step, value) for step, value in points if math.isfinite(value)]
    every = max(1, math.ceil(len(finite) / MOST_POINTS))
    kept = finite[::every]
    return kept if not finite or kept[-1] == finite[-1] else [*kept, finite[-1]]
