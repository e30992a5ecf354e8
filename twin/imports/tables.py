"""Uploaded tables of no known format, whose columns the owner chooses."""

from pathlib import Path

from storage.errors import InputError
from storage.importers.base import ImportedMessage
from storage.importers.columns.choice import Columns
from storage.importers.columns.importer import preview
from storage.importers.columns.rows import column_names
from storage.importers.dates import ORDERS
from storage.importers.file import ExportFile
from storage.importers.raw_files.source import is_archive, is_workbook

_FEWEST_COLUMNS = 3
_MOST_COLUMNS = 100
_SUFFIXES = (".csv", ".tsv", ".json", ".jsonl")


def names_to_choose(files: list[Path]) -> list[str]:
    """The columns of the first file that may be a table; [] for none."""
    for path in files:
        if not _may_be_table(path):
            continue
        try:
            names = column_names(ExportFile(path))
        except InputError:
            continue
        if _FEWEST_COLUMNS <= len(names) <= _MOST_COLUMNS:
            return names
    return []


def first_messages(files: list[Path], columns: Columns, dates: str | None) -> list[ImportedMessage]:
    """Of the first table, as they would be imported."""
    order = next((order for order in ORDERS if order == dates), None)
    table = next((path for path in files if _may_be_table(path)), None)
    return preview(table, columns, order) if table else []


def _may_be_table(path: Path) -> bool:
    return is_workbook(path) or (path.suffix.lower() in _SUFFIXES and not is_archive(path))
