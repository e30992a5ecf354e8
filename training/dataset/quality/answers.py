"""What the filters are shown, and the measures that several of them take."""

import hashlib
import re
import unicodedata
from typing import Protocol

import regex

_WIDE = regex.compile(r"[\p{Han}\p{Hiragana}\p{Katakana}\p{Hangul}]")
_ZEROS = re.compile("00+")


class _Said(dict[int, str]):
    """Filled as signs are met: letters and symbols stay, digits become 0, the rest goes."""

    def __missing__(self, code: int) -> str:
        kind = unicodedata.category(chr(code))
        is_variant = 0xFE00 <= code <= 0xFE0F  # of an emoji: the same one in black and white
        self[code] = "0" if kind[0] == "N" else chr(code)
        if kind[0] not in "LMNS" or is_variant:
            self[code] = ""
        return self[code]


_SAID = _Said()


class AnswerPair(Protocol):
    """What a friend wrote and what the owner answered, messages joined by line breaks.

    `answered_at` is in UTC milliseconds; `input` may be empty.
    """

    @property
    def chat_id(self) -> int: ...
    @property
    def input(self) -> str: ...
    @property
    def output(self) -> str: ...
    @property
    def answered_at(self) -> int: ...


def width(text: str) -> int:
    """Characters, a Chinese, Japanese or Korean one counting as two."""
    return len(text) if text.isascii() else len(text) + len(_WIDE.findall(text))


def normal_form(text: str) -> str:
    """The words alone: one case, one width, every number 0, without punctuation and spaces."""
    plain = text if text.isascii() else unicodedata.normalize("NFKC", text)
    plain = plain.casefold()
    return _ZEROS.sub("0", plain.translate(_SAID)) or "".join(plain.split())


def lot(answer: AnswerPair) -> bytes:
    """The answer's place in a draw: it depends on nothing but the answer itself."""
    identity = f"{answer.chat_id}\0{answer.answered_at}\0{answer.output}"
    # A lone surrogate can stand in a damaged export.
    encoded = identity.encode("utf-8", "surrogatepass")
    return hashlib.blake2b(encoded, digest_size=8).digest()
