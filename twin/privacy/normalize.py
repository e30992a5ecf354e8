"""Normalize text for comparison: character width, dashes, spaces and case."""

import unicodedata


class _PlainCharacters(dict[int, str]):
    """Unicode NFKC (UAX #15) where the result is one character, and any dash as "-".

    Filled as characters are met: full-width digits and letters, spaces and dashes of every kind.
    """

    def __missing__(self, code: int) -> str:
        character = chr(code)
        plain = unicodedata.normalize("NFKC", character)
        if len(plain) != 1:
            plain = character
        self[code] = "-" if unicodedata.category(plain) == "Pd" else plain
        return self[code]


_PLAIN = _PlainCharacters()
_CAPITALS = {ord(small): small.upper() for small in "abcdefghijklmnopqrstuvwxyz"}


def fold(text: str) -> str:
    """The text in plain characters, as long as before, so that positions stay valid."""
    return text if text.isascii() else text.translate(_PLAIN)


def capitals(text: str) -> str:
    """ASCII letters in capitals; `str.upper` would turn some characters into several."""
    return text.translate(_CAPITALS)


def comparable(text: str) -> str:
    """The same for texts that differ in width, case or surrounding spaces only."""
    return fold(text).casefold().strip()
