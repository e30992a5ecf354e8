"""Import files and folders into the log, all or nothing, while the bot goes on writing.

All files are read first, and nothing is written meanwhile; then the messages are, piece by piece.
"""

import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path

from sqlite_utils import Database

from storage.errors import InputError, TwinError
from storage.importers.base import Importer
from storage.importers.bring_files import FileBringer, FileLimits
from storage.importers.columns.choice import Columns
from storage.importers.columns.importer import ByColumns
from storage.importers.dates import ORDERS, Order
from storage.importers.detect import importer_named
from storage.importers.file import MAX_BAD_ROWS, ExportFile
from storage.importers.find_files import ChosenFiles, choose_files
from storage.importers.identity import ChatIdentities, copy_of_chats
from storage.importers.merge_logged import check_mergeable, merge_chats
from storage.importers.platform_lines import PlatformLines
from storage.importers.read import ImportReader
from storage.importers.report import (
    ConfirmCallback,
    FileReport,
    ImportReport,
    ProgressCallback,
    ignore_doubts,
    ignore_progress,
)
from storage.importers.spool import Spool, open_spool
from storage.importers.told_same import ToldSame, read_same
from storage.importers.write import write_pieces
from storage.search import register_search_functions
from storage.texts import Text
from storage.unfinished_import import (
    folder_of,
    is_unfinished,
    no_import_meanwhile,
    take_back,
    whole_or_not,
)
from storage.values import StoringConnection

__all__ = ["FileLimits", "FileReport", "ImportReport", "import_paths"]


def import_paths(
    db: Database,
    paths: Sequence[Path],
    *,
    me: str | None = None,
    format: str | None = None,
    columns: Columns | None = None,
    dry_run: bool = False,
    dates: str | None = None,
    max_bad_rows: int = MAX_BAD_ROWS,
    platform_lines: bool = True,
    same: Sequence[str] = (),
    files: FileLimits | None = None,
    on_progress: ProgressCallback = ignore_progress,
    confirm: ConfirmCallback = ignore_doubts,
) -> ImportReport:
    """Import the files, and those in folders and .zip files; nothing when anything fails.

    `me` is the owner's name or id in the files, `format` the name of a format that is known
    beforehand, `columns` what is where in a table of no known format, `dates` the order of day,
    month and year where a file leaves it open. A row that can't be read is reported and left out,
    up to `max_bad_rows` a file. `platform_lines`: lines of a platform under somebody's name are
    told from words in all formats. `same`: `Old name=New name` of chats that are one, also by ids;
    it is kept by the new one. `files`: pictures, voices and so on that messages name come along, as
    far as these limits go; without it none do. `confirm` gets what looks wrong before anything is
    written, and may raise. Raises OwnerUnknown when neither the file nor `me` says who the owner
    is, InputError for what else is wrong with the files, TwinError when the database can't be
    written or somebody else is importing.
    """
    order, told = _order(dates), read_same(same)
    lines = PlatformLines(enabled=platform_lines)
    chosen = choose_files(paths, _known(format, columns), order, max_bad_rows)
    work, on_read = list(chosen.work.values()), partial(_ask_about, confirm)
    try:
        with copy_to_try(db) if dry_run else _alone(db) as log, open_spool(folder_of(db)) as spool:
            data = folder_of(db)
            bring = FileBringer(data, files, dry_run=dry_run) if data and files else None
            reader = import_work(log, work, spool, lines, me, told, on_progress, on_read, bring)
    except sqlite3.Error as error:
        raise cant_write(db, error) from error
    report = _report(chosen, reader, lines, dry_run)
    return replace(report, media=bring.report if bring else None)


def _ask_about(confirm: ConfirmCallback, _: ImportReader, doubts: Sequence[Text]) -> None:
    if doubts:
        confirm(doubts)


def _report(
    chosen: ChosenFiles, reader: ImportReader, lines: PlatformLines, dry_run: bool
) -> ImportReport:
    return ImportReport(
        files=[report for file in reader.files for report in file.reports.values()],
        skipped=chosen.skipped,
        dry_run=dry_run,
        problems=[*chosen.problems, *reader.problems],
        notes=reader.notes,
        platform_lines=lines.found(),
        doubles=reader.doubles,
    )


def cant_write(db: Database, error: sqlite3.Error) -> TwinError:
    return TwinError(
        Text(
            "import: the database can't be written ({error}); {left}; make room on the "
            "disk or stop what holds the database, then import again",
            error=error,
            left=_left(db),
        )
    )


def _order(dates: str | None) -> Order | None:
    if dates is not None and dates not in ORDERS:
        raise InputError(
            Text(
                "dates '{dates}': no such order; use one of {names}",
                dates=dates,
                names=", ".join(ORDERS),
            )
        )
    return dates


def _known(format: str | None, columns: Columns | None) -> Importer | None:
    """The format that is not to be found out from the files."""
    if format and columns:
        raise InputError(
            Text(
                "format '{format}': the columns say how to read the file; leave one out",
                format=format,
            )
        )
    if columns:
        return ByColumns(columns)
    return importer_named(format) if format else None


def import_work(
    db: Database,
    work: Sequence[tuple[ExportFile, Importer]],
    spool: Spool,
    lines: PlatformLines,
    me: str | None = None,
    same: Sequence[ToldSame] = (),
    on_progress: ProgressCallback = ignore_progress,
    on_read: Callable[[ImportReader, Sequence[Text]], None] = lambda reader, doubts: None,
    bring: FileBringer | None = None,
) -> ImportReader:
    """Read all of it, then write it, then `bring` files along. `on_read` gets what looks wrong, and
    may raise.
    """
    with closing(copy_of_chats(db)) as copy:
        identities = ChatIdentities(copy, same)
        reader = ImportReader(identities, spool, lines, me)
        reader.run(work, on_progress)
        lines.see_logged(db)
        doubts = reader.doubts(db)
        check_mergeable(db, identities.logged_doubles)
        on_read(reader, doubts)
        for double in identities.logged_doubles:
            merge_chats(db, double)
        with whole_or_not(db):
            logged = ChatIdentities(db, same)
            changed, marked = write_pieces(db, spool, reader.files, lines, logged, on_progress)
            if bring is not None:
                bring.run(db, reader.files, spool, logged, lines, on_progress)
        reader.notes += _notes_of_changes(changed, marked)
    return reader


def _notes_of_changes(changed: int, marked: int) -> Iterator[Text]:
    if changed:
        yield Text(
            "{changed} messages were taken back or edited after an earlier export", changed=changed
        )
    if marked:
        yield Text(
            "{marked} messages of earlier imports are lines of a platform: not learnt any more",
            marked=marked,
        )


@contextmanager
def _alone(db: Database) -> Iterator[Database]:
    with no_import_meanwhile(db):
        yield db


@contextmanager
def copy_to_try(db: Database) -> Iterator[Database]:
    """A copy to try an import on, in a temporary file without a name that SQLite takes away."""
    with closing(
        sqlite3.connect("", isolation_level=None, factory=StoringConnection)
    ) as connection:
        db.conn.backup(connection)
        register_search_functions(connection)
        connection.execute("PRAGMA synchronous = OFF")
        copy = Database(connection)
        take_back(copy)
        yield copy


def _left(db: Database) -> Text:
    if is_unfinished(db):
        return Text("what it has written is taken back by the next import or start of the bot")
    return Text("nothing was imported")
