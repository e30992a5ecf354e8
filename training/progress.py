"""The progress bar of a training run, on stderr: stdout is for the result."""

from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.progress import Progress as Bars


class Progress:
    """One line: what is being done, how far it is, the time left and the last loss."""

    def __init__(self, *, show: bool) -> None:
        self._bars = Bars(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            TextColumn("left"),
            # The mean over the whole run so far: batches differ in length.
            TimeRemainingColumn(compact=True, elapsed_when_finished=False),
            TextColumn("{task.fields[loss]}"),
            console=Console(stderr=True),
            disable=not show,
            speed_estimate_period=3600,
        )
        self._task = self._bars.add_task("starting", total=None, loss="")

    def __enter__(self) -> Self:
        self._bars.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._bars.stop()

    def phase(self, what: str) -> None:
        """A part of the run whose end is not known."""
        self._bars.update(self._task, description=what)

    def steps(self, done: int, total: int) -> None:
        self._bars.reset(
            self._task, description="training", completed=done, total=total, start=True, loss=""
        )

    def step(self, done: int) -> None:
        self._bars.update(self._task, completed=done)

    def loss(self, value: float) -> None:
        self._bars.update(self._task, loss=f"loss {value:.3f}")
