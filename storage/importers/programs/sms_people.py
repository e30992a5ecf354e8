"""The people of a phone's messages: one person has one number, written in several forms."""

import re
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache

_SEPARATORS = re.compile(r"[\s()./\u200e\u202a\u202c-]")
_NUMBER = re.compile(r"\+?[0-9]+")
_LEAST = 7  # digits; shorter numbers are services
_MOST_BEFORE = 4  # digits of a country, in front of what is dialled within it
_MOST = 50_000


@lru_cache(10_000)
def plain_number(written: str) -> str:
    """`+49 (170) 1234567` as digits, without `+` and zeros in front; a name as it stands."""
    number = _SEPARATORS.sub("", written)
    if not _NUMBER.fullmatch(number):
        return written.strip()
    digits = number.lstrip("+0")
    return digits if len(digits) >= _LEAST else number


class People:
    """`see` all numbers and names first, then `close`, then ask. Numbers are plain ones."""

    def __init__(self) -> None:
        self._names: dict[str, str] = {}
        self._forms: dict[str, str] = {}
        self._own: set[str] = set()
        self._others: set[str] = set()

    def see(self, numbers: Iterable[str], name: str = "") -> None:
        """`name` is "" where it is not known."""
        for number in numbers:
            if number in self._names or len(self._names) < _MOST:
                self._names[number] = name or self._names.get(number, "")

    def see_own(self, numbers: Iterable[str]) -> None:
        """What seems to be the owner's number, unless somebody writes to them from it."""
        self.see(numbers)
        self._own.update(numbers)

    def see_others(self, numbers: Iterable[str]) -> None:
        self._others.update(numbers)

    def close(self) -> None:
        self._forms = _whole_numbers(self._names)
        for number, whole in self._forms.items():
            self._names[whole] = self._names[whole] or self._names[number]
        others = set(map(self.id, self._others))
        self._own = {id_ for id_ in map(self.id, self._own) if id_ not in others}

    def id(self, number: str) -> str:
        """The number with its country, where the file has it."""
        return self._forms.get(number, number)

    def name(self, id_: str) -> str:
        return self._names.get(id_) or id_

    def others(self, numbers: Sequence[str]) -> list[str]:
        """Their ids without the owner's own, but for a chat with themselves."""
        ids = list(dict.fromkeys(map(self.id, numbers)))
        return [id_ for id_ in ids if id_ not in self._own] or ids[:1]


def _whole_numbers(names: Mapping[str, str]) -> dict[str, str]:
    """For a number as dialled within a country the one with the country in front.

    Only if that is one alone; two names are two people.
    """
    longer: dict[str, list[str]] = {}
    for number in names:
        if number.isdecimal():
            for before in range(1, min(_MOST_BEFORE, len(number) - _LEAST) + 1):
                longer.setdefault(number[before:], []).append(number)
    whole = {}
    for number, name in names.items():
        same = [one for one in longer.get(number, ()) if _is_one(name, names[one])]
        if len(same) == 1:
            whole[number] = same[0]
    return whole


def _is_one(name: str, other: str) -> bool:
    return not name or not other or name == other
