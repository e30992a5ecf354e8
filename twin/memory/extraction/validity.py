"""From when until when a statement holds, as far as it says so."""

import re
from datetime import tzinfo
from typing import NamedTuple

from twin.memory.extraction.rules import Found
from twin.memory.when import Span, find_times

DAY_MS = 86_400_000
# Of these a day says since when; "I love mondays" says nothing of the kind.
_SINCE = frozenset({"home", "work", "school", "family", "pet", "food", "thing"})
_UNTIL = re.compile(r"(?:\b(?:until|till|til|through|up to)|到|直到|截至)\s*$", re.IGNORECASE)
_ROUGH = frozenset({"time", "part"})


class Validity(NamedTuple):
    """In UTC milliseconds; `until` None: no end was stated."""

    since: int
    until: int | None


def validity(found: Found, text: str, said_at: int, zone: tzinfo | None) -> Validity | None:
    """When it holds; None for a statement that has to name a day and names none.

    An appointment holds until it has passed. Two days in one sentence could be of anything.
    """
    until = None if found.days is None else said_at + found.days * DAY_MS
    spans = find_times(text, said_at, zone)
    named = [span for span in spans if not _is_end(span, text)]
    ends = [span.until for span in spans if _is_end(span, text) and span.until > said_at]
    if found.dated:
        return _of_dated(found, named, said_at)
    if found.kind not in _SINCE:
        return Validity(said_at, until)
    days = [span for span in named if span.precision not in _ROUGH]
    since = days[0].since if len(days) == 1 else said_at
    return Validity(since, ends[0] if len(ends) == 1 and ends[0] > since else until)


def _of_dated(found: Found, named: list[Span], said_at: int) -> Validity | None:
    ahead = [span for span in named if span.until > said_at]
    if len(ahead) != 1:
        return None
    if found.kind == "event":
        return Validity(said_at, ahead[0].until)
    return Validity(ahead[0].since, None)


def _is_end(span: Span, text: str) -> bool:
    return bool(span.words) and _UNTIL.search(text[: span.words[0][0]]) is not None
