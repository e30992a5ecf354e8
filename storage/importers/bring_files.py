"""Bring along the files that the messages of an import name: copied, linked, and counted.

They are looked for when all messages are written, as a part of the same import: what takes it back
takes them back too. The newest come first, for there are limits.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from sqlite_utils import Database

from storage.database import transaction
from storage.errors import InputError
from storage.importers.attached import Attached, AttachedFiles
from storage.importers.base import ImportedMessage
from storage.importers.identity import ChatIdentities
from storage.importers.keep_file import FileKeeper, Kept, NoRoom, TooLarge
from storage.importers.platform_lines import PlatformLines
from storage.importers.read import FileReader
from storage.importers.report import FilesReport, ProgressCallback
from storage.importers.spool import Spool
from storage.importers.write import ImportWriter
from storage.importers.written import Logged, logged_message
from storage.unfinished_import import note_copying

KINDS = ("image", "voice", "video", "file", "sticker")
_AT_ONCE = 200
_TABLE = (
    "CREATE TEMP TABLE files_to_bring (message INTEGER PRIMARY KEY, file INTEGER NOT NULL, "
    "named TEXT NOT NULL, size INTEGER NOT NULL, sent_at INTEGER NOT NULL)"
)
_ORDER = "CREATE INDEX temp.files_in_time ON files_to_bring (sent_at, message)"
_NEWEST = (
    "SELECT message, file, named, size FROM files_to_bring ORDER BY sent_at DESC, message DESC "
    "LIMIT ?"
)


@dataclass(frozen=True, slots=True)
class FileLimits:
    """In bytes: of all files that one import brings, and of each of them."""

    total: int
    each: int


class FileBringer:
    """`data` is the data folder. With `dry_run` the files are found and counted alone."""

    def __init__(self, data: Path, limits: FileLimits, *, dry_run: bool) -> None:
        self.report = FilesReport()
        self._data, self._dry_run = data, dry_run
        self._each, self._left = limits.each, limits.total
        self._attached = AttachedFiles()
        self._files: Sequence[FileReader] = ()
        self._came: dict[tuple[Path, str | None], str] = {}  # where each is now

    def run(
        self,
        db: Database,
        files: Sequence[FileReader],
        spool: Spool,
        identities: ChatIdentities,
        lines: PlatformLines,
        on_progress: ProgressCallback,
    ) -> None:
        """Raises TwinError where the data folder can't be written."""
        if not spool.with_file:
            return
        self._db, self._files = db, files
        self._db.execute(_TABLE)
        self._db.execute(_ORDER)
        try:
            self._look(spool, identities, lines)
            self._bring(on_progress)
        finally:
            self._db.execute("DROP TABLE temp.files_to_bring")

    def _look(self, spool: Spool, identities: ChatIdentities, lines: PlatformLines) -> None:
        """Note which files are there, and for which messages of the log."""
        current, writer = -1, None
        for number, message in spool.messages_in_order():
            if writer is None or number != current:
                current = number
                writer = ImportWriter(self._db, identities, self._files[number], lines)
            row = writer.row(message)  # of every message, for it counts the equal ones
            if row is not None and _names_file(message):
                self._look_for(number, message, logged_message(self._db, row))

    def _look_for(self, number: int, message: ImportedMessage, logged: Logged | None) -> None:
        if logged is None:
            return  # it was taken back since
        self.report.named += 1
        if logged.media is not None and (self._data / logged.media).is_file():
            self.report.known += 1
            return
        found = self._attached.find(self._files[number].file, message.file)
        if found is None:
            self.report.missing += 1
        elif found.size > self._each:
            self.report.too_large += 1
        elif not found.size:
            self.report.unreadable += 1
        else:
            self._db.execute(
                "INSERT OR IGNORE INTO files_to_bring VALUES (?, ?, ?, ?, ?)",
                [logged.id, number, message.file, found.size, message.sent_at],
            )

    def _bring(self, on_progress: ProgressCallback) -> None:
        (total,) = self._db.execute("SELECT TOTAL(size) FROM files_to_bring").fetchone()
        if not total:
            return
        keeper = None
        if not self._dry_run:
            note_copying(self._db)
            keeper = FileKeeper(self._data)
        done = 0
        while rows := self._db.execute(_NEWEST, [_AT_ONCE]).fetchall():
            links: list[tuple[str, int]] = []
            for message, number, named, size in rows:
                if keeper is not None:
                    on_progress("copying", done, int(total))
                path = self._bring_one(keeper, number, named, size)
                if path:
                    links.append((path, message))
                done += size
            self._link(links, [(message,) for message, *_ in rows])
        if keeper is not None:
            on_progress("copying", done, int(total))

    def _bring_one(
        self, keeper: FileKeeper | None, number: int, named: str, size: int
    ) -> str | None:
        """Where it is in the data folder now; None where it did not come."""
        try:
            return self._keep(keeper, number, named, size)
        except NoRoom as error:
            self.report.no_room += 1
            if error.of_disk:
                self._left = 0
        except TooLarge:
            self.report.too_large += 1
        except (OSError, InputError):
            self.report.unreadable += 1
        return None

    def _keep(self, keeper: FileKeeper | None, number: int, named: str, size: int) -> str:
        """A sticker may have been sent a thousand times, and is copied once."""
        found = self._attached.find(self._files[number].file, named)
        if found is None:
            raise FileNotFoundError(named)
        file = (found.source.file, found.source.member)
        if file not in self._came:
            if size > self._left:
                raise NoRoom
            kept = self._copied(keeper, found) if keeper else Kept("", size)
            self._came[file] = kept.path
            self.report.bytes += kept.size
            self._left -= kept.size
        self.report.came += 1
        return self._came[file]

    def _copied(self, keeper: FileKeeper, found: Attached) -> Kept:
        """It may have grown since it was found."""
        with found.open() as content:
            try:
                return keeper.keep(content, found.source.path.name, min(self._each, self._left))
            except TooLarge:
                if self._left < self._each:
                    raise NoRoom from None
                raise

    def _link(self, links: list[tuple[str, int]], done: list[tuple[int]]) -> None:
        paths = [(path,) for path, _ in links]
        with transaction(self._db):
            self._db.conn.executemany("UPDATE messages SET media = ? WHERE id = ?", links)
            # A forgotten chat may have had the same picture.
            self._db.conn.executemany("DELETE FROM files_to_delete WHERE path = ?", paths)
            self._db.conn.executemany("DELETE FROM files_to_bring WHERE message = ?", done)
            # Its path is the same again where somebody had deleted the file before it was read.
            unread = [(message,) for _, message in links]
            self._db.conn.executemany(
                "DELETE FROM media_texts WHERE message_id = ? AND failure IS NOT NULL", unread
            )


def _names_file(message: ImportedMessage) -> bool:
    """An address in the web is none that comes along, and what was taken back has none."""
    is_address = "://" in message.file or message.file.startswith("data:")
    return bool(message.file) and message.kind in KINDS and not (is_address or message.recalled)
