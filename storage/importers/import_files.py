"""Importing: files and folders into the log, all or nothing, while the bot goes on writing.

All files are read first, and nothing is written meanwhile; then the messages are, piece by piece.
"""

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path

from sqlite_utils import Database

from storage.errors import InputError, TwinError
from storage.importers.dates import ORDERS
from storage.importers.detect import importer_named
from storage.importers.file import MAX_BAD_ROWS
from storage.importers.find_files import ChosenFiles, choose_files
from storage.importers.identity import ChatIdentities, chats_apart
from storage.importers.read import ImportReader
from storage.importers.report import FileReport, ImportReport, ProgressCallback, nobody
from storage.importers.spool import Spool, staged_in
from storage.importers.write import write_pieces
from storage.search import register_search_functions
from storage.unfinished_import import (
    folder_of,
    is_unfinished,
    no_import_meanwhile,
    take_back,
    whole_or_not,
)

__all__ = ["FileReport", "ImportReport", "import_paths"]


def import_paths(
    db: Database,
    paths: Sequence[Path],
    *,
    me: str | None = None,
    format: str | None = None,
    dry_run: bool = False,
    dates: str | None = None,
    max_bad_rows: int = MAX_BAD_ROWS,
    tell: ProgressCallback = nobody,
) -> ImportReport:
    """Import the files, and those in folders and .zip files; nothing when anything fails.

    `me` is the owner's name or id in the files, `format` the name of a format that is known
    beforehand, `dates` the order of day, month and year where a file leaves it open. A row that
    can't be read is reported and left out, up to `max_bad_rows` a file. Raises OwnerUnknown when
    nobody says who the owner is, InputError for what else is wrong with the files, TwinError when
    the database can't be written or somebody else is importing.
    """
    if dates is not None and dates not in ORDERS:
        raise InputError(f"dates '{dates}': no such order; use one of {', '.join(ORDERS)}")
    known = importer_named(format) if format else None
    chosen = choose_files(paths, known, dates, max_bad_rows)
    try:
        with _copy(db) if dry_run else _alone(db) as log, staged_in(folder_of(db)) as stage:
            reading = _import(log, chosen, stage, me, tell)
    except sqlite3.Error as error:
        raise TwinError(
            f"import: the database can't be written ({error}); {_left(db)}; "
            "make room on the disk or stop what holds the database, then import again"
        ) from error
    reports = [report for read in reading.files for report in read.reports.values()]
    return ImportReport(
        reports, chosen.skipped, dry_run, [*chosen.problems, *reading.problems], reading.notes
    )


def _import(
    db: Database, chosen: ChosenFiles, stage: Spool, me: str | None, tell: ProgressCallback
) -> ImportReader:
    with closing(chats_apart(db)) as apart:
        reading = ImportReader(ChatIdentities(apart), stage, me)
        reading.run(list(chosen.work.values()), tell)
        with whole_or_not(db):
            write_pieces(db, stage, reading.files, tell)
    return reading


@contextmanager
def _alone(db: Database) -> Iterator[Database]:
    with no_import_meanwhile(db):
        yield db


@contextmanager
def _copy(db: Database) -> Iterator[Database]:
    """A copy to try an import on, in a temporary file without a name that SQLite takes away."""
    with closing(sqlite3.connect("", isolation_level=None)) as connection:
        db.conn.backup(connection)
        register_search_functions(connection)
        connection.execute("PRAGMA synchronous = OFF")
        copy = Database(connection)
        take_back(copy)
        yield copy


def _left(db: Database) -> str:
    if is_unfinished(db):
        return "what it has written is taken back by the next import or start of the bot"
    return "nothing was imported"
