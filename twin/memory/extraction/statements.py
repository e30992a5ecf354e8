"""What a message states of whoever wrote it."""

import re
from collections.abc import Iterator
from datetime import tzinfo
from typing import NamedTuple

from storage.facts import LONGEST_TEXT
from twin.clock import local_day
from twin.memory.extraction.clauses import clauses_of
from twin.memory.extraction.rules import Found, fact_in_clause
from twin.memory.extraction.validity import DAY_MS, Validity, validity
from twin.memory.kinds import FactKind
from twin.privacy.masker import find_private

_FIRST_PERSON = re.compile(r"\b(?:i|im|ive|my|we|our|it's my|today)\b|[我咱俺]", re.IGNORECASE)
_HAN = re.compile("[一-鿿]")
_TOMORROW = frozenset({"tomorrow", "明天"})
_TODAY = _TOMORROW | {"", "today", "今天"}


class Statement(NamedTuple):
    """A fact in a message: see `storage.facts.NewFact`. Times in UTC milliseconds."""

    kind: FactKind
    slot: str
    value: str
    text: str
    valid_from: int
    valid_until: int | None


def statements_in(text: str, said_at: int, zone: tzinfo | None) -> Iterator[Statement]:
    """What the message states in the first person, each slot once; nothing that is private.

    `zone` is where it was said, as far as it is known.
    """
    if not _FIRST_PERSON.search(text):
        return
    seen: set[str] = set()
    for clause in clauses_of(text):
        found = fact_in_clause(clause.words, "chinese" if _HAN.search(clause.words) else "english")
        if found is None or found.slot in seen or not may_be_kept(clause.text):
            continue
        holds = validity(found, clause.text, said_at, zone)
        if holds is None:
            continue
        seen.add(found.slot)
        value = _value(found, holds, said_at, zone)
        yield Statement(found.kind, found.slot, value, clause.text, holds.since, holds.until)


def _value(found: Found, holds: Validity, said_at: int, zone: tzinfo | None) -> str:
    """What it says, and for a date, which one."""
    if found.kind == "event" and holds.until is not None:
        return local_day(holds.until - 1, zone).isoformat()
    if found.slot == "birthday" and found.value in _TODAY:
        tomorrow = found.value in _TOMORROW
        return local_day(said_at + tomorrow * DAY_MS, zone).isoformat()[len("2000-") :]
    return found.value


def may_be_kept(text: str) -> bool:
    """Whether a sentence can be shown: short enough, and nothing private in it."""
    return len(text) <= LONGEST_TEXT and not find_private(text)
