"""Importing: files and folders into the log, as one transaction."""

import sqlite3
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from sqlite_utils import Database

from storage.chats import upsert_chat, upsert_contact
from storage.database import transaction
from storage.errors import InputError, TwinError
from storage.importers.base import ImportedMessage, Importer
from storage.importers.detect import detect, importer_named, unknown_format
from storage.messages import NewMessage, dedupe_key, log_messages, mark_recalled, storable

SUFFIXES = {".json", ".jsonl", ".csv", ".txt"}
COMPANIONS = {"users.json"}
# The recipe's word for the owner, and PyWxDump's; what is assumed when no --me is given.
USUAL_OWNER = "我"


@dataclass(frozen=True, slots=True)
class FileReport:
    """What one file gave to one chat. Times in UTC milliseconds."""

    path: Path
    format: str
    chat: str
    messages: int
    new: int
    owner: int
    first_at: int
    last_at: int

    @property
    def duplicates(self) -> int:
        return self.messages - self.new


@dataclass(frozen=True, slots=True)
class ImportReport:
    """One entry per file and chat. `skipped` are files of folders that are no known export."""

    files: list[FileReport]
    skipped: list[Path]
    dry_run: bool

    @property
    def messages(self) -> int:
        return sum(file.messages for file in self.files)

    @property
    def new(self) -> int:
        return sum(file.new for file in self.files)

    @property
    def duplicates(self) -> int:
        return self.messages - self.new

    @property
    def owner(self) -> int:
        return sum(file.owner for file in self.files)


class _DryRun(Exception):
    """Takes the transaction back."""


def import_paths(
    db: Database,
    paths: Sequence[Path],
    *,
    me: str | None = None,
    format: str | None = None,
    dry_run: bool = False,
) -> ImportReport:
    """Import the files, and those below the folders; nothing is imported when anything fails.

    `me` is the owner's name or id in the files, `format` the name of a format that is known
    beforehand. Raises InputError for what is wrong with the files, TwinError when the database
    can't be written.
    """
    work, skipped = _choose(paths, importer_named(format) if format else None)
    files: list[FileReport] = []
    try:
        with transaction(db):
            files = _Import(db, me).run(work)
            if dry_run:
                raise _DryRun
    except _DryRun:
        pass
    except sqlite3.Error as error:
        raise TwinError(
            f"import: the database can't be written ({error}); nothing was imported; "
            "make room on the disk or stop what holds the database, then import again"
        ) from error
    return ImportReport(files, skipped, dry_run)


def _choose(
    paths: Sequence[Path], known: Importer | None
) -> tuple[list[tuple[Path, Importer]], list[Path]]:
    """Each file with its format, and the files of folders that are no export."""
    work: dict[Path, tuple[Path, Importer]] = {}
    skipped: list[Path] = []
    for path in paths:
        inside, found = path.is_dir(), False
        for file in _files_below(path) if inside else [path]:
            importer = known or detect(file)
            if importer is not None:
                found = True
                # A file that is named and also lies in a named folder is one file.
                work.setdefault(file.resolve(), (file, importer))
            elif inside:
                skipped.append(file)
            else:
                raise unknown_format(file)
        if inside and not found:
            raise InputError(f"{path}: no chat export in this folder; give the folder with them")
    if not work:
        raise InputError("import: no file was given; name the exports or their folder")
    return list(work.values()), skipped


def _files_below(folder: Path) -> list[Path]:
    return sorted(
        file
        for file in folder.rglob("*")
        if file.suffix.lower() in SUFFIXES
        and file.name not in COMPANIONS
        and not any(part.startswith(".") for part in file.relative_to(folder).parts)
        and file.is_file()
    )


class _Import:
    """One run over all files. Row ids of chats and contacts are looked up once."""

    def __init__(self, db: Database, me: str | None) -> None:
        self.db = db
        self.me = me.strip() if me and me.strip() else None
        self.chats: dict[tuple[str, str, str], int] = {}
        self.contacts: dict[tuple[str, str, str], int] = {}
        self.chats_with_owner: set[int] = set()

    def run(self, work: Sequence[tuple[Path, Importer]]) -> list[FileReport]:
        reports: list[FileReport] = []
        without_owner: list[tuple[InputError, set[int]]] = []
        for path, importer in work:
            messages = self._read(path, importer)
            batches = self._batches(messages, importer)
            for chat_id, batch in batches.items():
                reports.append(self._store(path, importer, batch))
                if reports[-1].owner:
                    self.chats_with_owner.add(chat_id)
            if not any(self._is_owner(message) for message in messages):
                without_owner.append((self._no_owner(path, messages), set(batches)))
        # A long chat is exported in parts, and the owner may be silent in one of them.
        for error, chats in without_owner:
            if not chats <= self.chats_with_owner:
                raise error
        return reports

    def _read(self, path: Path, importer: Importer) -> list[ImportedMessage]:
        messages = list(importer.read(path))
        if not messages:
            raise InputError(f"{path}: there is no message in the file; export the chat again")
        owners = {
            name
            for message in messages
            if message.from_owner
            for name in (message.sender_id, message.sender_name)
        }
        if owners and self.me and self.me not in owners | {USUAL_OWNER}:
            raise InputError(
                f"{path}: the owner is not '{self.me}': the file itself says who it is; "
                f"leave --me out, or give one of: {_senders(messages)}"
            )
        return messages

    def _is_owner(self, message: ImportedMessage) -> bool:
        if message.from_owner is not None:
            return message.from_owner
        return (self.me or USUAL_OWNER) in (message.sender_id, message.sender_name)

    def _no_owner(self, path: Path, messages: Sequence[ImportedMessage]) -> InputError:
        who = f"of '{self.me}'" if self.me else "of the owner"
        return InputError(
            f"{path}: no message {who} in the file; give --me one of: {_senders(messages)}"
        )

    def _batches(
        self, messages: Sequence[ImportedMessage], importer: Importer
    ) -> dict[int, list[tuple[ImportedMessage, NewMessage]]]:
        """The rows to be stored, chat by chat. Equal messages of a second are counted per file,
        so that a file that is read again counts the same.
        """
        batches: dict[int, list[tuple[ImportedMessage, NewMessage]]] = defaultdict(list)
        seen: Counter[tuple[int, int, bool, str, str]] = Counter()
        for message in messages:
            chat_id = self._chat(message, importer.PLATFORM)
            owner = self._is_owner(message)
            if message.recalled and message.external_id:
                # An earlier export may hold the words that were taken back since.
                mark_recalled(self.db, chat_id, message.external_id, message.sent_at)
            same = (chat_id, message.sent_at // 1000, owner, message.kind, message.text)
            row = NewMessage(
                chat_id=chat_id,
                origin="owner" if owner else "peer",
                text=message.text,
                sent_at=message.sent_at,
                kind=message.kind,
                source=f"import:{importer.NAME}",
                sender_id=None if owner else self._contact(message, importer.PLATFORM),
                external_id=message.external_id,
                raw=message.raw,
                dedupe_key=dedupe_key(
                    message.sent_at, owner, message.kind, message.text, seen[same]
                ),
                recalled_at=message.sent_at if message.recalled else None,
            )
            seen[same] += 1
            batches[chat_id].append((message, row))
        return batches

    def _store(
        self, path: Path, importer: Importer, batch: Sequence[tuple[ImportedMessage, NewMessage]]
    ) -> FileReport:
        times = [row.sent_at for _, row in batch]
        return FileReport(
            path=path,
            format=importer.NAME,
            chat=batch[0][0].chat_name,
            messages=len(batch),
            new=log_messages(self.db, (row for _, row in batch)),
            owner=sum(row.origin == "owner" for _, row in batch),
            first_at=min(times),
            last_at=max(times),
        )

    def _chat(self, message: ImportedMessage, platform: str) -> int:
        key = (platform, message.chat_id, message.chat_name)
        if key not in self.chats:
            chat = upsert_chat(
                self.db,
                platform,
                storable(message.chat_id),
                storable(message.chat_name),
                kind=message.chat_kind,
            )
            self.chats[key] = chat.id
        return self.chats[key]

    def _contact(self, message: ImportedMessage, platform: str) -> int:
        key = (platform, message.sender_id, message.sender_name)
        if key not in self.contacts:
            self.contacts[key] = upsert_contact(
                self.db, platform, storable(message.sender_id), storable(message.sender_name)
            )
        return self.contacts[key]


def _senders(messages: Sequence[ImportedMessage], most: int = 8) -> str:
    """The senders of the file with their numbers of messages, the most frequent first."""
    counts = Counter(message.sender_name for message in messages)
    named = ", ".join(f"{_one_line(name)} ({n})" for name, n in counts.most_common(most))
    return f"{named}, …" if len(counts) > most else named


def _one_line(name: str) -> str:
    return " ".join(name.split())
