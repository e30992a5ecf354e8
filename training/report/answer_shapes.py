"""Count the form of answers for the plots."""

import math
import unicodedata
from collections.abc import Callable, Iterable, Sequence

Sizes = Sequence[float]  # shares of all, one for each label

MOST_PIECES = 5
ENDS = ("none", ".", ",", "!", "?", "…", "~", ")", "emoji", "other")
_SAME = {"。": ".", "，": ",", "！": "!", "？": "?", "～": "~", "）": ")"}


def pieces(answer: str) -> list[str]:
    """The messages of an answer."""
    return [line.strip() for line in answer.splitlines() if line.strip()]


def piece_shares(answers: Sequence[str]) -> Sizes:
    """How many answers have 0, 1, 2, ... messages, the last for that many or more."""
    return _shares(range(MOST_PIECES + 1), (min(len(pieces(a)), MOST_PIECES) for a in answers))


def end_shares(answers: Sequence[str]) -> Sizes:
    """How many messages end on each of ENDS."""
    return _shares(ENDS, (end_of(piece) for answer in answers for piece in pieces(answer)))


def end_of(piece: str) -> str:
    """How a message ends; a full-width mark counts as its ASCII one."""
    last = piece.rstrip("\ufe0f\u200d")[-1:]
    mark = "…" if piece.endswith("...") else _SAME.get(last, last)
    if mark in ENDS:
        return mark
    category = unicodedata.category(last) if last else "Cc"
    if category[0] in "LNM":
        return "none"
    return "emoji" if category == "So" or "\U0001f3fb" <= last <= "\U0001f3ff" else "other"


def length_shares(answers: Sequence[str], edges: Sequence[int]) -> Sizes:
    """How many answers are as long as each bin between the edges; longer ones are in the last."""
    last = len(edges) - 2
    bins = (sum(len(a) >= edge for edge in edges[1:-1]) for a in answers)
    return _shares(range(last + 1), bins)


def length_edges(groups: Iterable[Sequence[str]], bins: int = 20) -> list[int]:
    """Bins of one width for every group, so wide that one answer in fifty is longer."""
    lengths = sorted(len(answer) for group in groups for answer in group)
    width = max(math.ceil(lengths[int(len(lengths) * 0.98)] / bins), 1)
    return [width * edge for edge in range(bins + 1)]


def _shares(labels: Iterable[object], found: Iterable[object]) -> Sizes:
    every = list(found)
    return [every.count(label) / max(len(every), 1) for label in labels]


Count = Callable[[Sequence[str]], Sizes]
