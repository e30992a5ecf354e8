"""Read the sheets of an .xlsx, row by row."""

import shutil
import tempfile
import warnings
import zipfile
import zlib
from collections.abc import Iterator
from typing import IO, Any, cast
from xml.etree.ElementTree import ParseError

from storage.errors import InputError, cause_of
from storage.importers.problems import BadFile
from storage.importers.raw_files.archive import Archive
from storage.importers.raw_files.source import Source
from storage.texts import Text

_IN_MEMORY = 64 * 2**20
# What openpyxl raises for files that are no workbook, or a damaged one.
_DAMAGE = (
    *(OSError, zipfile.BadZipFile, zlib.error, ParseError, EOFError),
    *(KeyError, ValueError, TypeError, AttributeError, IndexError, OverflowError),
)


def sheets(source: Source) -> Iterator[Iterator[tuple[int, list[Any]]]]:
    """Of each sheet the rows from 1 with their values; each sheet is read before the next one.

    The texts of the whole file are held in memory, as the file keeps them apart from the rows.
    Raises InputError for a damaged file and for one that unpacks to an absurd size.
    """
    import openpyxl  # takes long to load

    # It warns of styles and dates that it does without.
    warnings.filterwarnings("ignore", module="openpyxl")
    with cast(IO[bytes], tempfile.SpooledTemporaryFile(_IN_MEMORY)) as content:
        with source.open() as stream:
            shutil.copyfileobj(stream, content)
        Archive(source.path, content)
        content.seek(0)
        try:
            book = openpyxl.load_workbook(content, read_only=True, data_only=True)
        except _DAMAGE as error:
            raise _damaged(source, error) from error
        for sheet in book.worksheets:
            sheet.reset_dimensions()  # some programs write wrong ones
            yield _rows(source, sheet)
        book.close()


def _rows(source: Source, sheet: Any) -> Iterator[tuple[int, list[Any]]]:
    try:
        for number, row in enumerate(sheet.iter_rows(values_only=True), 1):
            if any(cell is not None for cell in row):
                yield number, list(row)
    except _DAMAGE as error:
        raise _damaged(source, error) from error


def _damaged(source: Source, error: Exception) -> InputError:
    cause = cause_of(error, 80) or type(error).__name__
    return BadFile(
        source.path, Text("no whole .xlsx ({cause}); save it again as .xlsx or CSV", cause=cause)
    )
