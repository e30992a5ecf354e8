"""Halves of characters in JSON: `\\ud83d` without `\\ude00` behind it. The reader stops at some."""

import re

_HIGH = r"\\u[dD][89abAB][0-9a-fA-F]{2}"
_LOW = r"\\u[dD][c-fC-F][0-9a-fA-F]{2}"
_PERHAPS_HALF = re.compile(rf"{_HIGH}(?!{_LOW})|{_LOW}")
_HIGH_AT_END = re.compile(rf"{_HIGH}\Z")
_HALF, _PAIR = 6, 12  # characters


def without_halves(text: str) -> str:
    """JSON with `?` for each half, as everywhere where a half comes in."""
    return _PERHAPS_HALF.sub(_replaced, text) if "\\u" in text else text


def _replaced(found: re.Match[str]) -> str:
    text, at = found.string, found.start()
    is_low = found[0][3] in "cdefCDEF"
    is_kept = not _is_escape(text, at) or (is_low and _is_high(text, at - _HALF))
    return found[0] if is_kept else "?"


def _is_high(text: str, at: int) -> bool:
    return at >= 0 and bool(_HIGH_AT_END.search(text, at, at + _HALF)) and _is_escape(text, at)


def _is_escape(text: str, at: int) -> bool:
    # Behind an odd number of backslashes the next one is a character itself.
    return _backslashes_before(text, at) % 2 == 0


def _backslashes_before(text: str, at: int) -> int:
    start = at
    while start and text[start - 1] == "\\":
        start -= 1
    return at - start


def whole_until(text: str) -> int:
    """Where a piece of JSON may be cut: no escape and no pair of halves goes on behind it.

    0 where that may be nowhere, as in a piece of nothing but backslashes.
    """
    at = text.rfind("\\", max(0, len(text) - _PAIR + 1))
    if at < 0:
        return len(text)
    at -= _backslashes_before(text, at)
    if _is_high(text, at - _HALF):
        at -= _HALF + _backslashes_before(text, at - _HALF)
    return at
