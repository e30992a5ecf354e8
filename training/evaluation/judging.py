"""How far judging is, told on the terminal and noted for the pages."""

from collections.abc import Callable

from storage.run_progress import ALL
from training.progress_bar import Progress

# Seconds of one processor with a base of 135 million parameters (docs/benchmarks.md). With others
# they are other ones; how they compare is what counts.
LOAD = 3.0  # a model
ANSWER = 0.8  # a prompt
CHOICE = 2.0  # a place
LOSS = 0.5  # a held-out answer


class Judging:
    """One bar for all models, of `work` in the units above; `note` is told the percent."""

    def __init__(
        self, progress: Progress, work: float, note: Callable[[int], None] = lambda _percent: None
    ) -> None:
        self._progress, self._work, self._note = progress, work, note
        self._done = 0.0
        self._noted: int | None = None  # percent

    def part(self, what: str) -> None:
        if self._noted is not None:
            self._progress.goes_on(what)
            return
        self._progress.steps(0, ALL, what)
        self._note_once(0)

    def did(self, work: float) -> None:
        """Never all of it: what comes after judging is not counted."""
        self._done += work
        percent = min(ALL - 1, int(ALL * self._done / self._work))
        self._progress.step(percent)
        self._note_once(percent)

    def _note_once(self, percent: int) -> None:
        """A second 0 would begin anew, and every other would put off when it was reached."""
        if percent != self._noted:
            self._noted = percent
            self._note(percent)
