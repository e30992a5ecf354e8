"""Write texts of others to terminals and logs: no sign of theirs steers one, none is an error."""

import io
import sys

_JOINERS = "\u200c\u200d"  # of emoji and scripts; they show nothing by themselves


def printable(text: str) -> str:
    """The text without what a terminal would obey: escapes, other controls, direction marks.

    Line breaks and tabs stay.
    """
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() or c in "\n\t" + _JOINERS else "\ufffd" for c in text)


def one_line(text: str) -> str:
    """The same, with every line break shown as the two signs `\\n`."""
    return printable(text.replace("\r\n", "\n").replace("\n", "\\n"))


def tolerate_encodings() -> None:
    """From now on, what the terminal can't show is written as `\\u…`, and read as a replacement."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    if isinstance(sys.stdin, io.TextIOWrapper):
        sys.stdin.reconfigure(errors="replace")
