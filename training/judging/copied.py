"""Whether an answer repeats a long run of words that was learnt: by heart, not by style."""

from collections.abc import Iterable

from storage.copies import Run, long_runs


class Learnt:
    """The long runs of words in the training answers."""

    def __init__(self, texts: Iterable[str]) -> None:
        self._runs: set[Run] = {run for text in texts for run in long_runs(text)}

    def is_quoted(self, answer: str) -> bool:
        return any(run in self._runs for run in long_runs(answer))
