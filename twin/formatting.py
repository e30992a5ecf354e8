"""Format values and times of the database for people."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from storage.decision_memory import ShownMessage
from storage.preferences import FOREVER


def named(name: str, value: Any) -> str:
    """Format a value by its name: the names of times end in `_at` or `_until`."""
    if isinstance(value, Mapping):
        return ", ".join(f"{key} {named(key, item)}" for key, item in value.items()) or "–"
    return when(value) if name.endswith(("_at", "_until")) else cell(value)


def cell(value: Any) -> str:
    """Format a value."""
    if value is None:
        return "–"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:.4g}"
    if isinstance(value, Mapping):
        return named("", value)
    if isinstance(value, list | tuple):
        return ", ".join(map(cell, value)) or "–"
    return str(value)


def remembered(messages: Iterable[ShownMessage]) -> str:
    """What the twin was shown of earlier, with its times."""
    return " / ".join(f"{when(each.sent_at)}: {each.text}" for each in messages)


def when(milliseconds: int | None) -> str:
    """Format a time in UTC milliseconds, in this machine's zone."""
    if milliseconds is None:
        return "–"
    if milliseconds >= FOREVER:
        return "further notice"
    return datetime.fromtimestamp(milliseconds / 1000).astimezone().strftime("%Y-%m-%d %H:%M")
