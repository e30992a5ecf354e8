"""Choose the part of a long text that is shown: where the answer likely is."""

import re
from collections.abc import Iterator, Sequence

from twin.memory.words import all_words

MOST_CHARS = 120
_AFTER = 40  # characters that are seen at least behind the question's words
_CLAUSE = re.compile(r"[,;:.!?] |[，；：。！？…]")
_WORD = re.compile(r"(?<= )\S|[一-鿿]{20}")  # where one may begin in a clause longer than a line
_LOOKED_AT = 2000  # characters of a text


def excerpt(text: str, words: Sequence[str]) -> str:
    """At most MOST_CHARS characters of a text in one line, cut between words where there are any.

    They begin with the first clause from which most of the question's `words` are seen.
    """
    if len(text) <= MOST_CHARS:
        return text
    rest = text[_start(text[:_LOOKED_AT], words) :]
    if len(rest) <= MOST_CHARS:
        return rest
    seen = rest[: MOST_CHARS - 1]
    blank = seen.rfind(" ", MOST_CHARS // 2)
    return f"{seen[:blank] if blank > 0 else seen}…"


def _start(text: str, words: Sequence[str]) -> int:
    clauses = [0, *(clause.end() for clause in _CLAUSE.finditer(text))]
    starts = [*clauses, *_within(text, clauses)]
    return max(starts, key=lambda start: _held(text, start, words))  # the first of the best


def _within(text: str, clauses: Sequence[int]) -> Iterator[int]:
    for start, end in zip(clauses, [*clauses[1:], len(text)], strict=True):
        if end - start > MOST_CHARS:
            yield from (word.start() for word in _WORD.finditer(text, start, end))


def _held(text: str, start: int, words: Sequence[str]) -> int:
    """How many of the words are seen from there on."""
    said = set(all_words(text[start : start + MOST_CHARS - _AFTER]))
    return sum(word in said for word in words)
