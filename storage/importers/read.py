"""Read all files of an import into the spool, and check what can be wrong with them."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from sqlite_utils import Database

from storage.errors import InputError
from storage.importers.base import ImportedMessage, Importer
from storage.importers.changes import ExportChanges
from storage.importers.file import ExportFile
from storage.importers.find_files import left_out
from storage.importers.identity import ChatIdentities
from storage.importers.owner import (
    USUAL_OWNER,
    OwnerUnknown,
    SenderSample,
    count_senders,
    owner_unknown,
    owner_unknown_in,
    owners_among,
)
from storage.importers.platform_lines import PlatformLines
from storage.importers.problems import BadFile, FileProblem
from storage.importers.report import BytesRead, FileReport, ProgressCallback
from storage.importers.same_chats import DoubledChat, SameChats
from storage.importers.sides import Sides
from storage.importers.spool import Spool
from storage.platform_markup import readable
from storage.texts import Text

_MOST_NAMES = 20_000


class FileReader:
    """One file being read. `identities` are those of a copy: nothing is written meanwhile."""

    def __init__(
        self,
        file: ExportFile,
        importer: Importer,
        owner_ids: frozenset[str],
        identities: ChatIdentities,
    ) -> None:
        self.file, self.importer = file, importer
        self.reports: dict[int, FileReport] = {}
        self.changes = ExportChanges()
        self._owner_ids, self._identities = owner_ids, identities

    def see(self, message: ImportedMessage) -> tuple[bool, int]:
        """Count the message in its chat's report; (whether it is the owner's, its chat)."""
        chat, owner = self._chat(message), self.is_owner(message)
        report = self.reports.get(chat)
        if report is None:
            at = message.sent_at
            report = FileReport(
                path=self.file.path,
                format=self.importer.NAME,
                chat=message.chat_name,
                first_at=at,
                last_at=at,
                chat_id=chat,
                platform=self.platform(message),
                chat_kind=message.chat_kind,
            )
            self.reports[chat] = report
        report.count(message.sent_at, owner, message.kind)
        self.changes.see(message, chat, owner)
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
        return self._identities.chat(message, self.platform(message))


class SenderNames:
    """The ids and names of both sides of a file; `counts` has how many messages each name wrote."""

    def __init__(self) -> None:
        self.owners: set[str] = set()
        self.others: set[str] = set()
        self.counts: Counter[str] = Counter()

    def add(self, message: ImportedMessage, owner: bool) -> None:
        if message.sender_id and len(self.counts) < _MOST_NAMES:
            self.counts[message.sender_name] += 1
            side = self.owners if owner else self.others
            side.update((message.sender_id, message.sender_name, message.account))


class ImportReader:
    """Reads all files into the spool. `files` are in the order of their numbers there."""

    def __init__(
        self, identities: ChatIdentities, spool: Spool, lines: PlatformLines, me: str | None
    ) -> None:
        self.me = me.strip() if me and me.strip() else None
        self.files: list[FileReader] = []
        self.problems: list[FileProblem] = []
        self.notes: list[Text] = []
        self.doubles: list[DoubledChat] = []
        self._identities, self._spool, self.lines = identities, spool, lines
        self._sides = Sides()
        self._same_chats = SameChats()
        self._chats_with_owner: set[int] = set()
        self._without_owner: list[tuple[OwnerUnknown, set[int]]] = []
        self._noted: dict[Text, list[Path]] = {}
        self._found_me = False
        self._seen = 0  # messages of the file that is being read
        self._first_error: InputError | None = None

    def run(
        self, work: Sequence[tuple[ExportFile, Importer]], on_progress: ProgressCallback
    ) -> None:
        bytes_read = BytesRead([file for file, _ in work], on_progress)
        for file, importer in work:
            self._read(file, importer, bytes_read)
        if not self.files and self._first_error is not None:
            raise self._first_error
        # A long chat is exported in parts, and the owner may have written nothing in one of them.
        silent = [e for e, chats in self._without_owner if not chats <= self._chats_with_owner]
        if silent and not self._found_me:
            raise owner_unknown_in(silent)
        self.notes += [error.cause for error in silent]
        for note, paths in self._noted.items():
            self.notes.append(_noted(paths, note))

    def doubts(self, db: Database) -> list[Text]:
        """Questions to the owner, before anything is written; they are also in `notes`."""
        self._sides.see_logged(db)
        self._identities.check_same()
        self._same_chats.check_names(self._identities.told_same)
        self.doubles = self._same_chats.doubles(db, self._identities.db)
        warnings = [*self._sides.warnings(), *(double.question for double in self.doubles)]
        self.notes += warnings
        return warnings

    def _read(self, file: ExportFile, importer: Importer, bytes_read: BytesRead) -> None:
        self._seen = 0
        try:
            self._read_export(file, importer, bytes_read)
        except InputError as error:
            # What was found in a folder and has not one message is no export.
            if self._seen or not file.in_folder:
                raise
            self.problems.append(left_out(file, error))
            self._first_error = self._first_error or error
            bytes_read.leave_out(file)

    def _counted(self, messages: Iterable[ImportedMessage]) -> Iterator[ImportedMessage]:
        for message in messages:
            self._seen += 1
            yield message

    def _read_export(self, file: ExportFile, importer: Importer, bytes_read: BytesRead) -> None:
        file.begin()
        first = bytes_read.first(file, self._counted(importer.read(file)))
        senders, marked = count_senders(first)
        reader = FileReader(
            file, importer, owners_among(senders, self.me, file.path), self._identities
        )
        sender_names = SenderNames()
        bytes_read.first_is_over(file)
        file.begin()
        number, path = len(self.files), str(file.path)
        for message in bytes_read.second(file, importer.read(file)):
            self._seen += 1
            message = _as_read(message)
            owner, chat = reader.see(message)
            sender_names.add(message, owner)
            self.lines.see(message, chat)
            self._same_chats.see(message, chat, owner, path)
            if message.chat_kind == "direct" and message.sender_id:
                self._sides.see(chat, message, owner)
            self._spool.add(number, message)
        reader.changes.close()
        if not reader.reports:
            raise _no_message(file)
        if marked and self.me:
            _check_me(self.me, sender_names, file)
        self.files.append(reader)
        self.problems += file.problems
        for note in dict.fromkeys(file.notes):
            self._noted.setdefault(note, []).append(file.path)
        self._note_owner(reader, file, None if marked else senders)

    def _note_owner(
        self, reader: FileReader, file: ExportFile, senders: Sequence[SenderSample] | None
    ) -> None:
        """`senders` are None where the file itself marks the owner."""
        with_owner = {chat for chat, report in reader.reports.items() if report.owner}
        self._chats_with_owner |= with_owner
        if senders is None:
            if not with_owner:
                note = Text("no message of yours is in it")
                self._noted.setdefault(note, []).append(file.path)
        elif with_owner:
            self._found_me |= self.me is not None
        else:
            error = owner_unknown(str(file.path), senders, self.me)
            self._without_owner.append((error, set(reader.reports)))


def _as_read(message: ImportedMessage) -> ImportedMessage:
    """With its words as people read them, and as the log keeps them."""
    text = message.text
    if "<" not in text and "&" not in text and "\0" not in text:
        return message
    text = text.replace("\0", "")
    words = readable(text) if message.kind == "text" else text
    if words == message.text:
        return message
    return message._replace(text=words, raw=message.raw if words == text else message.raw or text)


def _check_me(me: str, names: SenderNames, file: ExportFile) -> None:
    """The file says who the owner is. Raises InputError where --me names somebody else."""
    if me != USUAL_OWNER and me in names.others and me not in names.owners:
        named = ", ".join(f"{name} ({n})" for name, n in names.counts.most_common(8))
        raise BadFile(
            file.path,
            Text(
                "the owner is not '{me}': the file itself says who it is; leave --me out, or "
                "give one of: {named}",
                me=me,
                named=named,
            ),
        )


def _noted(paths: Sequence[Path], note: Text) -> Text:
    if len(paths) == 1:
        return Text("{path}: {cause}", path=paths[0], cause=note)
    return Text("{path} and {n} more files: {cause}", path=paths[0], n=len(paths) - 1, cause=note)


def _no_message(file: ExportFile) -> BadFile:
    if not file.problems:
        return BadFile(file.path, Text("there is no message in the file; export the chat again"))
    first = file.problems[0]
    return BadFile(
        file.path,
        Text(
            "there is no message in the file (line {line}: {cause}); export the chat again",
            line=first.line,
            cause=first.cause,
        ),
    )
