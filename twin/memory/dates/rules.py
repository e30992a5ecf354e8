"""Find the words of a text that name a day or a time, by rules."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import NamedTuple

from twin.memory.dates.days import Meaning


@dataclass(frozen=True, slots=True)
class Said:
    """When a text was said, in its sender's zone, and whether it tells of the past."""

    at: datetime
    back: bool

    @property
    def today(self) -> date:
        return self.at.date()


# What the words mean: nothing where they name no time after all, as 31 February or "good night".
Means = Callable[[re.Match[str], Said], Meaning | Sequence[Meaning] | None]


@dataclass(frozen=True, slots=True)
class Rule:
    pattern: re.Pattern[str]
    means: Means


def rule(words: str, means: Means | Meaning | None) -> Rule:
    """What words that match mean; a function where it depends on them."""
    if callable(means):
        return Rule(re.compile(words), means)
    return Rule(re.compile(words), lambda _match, _said: means)


class Found(NamedTuple):
    """The words from `start` to `end` mean this, or several things, as "tonight" does."""

    start: int
    end: int
    meanings: Sequence[Meaning]


def found_by(rules: Sequence[Rule], text: str, said: Said) -> list[Found]:
    """What the rules find, in the text's order. Earlier rules take their words first."""
    found: list[Found] = []
    taken = bytearray(len(text))
    for one in rules:
        for match in one.pattern.finditer(text):
            start, end = match.span()
            if not any(taken[start:end]):
                taken[start:end] = bytes([True]) * (end - start)
                found.append(Found(start, end, _meanings(one, match, said)))
    return sorted(found, key=lambda one: one.start)


def _meanings(one: Rule, match: re.Match[str], said: Said) -> Sequence[Meaning]:
    try:
        meaning = one.means(match, said)
    except (OverflowError, ValueError):  # a year that no calendar has, two numbers in one
        return ()
    if meaning is None:
        return ()
    return meaning if isinstance(meaning, Sequence) else (meaning,)
