"""Compare how people write: their frequent words, first and last signs and lengths, in counts."""

import math
from array import array
from zlib import crc32

_SIZE = 1024  # counts; rarer features share one
MOST_TEXTS = 150  # of a side of a chat: more say nothing new
_MOST_WORDS = 12
_LONGEST_WORD = 8


class Style:
    """Counts of what is frequent in somebody's texts; 2 KiB, however many those are."""

    def __init__(self) -> None:
        self.texts = 0
        self._counts = array("L", bytes(array("L").itemsize * _SIZE))

    def see(self, text: str) -> None:
        text = text.strip()
        if not text:
            return
        self.texts += 1
        words = [word for word in text.split()[:_MOST_WORDS] if len(word) <= _LONGEST_WORD]
        length = min(8, len(text).bit_length())
        for feature in (f"<{text[0]}", f"{text[-1]}>", f"={length}", *words):
            place = crc32(feature.encode("utf-8", "surrogatepass")) % _SIZE
            self._counts[place] += 1

    def plus(self, other: "Style", times: int = 1) -> None:
        """Add the counts of the other, or with -1 take them away."""
        self.texts += times * other.texts
        for place, count in enumerate(other._counts):
            self._counts[place] += times * count

    def likeness(self, other: "Style") -> float:
        """From 0 to 1: the cosine between the roots of the counts."""
        mine, others = (map(math.sqrt, style._counts) for style in (self, other))
        both = sum(a * b for a, b in zip(mine, others, strict=True))
        # The squares of the roots are the counts.
        size = math.sqrt(sum(self._counts) * sum(other._counts))
        return both / size if size else 0.0
