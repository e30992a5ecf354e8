"""How far an import is."""

from collections.abc import Callable, Iterable, Iterator
from typing import Literal

from storage.importers.base import ImportedMessage
from storage.importers.file import ExportFile

ImportPhase = Literal["reading", "writing"]
ProgressCallback = Callable[[ImportPhase, int, int], None]  # so many bytes, then messages, of all
_EVERY = 500


def nobody(phase: ImportPhase, done: int, total: int) -> None:
    """Tells no one."""


class BytesRead:
    """Of all files together. Where a file is read twice, each time counts for half of it."""

    def __init__(self, files: Iterable[ExportFile], tell: ProgressCallback) -> None:
        self._total = sum(file.size for file in files)
        self._before = self._first = 0
        self._tell = tell

    def first(
        self, file: ExportFile, messages: Iterable[ImportedMessage]
    ) -> Iterator[ImportedMessage]:
        """The messages of the first reading, which may end early."""
        return self._told(messages, lambda: file.position // 2)

    def second(
        self, file: ExportFile, messages: Iterable[ImportedMessage]
    ) -> Iterator[ImportedMessage]:
        share = 1 - self._first / max(1, file.size)
        yield from self._told(messages, lambda: self._first + int(file.position * share))
        self._before += file.size
        self._first = 0
        self._tell("reading", self._before, self._total)

    def first_is_over(self, file: ExportFile) -> None:
        self._first = min(file.position, file.size) // 2

    def _told(
        self, messages: Iterable[ImportedMessage], done: Callable[[], int]
    ) -> Iterator[ImportedMessage]:
        for number, message in enumerate(messages):
            if number % _EVERY == 0:
                self._tell("reading", min(self._before + done(), self._total), self._total)
            yield message
