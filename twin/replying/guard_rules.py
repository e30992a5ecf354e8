"""Look for the rules of guard_rules.toml in a text, in every way in which it may be read.

A rule is compiled three times: as it is written; for words with changed signs ("p4sswoord"), which
are compared by their skeletons; and for words without blanks between them ("s e n d m e").
"""

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from twin.privacy.readings import joined, written

RULES = Path(__file__).with_name("guard_rules.toml")
# Signs inside a word: "pass-word", "b*a*nk". Between digits they mean something.
_INSIDE = re.compile(r"(?<=[a-z])[*_~`|.+\\^-]{1,3}(?=['a-z])")
_MIXED = re.compile(r"[a-z0-9@$!|+€£]{2,40}")
_SHORT_NUMBER = re.compile(r"(?<![a-z0-9])\d{1,2}(?![a-z0-9])")
_LEET = re.compile(r"[013457@$!|+€£]")
_LETTERS = str.maketrans("013457@$!|+€£", "oleastaslltel")
_REPEATED = re.compile(r"(?<!\\)([^\W\d_])\1+")
_STRETCHED = re.compile(r"([^\W\d_])\1\1|(?:([a-z])\2){3}")
_WORDS = re.compile(r"[a-z0-9]{5,}")
_ONE_WORD = 18  # letters; longer ones are several words without blanks


@dataclass(frozen=True, slots=True)
class Rule:
    """A topic's patterns as one, in its three forms."""

    name: str
    as_written: re.Pattern[str]
    skeleton: re.Pattern[str]
    without_blanks: re.Pattern[str]


@cache
def rules_of(table: str) -> tuple[Rule, ...]:
    """The rules of a table of guard_rules.toml: "topic" or "reply"."""
    rows = tomllib.loads(RULES.read_text(encoding="utf-8"))[table]
    return tuple(_rule(row["name"], row["patterns"]) for row in rows)


def _rule(name: str, patterns: list[str]) -> Rule:
    together = "|".join(f"(?:{pattern})" for pattern in patterns)
    skeleton = _skeleton(together)
    without_blanks = _skeleton(skeleton.replace(r"\b", "").replace(" ?", "").replace(" ", ""))
    return Rule(name, re.compile(together), re.compile(skeleton), re.compile(without_blanks))


def found_rules(rules: tuple[Rule, ...], text: str) -> Iterator[str]:
    """The names of the rules that a text matches, the first reading's first."""
    first, *others = written(text)
    as_written, meant = _one_line(first.text), _one_line(joined(first).text)
    for line in dict.fromkeys([as_written, meant, *(_one_line(other.text) for other in others)]):
        yield from (rule.name for rule in rules if rule.as_written.search(line))
    yield from _disguised(rules, as_written, meant)


def _disguised(rules: tuple[Rule, ...], as_written: str, meant: str) -> Iterator[str]:
    letters = _with_letters(meant)
    plain = _INSIDE.sub("", letters)
    if plain != meant or _STRETCHED.search(meant):
        skeleton = _skeleton(plain)
        yield from (rule.name for rule in rules if rule.skeleton.search(skeleton))
    known = set(_WORDS.findall(as_written))
    for word in _WORDS.findall(meant):
        if word not in known or len(word) >= _ONE_WORD:
            run = _skeleton(_with_letters(word))
            yield from (rule.name for rule in rules if rule.without_blanks.search(run))


def _one_line(text: str) -> str:
    return " ".join(text.lower().split())


def _with_letters(text: str) -> str:
    """Digits and signs in words as the letters that they stand for: "p4ssw0rd". Numbers stay, but
    beside two such words the shortest are words too: "1 w4n7 70 d13".
    """
    mixed = sum(map(_is_mixed, _MIXED.finditer(text)))
    if not mixed:
        return text
    plain = _MIXED.sub(lambda word: _as_letters(word[0]) if _is_mixed(word) else word[0], text)
    return plain if mixed < 2 else _SHORT_NUMBER.sub(lambda word: _as_letters(word[0]), plain)


def _is_mixed(word: re.Match[str]) -> bool:
    return bool(_LEET.search(word[0].rstrip("!|+")) and re.search("[a-z]", word[0]))


def _as_letters(word: str) -> str:
    end = len(word.rstrip("!|+"))  # a mark at the end is one
    return word[:end].translate(_LETTERS) + word[end:]


def _skeleton(text: str) -> str:
    """Each letter once, and i as l. In a pattern, the letter of an escape such as \\w stays."""
    return _REPEATED.sub(r"\1", text.replace("i", "l"))
