"""Other people's words in Markdown: text that can never become markup."""

import re
import string
import unicodedata

LONGEST = 400
NO_WORDS = "(no words)"
LINE_BREAK = " ⏎ "

_LINES = re.compile("[\n\r\v\f\x1c\x1d\x1e\x85\u2028\u2029]+")
# Written apart by some scripts, and what holds a family emoji together.
_JOINERS = "\u200c\u200d"
_UNSEEN = ("Cc", "Cf", "Cs")  # control, format (bidi overrides among them), half characters
_ESCAPES = str.maketrans({mark: f"\\{mark}" for mark in string.punctuation})


def escaped(text: str, longest: int | None = None) -> str:
    """The text in one line of Markdown, every ASCII punctuation mark with a backslash."""
    line = one_line(text)
    if longest is not None and len(line) > longest:
        line = line[:longest].rstrip() + "…"
    return (line or NO_WORDS).translate(_ESCAPES)


def one_line(text: str) -> str:
    """Without control characters, and without marks that turn the direction of writing."""
    lines = (" ".join(_visible(line).split()) for line in _LINES.split(text))
    return LINE_BREAK.join(line for line in lines if line)


def _visible(line: str) -> str:
    return "".join(c for c in line if c.isspace() or c in _JOINERS or _is_seen(c))


def _is_seen(character: str) -> bool:
    return unicodedata.category(character) not in _UNSEEN
