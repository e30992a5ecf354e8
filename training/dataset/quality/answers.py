"""Measure an answer's text: width, normal form, writing system, place in a draw."""

import hashlib
import re
import unicodedata
from typing import Protocol

import regex

from twin.privacy.detectors.links import LINK
from twin.privacy.normalize import plain

_WIDE = regex.compile(r"[\p{Han}\p{Hiragana}\p{Katakana}\p{Hangul}]")
_ZEROS = re.compile("00+")
# One or two borrowed words, as in bye or 加油, are everybody's.
_ENOUGH = 12
# Japanese writes three at once, which are one here. Han stands alone: it may be Chinese.
_SCRIPTS = {
    "Latin": r"\p{Latin}",
    "Han": r"\p{Han}",
    "Kana": r"[\p{Hiragana}\p{Katakana}]",
    "Hangul": r"\p{Hangul}",
    "Cyrillic": r"\p{Cyrillic}",
    "Greek": r"\p{Greek}",
    "Arabic": r"\p{Arabic}",
    "Hebrew": r"\p{Hebrew}",
    "Thai": r"\p{Thai}",
    "Devanagari": r"\p{Devanagari}",
}
_SCRIPTS["other"] = "[^" + "".join(_SCRIPTS.values()) + "]"
_PATTERNS = {name: regex.compile(pattern) for name, pattern in _SCRIPTS.items()}
_NO_WORDS = regex.compile(r"\[[^\[\]\n]{1,20}\]")


class _PlainLetters(dict[int, str]):
    """Filled as signs are met: letters and symbols stay, digits become 0, the rest goes."""

    def __missing__(self, code: int) -> str:
        kind = unicodedata.category(chr(code))
        is_variant = 0xFE00 <= code <= 0xFE0F  # of an emoji: the same one in black and white
        self[code] = "0" if kind[0] == "N" else chr(code)
        if kind[0] not in "LMNS" or is_variant:
            self[code] = ""
        return self[code]


_PLAIN = _PlainLetters()


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
    words = plain(text).casefold()
    return _ZEROS.sub("0", words.translate(_PLAIN)) or "".join(words.split())


def lot(answer: AnswerPair) -> bytes:
    """The answer's place in a draw: it depends on nothing but the answer itself."""
    identity = f"{answer.chat_id}\0{answer.answered_at}\0{answer.output}"
    # A lone surrogate can stand in a damaged export.
    encoded = identity.encode("utf-8", "surrogatepass")
    return hashlib.blake2b(encoded, digest_size=8).digest()


def main_script(text: str) -> str | None:
    """The script of more than half of the letters; None where they are few or mixed.

    Links, WeChat's emoji and what stands for something private are in nobody's script.
    """
    letters = _letters(text)
    if width(letters) < _ENOUGH:
        return None
    if letters.isascii():
        return "Latin"
    half = len(letters) / 2
    return next(
        (name for name, sign in _PATTERNS.items() if len(sign.findall(letters)) > half), None
    )


def _letters(text: str) -> str:
    if "/" in text or "www." in text:
        text = LINK.sub("", text)
    if "[" in text:
        text = _NO_WORDS.sub("", text)
    return "".join(filter(str.isalpha, text))
