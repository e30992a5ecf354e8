"""Show the progress of a training run on stderr: stdout is for the result."""

import time
from collections.abc import Callable
from datetime import timedelta
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    ProgressColumn,
    Task,
    TextColumn,
    TimeElapsedColumn,
)
from rich.progress import Progress as Bars
from rich.text import Text

LINES = 20  # in a log file, for a whole run


class TimeLeft(ProgressColumn):
    """Counts down between the steps, which may be half a minute apart."""

    def render(self, task: Task) -> Text:
        return Text(time_left(task))


def time_left(task: Task) -> str:
    """Of this part; nothing while no speed is known, and where it takes longer than it seemed."""
    left = task.fields["ends"] - task.get_time()
    return f"{timedelta(seconds=round(left))} left" if left >= 1 else ""


class Progress:
    """What is being done, how far it is, the time left and the last loss.

    `seconds`: how long each phase took that is over.

    One line that is redrawn in a terminal; elsewhere (a log file, a service) a plain line at every
    phase and every twentieth of the steps.
    """

    def __init__(
        self,
        *,
        show: bool,
        console: Console | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.is_shown = show
        self._console = console or Console(stderr=True)
        self._plain = show and not self._console.is_terminal
        self._bars = Bars(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            TimeLeft(),
            TextColumn("{task.fields[loss]}"),
            console=self._console,
            disable=not show or self._plain,
            # The mean over the whole run so far: batches differ in length.
            speed_estimate_period=3600,
            get_time=clock,
        )
        self._task = self._bars.add_task("starting", total=None, ends=0.0, loss="")
        self._printed = 0  # twentieths
        self.seconds: dict[str, float] = {}
        self._now = ("", 0.0)

    def __enter__(self) -> Self:
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
        self._begin(what)
        self._replace_bar(what, 0, None)
        if self._plain:
            self._console.print(what, soft_wrap=True)

    def steps(self, done: int, total: int, what: str = "training") -> None:
        """A part of the run with so many steps."""
        self._begin(what)
        self._replace_bar(what, done, total)

    def goes_on(self, what: str) -> None:
        """With another part that the same steps count."""
        self._begin(what)
        self._bars.update(self._task, description=what)

    def pause(self) -> None:
        """Leave the terminal to another process until the next phase."""
        self._bars.stop()

    def step(self, done: int) -> None:
        self._bars.update(self._task, completed=done)
        [task] = self._bars.tasks
        left = task.time_remaining
        self._bars.update(self._task, ends=task.get_time() + left if left else 0.0)
        if self._plain:
            self._print_line(done)

    def loss(self, value: float) -> None:
        self._bars.update(self._task, loss=f"loss {value:.3f}")

    def _replace_bar(self, what: str, done: int, total: int | None) -> None:
        self._bars.remove_task(self._task)  # a task that was counted can't become one that is not
        self._task = self._bars.add_task(what, completed=done, total=total, ends=0.0, loss="")
        self._printed = done * LINES // total if total else 0

    def _begin(self, what: str) -> None:
        now = time.perf_counter()
        self._bars.start()  # nothing is shown of a run that has nothing to do
        name, started = self._now
        if name:
            self.seconds[name] = self.seconds.get(name, 0.0) + now - started
        self._now = (what, now)

    def _print_line(self, done: int) -> None:
        [task] = self._bars.tasks
        total = int(task.total or 0)
        part = done * LINES // total if total else 0
        if part == self._printed:
            return
        self._printed = part
        told = (f"{task.description} {done}/{total}", time_left(task), task.fields["loss"])
        self._console.print(", ".join(filter(None, told)))
