"""Split a reply into the messages that a friend receives: texts, and perhaps a sticker."""

from dataclasses import dataclass
from itertools import pairwise

from storage.plain_text import is_visible, sendable

MOST_PIECES = 5  # messages in a row are chat, a dozen are a flood


@dataclass(frozen=True, slots=True)
class StickerOf:
    """The sticker of that message of the owner's, once more."""

    message_id: int


def sticker_mark(text: str) -> str:
    """A sticker in words; `text`: what was read on it."""
    words = " ".join(text.split())
    return f"[sticker: {words}]" if words else "[sticker]"


def split_reply(text: str, most: int = MOST_PIECES) -> list[str]:
    """The lines of a reply as messages, at most so many: with more lines, neighbours share one.

    A newline separates messages, since training joins the messages of one answer by it. Lines in
    which there is nothing to be seen are left out.
    """
    lines = [line.strip() for line in sendable(text).splitlines() if is_visible(line)]
    if len(lines) <= most:
        return lines
    starts = [number * len(lines) // most for number in range(most + 1)]
    return ["\n".join(lines[start:end]) for start, end in pairwise(starts)]
