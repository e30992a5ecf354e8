"""Kinds of facts: how somebody tells one, how a friend asks for it, and how it is answered."""

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from random import Random
from typing import Any, Literal, get_args

import regex

FactLanguage = Literal["en", "zh"]
LANGUAGES: tuple[FactLanguage, ...] = get_args(FactLanguage)
FILE = "memory_questions.toml"
_STOP: dict[FactLanguage, str] = {"en": ".", "zh": "。"}
_ASIDES = 0.5  # share of the facts that are told by the way
_SLOT = regex.compile(r"\{\w+\}")
# A value that the file doesn't know: a name or number, or in Chinese the next few characters.
_UNKNOWN = {"en": r"\p{Lu}\p{L}{1,20}|\$?\d[\d:,.]{0,8}", "zh": r"\p{Han}{1,6}?|\d{1,8}"}


@dataclass(frozen=True, slots=True)
class Fact:
    """A fact in somebody's words (`line`), and how its kind is asked for and answered."""

    kind: int
    line: str
    questions: tuple[str, ...]
    answers: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of fact in one language; `values` are what stands in the slot of its lines.

    `told` finds somebody's own line that tells such a fact.
    """

    language: FactLanguage
    number: int
    lines: tuple[str, ...]
    endings: tuple[str, ...]
    asides: tuple[str, ...]
    questions: tuple[str, ...]
    answers: tuple[str, ...]
    values: tuple[str, ...]
    told: "regex.Pattern[str]"

    def made_up(self, rng: Random) -> Fact:
        """A fact of nobody, the same for the same state of `rng`."""
        value, line = rng.choice(self.values), self._line(rng)
        answers = tuple(_SLOT.sub(value, answer) for answer in self.answers)
        return Fact(self.number, _SLOT.sub(value, line), self.questions, answers)

    def _line(self, rng: Random) -> str:
        if rng.random() < _ASIDES:
            return rng.choice(self.asides)
        ending = rng.choice(("", *self.endings))
        blank = " " if ending and self.language == "en" else ""
        return rng.choice(self.lines) + blank + ending


@dataclass(frozen=True, slots=True)
class FactKinds:
    """All kinds in one language, and how one says there that one doesn't know."""

    kinds: tuple[Kind, ...]
    stop: str  # the mark that ends a sentence
    unknown: "regex.Pattern[str]"
    plain_unknown: tuple[str, ...]

    def told_in(self, line: str) -> Fact | None:
        """The first kind of fact that somebody's own line tells: the line itself answers it."""
        told = (kind for kind in self.kinds if kind.told.search(line))
        return next((Fact(kind.number, line, kind.questions, (line,)) for kind in told), None)


@cache
def fact_kinds(language: FactLanguage) -> FactKinds:
    """Read from the package's file once."""
    document = tomllib.loads(files(__package__).joinpath(FILE).read_text("utf-8"))[language]
    unknown = document["unknown"]
    return FactKinds(
        tuple(_kind(language, number, document) for number in range(len(document["facts"]))),
        _STOP[language],
        regex.compile(unknown["signs"], regex.IGNORECASE),
        tuple(unknown["plain"]),
    )


def _kind(language: FactLanguage, number: int, document: dict[str, Any]) -> Kind:
    texts = document["facts"][number]
    slot = _SLOT.search(texts["lines"][0])
    assert slot is not None, texts
    known = document["values"][slot[0][1:-1]].split()
    values = tuple(value.replace("-", " ") for value in known)
    return Kind(
        language=language,
        number=number,
        values=values,
        told=_telling(texts["lines"], values, language),
        **{
            key: tuple(texts[key]) for key in ("lines", "endings", "asides", "questions", "answers")
        },
    )


def _telling(
    lines: Sequence[str], values: Sequence[str], language: FactLanguage
) -> "regex.Pattern[str]":
    """One of the lines with one of the values, or with what can only be another value."""
    value = f"(?:(?i:{'|'.join(map(regex.escape, values))})|{_UNKNOWN[language]})"
    told = (
        f"(?i:{regex.escape(before)}){value}(?i:{regex.escape(after)})(?![\\p{{L}}\\p{{N}}])"
        for before, after in map(_SLOT.split, lines)
    )
    return regex.compile(f"(?<!\\p{{L}})(?:{'|'.join(told)})")
