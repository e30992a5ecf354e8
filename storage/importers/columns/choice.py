"""Which columns of a table hold what: `time=Date,sender=Name,text=Message`."""

import re
from collections.abc import Sequence

from storage.errors import InputError
from storage.importers.record_fields import shown
from storage.texts import Text

Columns = dict[str, str]  # of each field the column, by its name or number
NEEDED = ("time", "sender", "text")
FIELDS = (*NEEDED, "date", "chat", "kind", "owner")
EXAMPLE = "time=Date,sender=Name,text=Message"
_BETWEEN = re.compile(r",(?=\s*[a-z]+\s*=)")  # a comma may stand in a column's name
_MOST_DIGITS = 4


def is_mapping(text: str) -> bool:
    """Rather than the name of a saved one."""
    return "=" in text


def parse_columns(text: str) -> Columns:
    """Raises InputError for an unknown field, one that is missing and one that stands twice."""
    found: Columns = {}
    for part in _BETWEEN.split(text):
        field, _, column = (piece.strip() for piece in part.partition("="))
        if field not in FIELDS:
            raise InputError(
                Text(
                    "columns {columns}: there is no field {field}; use {needed} and, where the "
                    "file has them, {others}",
                    columns=shown(text),
                    field=shown(field),
                    needed=", ".join(NEEDED),
                    others=", ".join(FIELDS[3:]),
                )
            )
        if field in found or not column:
            twice = Text("columns {columns}: {field} stands twice; write it as in {example}")
            blank = Text("columns {columns}: {field} has no column; write it as in {example}")
            wrong = twice if field in found else blank
            raise InputError(Text(wrong, columns=shown(text), field=field, example=EXAMPLE))
        found[field] = column
    check_whole(found)
    return found


def check_whole(columns: Columns) -> None:
    """Raises InputError where a field is missing without which there is no message."""
    missing = [field for field in NEEDED if field not in columns]
    if missing:
        raise InputError(
            Text(
                "columns {columns}: {missing} is missing; {needed} are needed, as in {example}",
                columns=shown(written(columns)),
                missing=", ".join(missing),
                needed=", ".join(NEEDED),
                example=EXAMPLE,
            )
        )


def written(columns: Columns) -> str:
    return ",".join(f"{field}={column}" for field, column in columns.items())


def is_number(column: str) -> bool:
    return column.isdecimal() and len(column) <= _MOST_DIGITS


def position(header: Sequence[str], column: str) -> int | None:
    """Where the column is, from 0; a name counts before a number. None where it isn't.

    Raises InputError for a name that stands twice.
    """
    for wanted, names in (
        (column, list(header)),
        (column.casefold(), [name.casefold() for name in header]),
    ):
        at = [index for index, name in enumerate(names) if name == wanted]
        if len(at) > 1:
            numbers = ", ".join(str(index + 1) for index in at)
            raise InputError(
                Text(
                    "column {column} stands more than once, as {numbers}; give its number",
                    column=shown(column),
                    numbers=numbers,
                )
            )
        if at:
            return at[0]
    if is_number(column) and int(column) > 0:
        return int(column) - 1
    return None
