"""One file as it was read: what is in it, and whose messages they are."""

from collections import Counter

from storage.importers.base import ImportedMessage
from storage.importers.file import ExportFile
from storage.importers.identity import People
from storage.importers.importer import Importer
from storage.importers.report import FileReport

_MOST_NAMES = 20_000


class ReadFile:
    """`people` knows the chats as they would be: nothing is written while files are read."""

    def __init__(
        self, file: ExportFile, importer: Importer, owner_ids: frozenset[str], people: People
    ) -> None:
        self.file, self.importer = file, importer
        self.reports: dict[int, FileReport] = {}
        self._owner_ids, self._people = owner_ids, people

    def see(self, message: ImportedMessage) -> tuple[bool, int]:
        """(whether it is the owner's, its chat)."""
        chat, owner = self._chat(message), self.is_owner(message)
        report = self.reports.get(chat)
        if report is None:
            at = message.sent_at
            report = FileReport(self.file.path, self.importer.NAME, message.chat_name, at, at)
            self.reports[chat] = report
        report.count(message.sent_at, owner, message.kind)
        return owner, chat

    def report_of(self, message: ImportedMessage) -> FileReport:
        return self.reports[self._chat(message)]

    def platform(self, message: ImportedMessage) -> str:
        return message.platform or self.importer.PLATFORM

    def is_owner(self, message: ImportedMessage) -> bool:
        if message.from_owner is not None:
            return message.from_owner
        return message.sender_id in self._owner_ids

    def _chat(self, message: ImportedMessage) -> int:
        return self._people.chat(message, self.platform(message))


class Voices:
    """The ids and names of both sides of a file; `names` are all with their numbers."""

    def __init__(self) -> None:
        self.owners: set[str] = set()
        self.others: set[str] = set()
        self.names: Counter[str] = Counter()

    def hear(self, message: ImportedMessage, owner: bool) -> None:
        if message.sender_id and len(self.names) < _MOST_NAMES:
            self.names[message.sender_name] += 1
            (self.owners if owner else self.others).update((message.sender_id, message.sender_name))
