"""Check the values of a row. What does not fit raises BadRow, and the row alone is left out."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any

from storage.texts import Text

# Chat programs exist since about 1990; a later time than this is a mistake in the unit.
_EARLIEST = int(datetime(1990, 1, 1, tzinfo=UTC).timestamp())
_LATEST = int(datetime(2100, 1, 1, tzinfo=UTC).timestamp())
_LONGEST_NUMBER = 30


class BadRow(ValueError):
    """One row that can't be read, and why."""

    def __init__(self, cause: Text) -> None:
        super().__init__(cause)
        self.cause = cause


def as_object(row: object) -> Mapping[str, Any]:
    if not isinstance(row, dict):
        raise BadRow(Text("{value} instead of an object with fields", value=_type(row)))
    return row


def part(row: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    """An object inside the row; an empty one where there is none."""
    value = row.get(name)
    return value if isinstance(value, dict) else {}


def objects(row: Mapping[str, Any], name: str) -> list[Mapping[str, Any]]:
    """The objects in a list inside the row; none where there is no list."""
    value = row.get(name)
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def word(row: Mapping[str, Any], *names: str) -> str:
    """The first of the fields that is not blank, trimmed; "" when all are."""
    for name in names:
        value = row.get(name)
        if isinstance(value, str):
            value = value.strip()
            if value:
                return value
        elif isinstance(value, int) and not isinstance(value, bool):
            return str(value)
    return ""


def needed(row: Mapping[str, Any], *names: str) -> str:
    found = word(row, *names)
    if not found:
        raise BadRow(Text("{name} is missing or blank", name=names[0]))
    return found


def text(row: Mapping[str, Any], name: str) -> str:
    """A text as it stands; "" for none. Raises BadRow for anything but a string."""
    value = row.get(name)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise BadRow(Text("the {name} is {kind}, not a string", name=name, kind=_type(value)))
    return value


def flag(row: Mapping[str, Any], name: str) -> bool:
    value: Any = row.get(name)
    if isinstance(value, str):
        value = {"0": False, "1": True, "false": False, "true": True}.get(value.strip().lower())
    if not isinstance(value, bool | int) or value not in (0, 1):
        raise BadRow(
            Text("{name} {value} is neither 0 nor 1", name=name, value=shown(row.get(name)))
        )
    return bool(value)


def number(row: Mapping[str, Any], name: str) -> int | None:
    """A whole number, also one in a string; None for anything else."""
    value = row.get(name)
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return value
    if isinstance(value, str) and len(value) <= 20 and value.strip().lstrip("-").isdecimal():
        try:
            return int(value)
        except ValueError:
            return None
    if isinstance(value, float | Decimal) and -(10**15) < value < 10**15:
        return int(value)
    return None


def epoch_ms(row: Mapping[str, Any], name: str, per_second: int = 1) -> int:
    """UTC milliseconds of a field that counts since 1970, in seconds or in parts of them."""
    value = number(row, name)
    if value is None or not _EARLIEST <= value // per_second < _LATEST:
        raise BadRow(
            Text("{name} {value} is not a time since 1970", name=name, value=shown(row.get(name)))
        )
    return value * 1000 // per_second


def in_range(milliseconds: int) -> bool:
    return _EARLIEST <= milliseconds // 1000 < _LATEST


def shown(value: object) -> str:
    """A value for an error message: short, on one line."""
    said = repr(value) if not isinstance(value, str) else repr(value[:80])
    return said if len(said) <= 60 else f"{said[:57]}..."


def _type(value: object) -> str:
    return type(value).__name__


def as_written(value: object) -> str:
    """A cell as a text. Raises BadRow for what has parts of its own."""
    match value:
        case None:
            return ""
        case str():
            return value
        case bool():
            return "true" if value else "false"
        case datetime():
            return value.isoformat(" ")
        case date() | time():
            return value.isoformat()
        case int():
            return str(value)
        case float():
            return str(int(value)) if value.is_integer() else str(value)
        case Decimal() if value.is_finite() and abs(value.adjusted()) < _LONGEST_NUMBER:
            return f"{value:f}"
        case Decimal():
            return str(value)
    raise BadRow(Text("{value} is not a text or number", value=shown(value)))
