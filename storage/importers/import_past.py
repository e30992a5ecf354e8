"""Import what a platform shows of one chat's past, all or nothing, as an export of it would be."""

import sqlite3
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from sqlite_utils import Database

from storage.importers.base import ImportedMessage, Program
from storage.importers.file import ExportFile
from storage.importers.import_files import cant_write, import_work
from storage.importers.past import PastOfChat
from storage.importers.platform_lines import PlatformLines
from storage.importers.read import ImportReader
from storage.importers.report import FileReport
from storage.importers.same_chats import DoubledChat
from storage.importers.spool import open_spool
from storage.importers.told_same import ToldSame
from storage.texts import Text
from storage.unfinished_import import folder_of, no_import_meanwhile


class SeemsDoubled(Exception):
    """The log has the messages in another chat, as from an export; nothing was written."""

    def __init__(self, double: DoubledChat) -> None:
        super().__init__(double.question)
        self.double = double


def import_past(
    db: Database,
    past: PastOfChat,
    *,
    platform: str,
    chat: str,
    same: Sequence[ToldSame] = (),
    platform_lines: bool = True,
    may: Callable[[Database], bool] = lambda db: True,
) -> FileReport | None:
    """Write the past of the chat of that name on the platform into the log; None: nothing was.

    `same`: chats of which the owner says that this is one of them. `may` is asked once nobody else
    can import or forget a chat. Raises SeemsDoubled, ImportGoing
    while somebody else imports, and TwinError when the database can't be written.
    """
    if not past.messages:
        return None
    lines = PlatformLines(enabled=platform_lines)
    work = [(_ShownChat(chat), _Shown(platform, past))]
    try:
        with no_import_meanwhile(db), open_spool(folder_of(db)) as spool:
            if not may(db):
                return None
            reader = import_work(db, work, spool, lines, same=same, on_read=_check_single)
    except sqlite3.Error as error:
        raise cant_write(db, error) from error
    (report,) = reader.files[0].reports.values()
    return report


def _check_single(reader: ImportReader, _: Sequence[Text]) -> None:
    """Of the doubts, only this: the platform itself says which side is whose.

    And what it gives two ids is two chats, as those of two programs that tell the same.
    """
    doubles = [double for double in reader.doubles if not double.by_ids]
    if doubles:
        raise SeemsDoubled(doubles[0])


class _ShownChat(ExportFile):
    """Stands where an import has its file."""

    def __init__(self, chat: str) -> None:
        super().__init__(Path(chat))

    def begin(self) -> None:
        self.problems, self.notes = [], []


class _Shown:
    """Stands where an import has the file's format."""

    NAME = "history"
    PROGRAMS: tuple[Program, ...] = ()
    LOOKS_FOR: tuple[str, ...] = ()

    def __init__(self, platform: str, past: PastOfChat) -> None:
        self.PLATFORM, self._past = platform, past

    def recognizes(self, file: ExportFile) -> bool:
        return False

    def read(self, file: ExportFile) -> Iterator[ImportedMessage]:
        return self._past.in_order()
