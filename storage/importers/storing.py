"""The messages of one file on their way into the log."""

from collections import Counter
from dataclasses import replace

from sqlite_utils import Database

from storage.importers.base import ImportedMessage, Importer
from storage.importers.file import ExportFile
from storage.importers.identity import People
from storage.importers.minutes import log_beside_minutes, minute_key
from storage.importers.report import FileReport
from storage.messages import NewMessage, dedupe_key, mark_recalled

_BATCH = 1000
# Equal messages of one second lie close together in a file, so that not all need to be remembered.
_REMEMBERED = 10_000
_MOST_NAMES = 20_000


class Storing:
    """Stores in batches, so that memory does not grow with the file. `flush` ends it.

    `owners` and `others` are the ids and names of both sides, `names` all with their numbers.
    """

    def __init__(
        self,
        db: Database,
        people: People,
        file: ExportFile,
        importer: Importer,
        owner_ids: frozenset[str],
    ) -> None:
        self.reports: dict[int, FileReport] = {}
        self.owners: set[str] = set()
        self.others: set[str] = set()
        self.names: Counter[str] = Counter()
        self._db, self._people, self._owner_ids = db, people, owner_ids
        self._file, self._importer = file, importer
        self._source = f"import:{importer.NAME}"
        self._batch: list[NewMessage] = []
        # Counted per file, so that a file that is read again counts the same.
        self._seen: dict[tuple[int, int, bool, str, str], int] = {}

    def add(self, message: ImportedMessage) -> tuple[bool, int]:
        """(whether it is the owner's, its chat)."""
        if "\0" in message.text:
            message = replace(message, text=message.text.replace("\0", ""))  # as in the live log
        platform = message.platform or self._importer.PLATFORM
        chat = self._people.chat(message, platform)
        owner = self._is_owner(message)
        if message.recalled and message.external_id:
            # An earlier export may hold the words that were taken back since.
            mark_recalled(self._db, chat, message.external_id, message.sent_at)
        self._batch.append(self._row(message, chat, owner, platform))
        self._count(message, chat, owner)
        if len(self._batch) >= _BATCH:
            self.flush()
        return owner, chat

    def flush(self) -> None:
        by_chat: dict[int, list[NewMessage]] = {}
        for row in self._batch:
            by_chat.setdefault(row.chat_id, []).append(row)
        for chat, rows in by_chat.items():
            self.reports[chat].new += log_beside_minutes(self._db, chat, rows)
        self._batch = []

    def _is_owner(self, message: ImportedMessage) -> bool:
        if message.from_owner is not None:
            return message.from_owner
        return message.sender_id in self._owner_ids

    def _row(self, message: ImportedMessage, chat: int, owner: bool, platform: str) -> NewMessage:
        speaks = bool(message.sender_id) and not owner
        nth = self._nth((chat, message.sent_at // 1000, owner, message.kind, message.text))
        # What has an id of its own is known by it.
        to_the_minute = message.to_the_minute and message.external_id is None
        key = minute_key if to_the_minute else dedupe_key
        return NewMessage(
            chat_id=chat,
            origin="owner" if owner else "peer",
            text=message.text,
            sent_at=message.sent_at,
            kind=message.kind,
            source=self._source,
            sender_id=self._people.contact(message, platform) if speaks else None,
            external_id=message.external_id,
            reply_to=message.reply_to,
            raw=message.raw,
            dedupe_key=key(message.sent_at, owner, message.kind, message.text, nth),
            recalled_at=message.sent_at if message.recalled else None,
        )

    def _nth(self, same: tuple[int, int, bool, str, str]) -> int:
        """How many equal messages of that second went before."""
        before = self._seen.pop(same, -1) + 1
        self._seen[same] = before
        if len(self._seen) > _REMEMBERED:
            del self._seen[next(iter(self._seen))]
        return before

    def _count(self, message: ImportedMessage, chat: int, owner: bool) -> None:
        report = self.reports.get(chat)
        if report is None:
            at = message.sent_at
            report = FileReport(self._file.path, self._importer.NAME, message.chat_name, at, at)
            self.reports[chat] = report
        report.count(message.sent_at, owner, message.kind)
        if message.sender_id and len(self.names) < _MOST_NAMES:
            self.names[message.sender_name] += 1
            (self.owners if owner else self.others).update((message.sender_id, message.sender_name))
