"""Normalize text: how it reads, whatever it is written with, and where that stands in the original.

The guard, masking and the comparisons of texts all read texts in this form.
"""

import html
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

from twin.privacy.characters import INVISIBLE, plain_form

# "&#98;", "&nbsp;", and escaped twice: "&amp;#98;"
_ENTITY = re.compile(
    r"&(?:amp;){0,8}(?:#\d{1,7}|#x[0-9a-f]{1,6}|[a-z][a-z0-9]{1,30});", re.IGNORECASE
)
_CAPITALS = {ord(small): small.upper() for small in "abcdefghijklmnopqrstuvwxyz"}


class Edit(NamedTuple):
    """`text` in the place of what stands from `start` to `end`."""

    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True)
class Normalized:
    """A text, and where in the original each of its characters begins and ends."""

    text: str
    starts: range | list[int]
    ends: range | list[int]

    def original(self, start: int, end: int) -> tuple[int, int]:
        """Where text[start:end], which is not empty, stands in the original."""
        return min(self.starts[start:end]), max(self.ends[start:end])

    def edited(self, edits: Iterable[Edit]) -> "Normalized":
        """With other words in some places, which are in order and don't overlap. What is left out
        belongs to the character before it.
        """
        pieces: list[str] = []
        starts: list[int] = []
        ends: list[int] = []
        at = 0
        for start, end, text in edits:
            pieces += [self.text[at:start], text]
            starts += self.starts[at:start]
            ends += self.ends[at:start]
            starts += [self.starts[start]] * len(text)
            ends += [self.ends[end - 1]] * len(text)
            if not text and ends:
                ends[-1] = self.ends[end - 1]
            at = end
        if not pieces:
            return self
        starts += self.starts[at:]
        ends += self.ends[at:]
        return Normalized("".join([*pieces, self.text[at:]]), starts, ends)


def as_written(text: str) -> Normalized:
    return Normalized(text, range(len(text)), range(1, len(text) + 1))


def normalize(text: str) -> Normalized:
    """In linear time: HTML entities decoded; nothing invisible, no accents; look-alike letters,
    digits and signs of every script as ASCII; traditional Chinese as simplified; one kind of blank.
    """
    return normalized(as_written(text))


def normalized(read: Normalized) -> Normalized:
    """As `normalize`, of a text that is not quite the original any more."""
    text = read.text
    if text.isascii() and "&" not in text and (text.isprintable() or not INVISIBLE.search(text)):
        return read
    decoded = read.edited(
        Edit(*match.span(), _decoded(match[0])) for match in _ENTITY.finditer(text)
    )
    forms = ((at, sign, plain_form(sign)) for at, sign in enumerate(decoded.text))
    return decoded.edited(Edit(at, at + 1, form) for at, sign, form in forms if form != sign)


def plain(text: str) -> str:
    """The text of `normalize`."""
    return normalize(text).text


def capitals(text: str) -> str:
    """ASCII letters in capitals; `str.upper` would turn some characters into several."""
    return text.translate(_CAPITALS)


def comparable(text: str) -> str:
    """The same for texts that read the same but for case and surrounding spaces."""
    return plain(text).casefold().strip()


def _decoded(entity: str) -> str:
    while (text := html.unescape(entity)) != entity:
        entity = text
    return text
