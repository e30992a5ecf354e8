"""Spool: the messages that were read, until they are written, in a temporary file."""

import pickle
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from storage.errors import TwinError
from storage.importers.base import ImportedMessage
from storage.texts import Text

_BATCH = 1000
Batch = tuple[int, list[ImportedMessage]]  # the number of the file, messages of it


class Spool:
    """A file without a name: nobody else can open it, and it is gone when the process is.

    It lets all files be read and checked before anything is written, in constant memory.
    """

    def __init__(self, file: IO[bytes]) -> None:
        self.messages = self.with_file = 0
        self._file = file
        self._number = 0
        self._batch: list[ImportedMessage] = []

    def add(self, number: int, message: ImportedMessage) -> None:
        if number != self._number or len(self._batch) >= _BATCH:
            self._flush()
            self._number = number
        self._batch.append(message)
        self.messages += 1
        self.with_file += bool(message.file)

    def pieces(self, size: int) -> Iterator[list[Batch]]:
        """All messages in their order, at least `size` at a time."""
        self._flush()
        self._file.seek(0)
        piece: list[Batch] = []
        left, gathered = self.messages, 0
        while left:
            # Unpickling is safe: nobody else could write into this file.
            number, rows = pickle.load(self._file)
            messages = list(map(ImportedMessage._make, rows))
            piece.append((number, messages))
            gathered += len(messages)
            left -= len(messages)
            if gathered >= size or not left:
                yield piece
                piece, gathered = [], 0

    def messages_in_order(self) -> Iterator[tuple[int, ImportedMessage]]:
        """(the number of the file, the message) of all of them."""
        for batches in self.pieces(_BATCH):
            for number, messages in batches:
                for message in messages:
                    yield number, message

    def _flush(self) -> None:
        if not self._batch:
            return
        # A named tuple takes three times as long as one without names.
        rows = [tuple(message) for message in self._batch]
        pickle.dump((self._number, rows), self._file, pickle.HIGHEST_PROTOCOL)
        self._batch = []


@contextmanager
def open_spool(folder: Path | None) -> Iterator[Spool]:
    """A spool in the folder, or in the system's temporary one.

    Raises TwinError when the disk is full.
    """
    try:
        with tempfile.TemporaryFile(dir=folder) as file:
            yield Spool(file)
    except OSError as error:
        raise TwinError(
            Text(
                "{folder}: what was read can't be kept ({cause}); nothing was imported; make "
                "room on the disk, then import again",
                folder=folder or tempfile.gettempdir(),
                cause=error.strerror,
            )
        ) from error
