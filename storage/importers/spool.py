"""Messages on their way from file to database, in a file without a name."""

import pickle
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from storage.errors import TwinError
from storage.importers.base import ImportedMessage

_BATCH = 1000
Batch = tuple[int, list[ImportedMessage]]  # the number of the file, messages of it


class Spool:
    """A file without a name: nobody else can open it, and it is gone when the process is.

    So all is read and judged before anything is written, and memory does not grow with it.
    """

    def __init__(self, file: IO[bytes]) -> None:
        self.messages = 0
        self._file = file
        self._number = 0
        self._batch: list[ImportedMessage] = []

    def add(self, number: int, message: ImportedMessage) -> None:
        if number != self._number or len(self._batch) >= _BATCH:
            self._flush()
            self._number = number
        self._batch.append(message)
        self.messages += 1

    def pieces(self, size: int) -> Iterator[list[Batch]]:
        """Everything in its order, at least `size` messages at a time."""
        self._flush()
        self._file.seek(0)
        piece: list[Batch] = []
        left, gathered = self.messages, 0
        while left:
            # Nobody else could write into this file.
            number, messages = pickle.load(self._file)
            piece.append((number, messages))
            gathered += len(messages)
            left -= len(messages)
            if gathered >= size or not left:
                yield piece
                piece, gathered = [], 0

    def _flush(self) -> None:
        if not self._batch:
            return
        pickle.dump((self._number, self._batch), self._file, pickle.HIGHEST_PROTOCOL)
        self._batch = []


@contextmanager
def staged_in(folder: Path | None) -> Iterator[Spool]:
    """Raises TwinError when the folder has no room."""
    try:
        with tempfile.TemporaryFile(dir=folder) as file:
            yield Spool(file)
    except OSError as error:
        raise TwinError(
            f"{folder or tempfile.gettempdir()}: what was read can't be kept ({error.strerror}); "
            "nothing was imported; make room on the disk, then import again"
        ) from error
