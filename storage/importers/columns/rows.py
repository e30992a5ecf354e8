"""Read the chosen columns of a CSV, a spreadsheet, or a list in JSON."""

from collections.abc import Iterable, Iterator
from itertools import chain, islice
from typing import Any

from storage.errors import InputError
from storage.importers.columns.choice import Columns, is_number, position
from storage.importers.file import ExportFile
from storage.importers.problems import BadFile
from storage.importers.raw_files.source import is_workbook
from storage.importers.raw_files.workbook import sheets
from storage.importers.record_fields import BadRow, as_written, shown
from storage.texts import Text

Row = dict[str, Any]  # of each field the cell; None where the row is too short
_HEADER_WITHIN = 20  # rows: some programs write a title above
_MOST_SHOWN = 20


def table_rows(file: ExportFile, columns: Columns) -> Iterator[tuple[int, Row]]:
    """(line, row) of what stands below the header.

    Raises InputError where the file has no such columns, with those that it has.
    """
    if is_workbook(file.path):
        return _of_workbook(file, columns)
    if _is_objects(file):
        return _of_objects(file, columns)
    return _below_header(file, columns, _cells(file))


def column_names(file: ExportFile) -> list[str]:
    """The names to choose columns from, numbers where a cell is blank; [] for what is no table.

    Raises InputError for a damaged file.
    """
    if _is_objects(file):
        keys = [place.rpartition("*.")[2] for place in file.shape.places]
        return sorted(set(keys))
    rows = next(sheets(file.source)) if is_workbook(file.path) else _cells(file)
    head = list(islice(rows, _HEADER_WITHIN))
    # A title above the header has fewer cells.
    header = max((row for _, row in head), key=_filled, default=[])
    names = [_name(cell) for cell in header]
    known = {name for name in names if names.count(name) == 1}
    return [name if name in known and name else str(number) for number, name in enumerate(names, 1)]


def _of_workbook(file: ExportFile, columns: Columns) -> Iterator[tuple[int, Row]]:
    """Of the first sheet that has the columns."""
    first: InputError | None = None
    for sheet in sheets(file.source):
        head = list(islice(sheet, _HEADER_WITHIN))
        try:
            if head:
                _header(file, columns, head)
        except InputError as error:
            first = first or error
        else:
            if head:
                yield from _below_header(file, columns, chain(head, sheet))
                return
    raise first or BadFile(file.path, Text("no sheet has a row; save the table again"))


def _is_objects(file: ExportFile) -> bool:
    return _is_json(file) and not file.shape.is_list_of_lists


def _is_json(file: ExportFile) -> bool:
    """The cells of a table may begin with brackets, too."""
    if is_workbook(file.path) or file.path.suffix.lower() in (".csv", ".tsv"):
        return False
    return bool(file.shape.root)


def _cells(file: ExportFile) -> Iterator[tuple[int, list[Any]]]:
    return _lists(file) if _is_json(file) else file.csv_rows()


def _filled(row: list[Any]) -> int:
    return sum(bool(_name(cell)) for cell in row)


def _lists(file: ExportFile) -> Iterator[tuple[int, list[Any]]]:
    for line, row in file.items("*"):
        if isinstance(row, list):
            yield line, row
        else:
            file.skip(line, Text("{value} instead of a list of cells", value=shown(row)))


def _below_header(
    file: ExportFile, columns: Columns, rows: Iterable[tuple[int, list[Any]]]
) -> Iterator[tuple[int, Row]]:
    rows = iter(rows)
    head = list(islice(rows, _HEADER_WITHIN))
    at, places = _header(file, columns, head)
    for line, cells in chain(head[at:], rows):
        yield (
            line,
            {field: cells[n] if n < len(cells) else None for field, n in places.items()},
        )


def _header(
    file: ExportFile, columns: Columns, head: list[tuple[int, list[Any]]]
) -> tuple[int, dict[str, int]]:
    """(how many rows stand above the first message, where each field is)."""
    best: tuple[list[str], list[str]] = ([], [])
    for number, (_, row) in enumerate(head, 1):
        names = [_name(cell) for cell in row]
        places = {field: position(names, column) for field, column in columns.items()}
        missing = [columns[field] for field, at in places.items() if at is None]
        if not missing:
            found = {field: at for field, at in places.items() if at is not None}
            if max(found.values()) < len(row):
                return number - _is_message(columns, names, found), found
            missing = [columns[field] for field, at in found.items() if at >= len(row)]
        if not best[0] or len(missing) < len(best[0]):
            best = missing, names
    raise _no_columns(file, *best, Text("give one of these names, or its number, counted from 1"))


def _is_message(columns: Columns, names: list[str], places: dict[str, int]) -> bool:
    """Whether the row that was found is a message already: columns by number need no header."""
    if not all(is_number(column) for column in columns.values()):
        return False
    return any(sign.isdigit() for sign in names[places["time"]])


def _name(cell: object) -> str:
    try:
        return as_written(cell).strip()
    except BadRow:
        return ""


def _of_objects(file: ExportFile, columns: Columns) -> Iterator[tuple[int, Row]]:
    place = _place(file, columns)
    objects = file.items(place) if place else file.json_lines()
    for line, item in objects:
        if isinstance(item, dict):
            yield line, {field: _inside(item, column) for field, column in columns.items()}
        else:
            file.skip(line, Text("{value} instead of an object with fields", value=shown(item)))


def _place(file: ExportFile, columns: Columns) -> str:
    """Where in the JSON the list is whose objects have the columns; "" for an object a line."""
    places = file.shape.places
    ends = [f".{column}" for column in columns.values()]
    lists = {place.removesuffix(ends[0]) for place in places if place.endswith(f".*{ends[0]}")}
    lists |= {"*"} & {place.removesuffix(ends[0]) for place in places}
    whole = [place for place in lists if all(place + end in places for end in ends)]
    if whole:
        return min(whole, key=len)
    if file.shape.root == "{" and file.shape.has(*columns.values()):
        return ""
    keys = {place.rpartition("*.")[2] for place in places}
    missing = [column for column in columns.values() if column not in keys]
    raise _no_columns(file, missing, sorted(keys), Text("give one of these names"))


def _inside(item: dict[str, Any], column: str) -> Any:
    """The value under that key, or under `from.name` inside of an object."""
    if column in item:
        return item[column]
    value: Any = item
    for key in column.split("."):
        value = value.get(key) if isinstance(value, dict) else None
    return value


def _no_columns(file: ExportFile, missing: list[str], there: list[str], remedy: Text) -> BadFile:
    lacking = ", ".join(shown(name) for name in missing) or Text("of these names in one list")
    has = ", ".join(shown(name) for name in there[:_MOST_SHOWN] if name) or Text("none")
    return BadFile(
        file.path,
        Text(
            "no column {lacking}; it has {has}; {remedy}", lacking=lacking, has=has, remedy=remedy
        ),
    )
