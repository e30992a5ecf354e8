"""Importing: files and folders into the log, as one transaction."""

import sqlite3
from collections.abc import Iterable, Sequence
from pathlib import Path

from sqlite_utils import Database

from storage.database import transaction
from storage.errors import InputError, TwinError
from storage.importers.base import Importer
from storage.importers.choose import choose
from storage.importers.dates import ORDERS
from storage.importers.detect import importer_named
from storage.importers.file import MAX_BAD_ROWS, ExportFile, Problem
from storage.importers.identity import People
from storage.importers.owner import (
    USUAL_OWNER,
    OwnerUnknown,
    Sender,
    Sides,
    count_senders,
    owner_unknown,
    owners_among,
)
from storage.importers.report import FileReport, ImportReport
from storage.importers.storing import Storing
from storage.search import indexed_together

__all__ = ["FileReport", "ImportReport", "import_paths"]


class _DryRun(Exception):
    """Takes the transaction back."""


def import_paths(
    db: Database,
    paths: Sequence[Path],
    *,
    me: str | None = None,
    format: str | None = None,
    dry_run: bool = False,
    dates: str | None = None,
    max_bad_rows: int = MAX_BAD_ROWS,
) -> ImportReport:
    """Import the files, and those in folders and .zip files; nothing when anything fails.

    `me` is the owner's name or id in the files, `format` the name of a format that is known
    beforehand, `dates` the order of day, month and year where a file leaves it open. A row that
    can't be read is reported and left out, up to `max_bad_rows` a file. Raises OwnerUnknown when
    nobody says who the owner is, InputError for what else is wrong with the files, TwinError when
    the database can't be written.
    """
    if dates is not None and dates not in ORDERS:
        raise InputError(f"dates '{dates}': no such order; use one of {', '.join(ORDERS)}")
    known = importer_named(format) if format else None
    chosen = choose(paths, known, dates, max_bad_rows)
    run = _Import(db, me)
    try:
        with transaction(db), indexed_together(db):
            run.run(chosen.work.values())
            if dry_run:
                raise _DryRun
    except _DryRun:
        pass
    except sqlite3.Error as error:
        raise TwinError(
            f"import: the database can't be written ({error}); nothing was imported; "
            "make room on the disk or stop what holds the database, then import again"
        ) from error
    return ImportReport(
        run.files, chosen.skipped, dry_run, [*chosen.problems, *run.problems], run.notes
    )


class _Import:
    """One run over all files."""

    def __init__(self, db: Database, me: str | None) -> None:
        self.db = db
        self.me = me.strip() if me and me.strip() else None
        self.files: list[FileReport] = []
        self.problems: list[Problem] = []
        self.notes: list[str] = []
        self._people = People(db)
        self._sides = Sides()
        self._chats_with_owner: set[int] = set()
        self._without_owner: list[tuple[OwnerUnknown, set[int]]] = []
        self._noted: dict[str, list[Path]] = {}
        self._found_me = False

    def run(self, work: Iterable[tuple[ExportFile, Importer]]) -> None:
        for file, importer in work:
            self._import(file, importer)
        # A long chat is exported in parts, and the owner may be silent in one of them.
        for error, chats in self._without_owner:
            if chats <= self._chats_with_owner:
                continue
            if not self._found_me:
                raise error
            self.notes.append(str(error).partition(";")[0])
        for note, paths in self._noted.items():
            more = f" and {len(paths) - 1} more files" if len(paths) > 1 else ""
            self.notes.append(f"{paths[0]}{more}: {note}")
        warning = self._sides.warning()
        if warning:
            self.notes.append(warning)

    def _import(self, file: ExportFile, importer: Importer) -> None:
        file.begin()
        senders, marked = count_senders(importer.read(file))
        owners = owners_among(senders, self.me, file.path)
        storing = Storing(self.db, self._people, file, importer, owners)
        file.begin()
        for message in importer.read(file):
            owner, chat = storing.add(message)
            if message.chat_kind == "direct" and message.sender_id:
                self._sides.see(chat, message.sender_name, owner)
        storing.flush()
        if not storing.reports:
            raise _no_message(file)
        if marked and self.me:
            self._check_me(self.me, storing, file)
        self.files += storing.reports.values()
        self.problems += file.problems
        for note in dict.fromkeys(file.notes):
            self._noted.setdefault(note, []).append(file.path)
        self._note_owner(storing, file, None if marked else senders)

    def _note_owner(
        self, storing: Storing, file: ExportFile, senders: Sequence[Sender] | None
    ) -> None:
        """`senders` are None where the file itself marks the owner."""
        with_owner = {chat for chat, report in storing.reports.items() if report.owner}
        self._chats_with_owner |= with_owner
        if senders is None:
            if not with_owner:
                self._noted.setdefault("no message of yours is in it", []).append(file.path)
        elif with_owner:
            self._found_me |= self.me is not None
        else:
            error = owner_unknown(file.path, senders, self.me)
            self._without_owner.append((error, set(storing.reports)))

    def _check_me(self, me: str, storing: Storing, file: ExportFile) -> None:
        """The file says who the owner is. Somebody else as --me is a mistake worth stopping for."""
        if me != USUAL_OWNER and me in storing.others and me not in storing.owners:
            named = ", ".join(f"{name} ({n})" for name, n in storing.names.most_common(8))
            raise InputError(
                f"{file.path}: the owner is not '{me}': the file itself says who it is; "
                f"leave --me out, or give one of: {named}"
            )


def _no_message(file: ExportFile) -> InputError:
    first = file.problems[0] if file.problems else None
    why = f" (line {first.line}: {first.cause})" if first else ""
    return InputError(f"{file.path}: there is no message in the file{why}; export the chat again")
