"""Order what was found: by its meaning first; words break ties."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from storage.search import spaced
from twin.memory.passages import Passage

# e5 calls whatever reads alike 0.7 to 0.8 alike, and an answer to the question 0.85.
LEAST_LIKENESS = 0.8
LEAST_SHARE = 0.5  # of the question's words, where nothing is known of the meaning
_WORDS_WEIGHT = 0.03
_AGE_WEIGHT, _HALF_LIFE_MS = 0.01, 365 * 86_400_000
_WORD = re.compile(r"\w+")


@dataclass(frozen=True, slots=True)
class Found:
    """A passage; `likeness`: of its meaning to the question, None where no vector tells; `share`:
    of the question's words that it has. All from 0 to 1.
    """

    passage: Passage
    likeness: float | None
    share: float
    score: float = 0.0


def share_of(words: Sequence[str], text: str) -> float:
    """How many of the words stand in the text, 0 to 1."""
    if not words:
        return 0.0
    said = set(_WORD.findall(spaced(text.lower())))
    return sum(word in said for word in words) / len(words)


def ordered(found: Iterable[Found], now: int) -> list[Found]:
    """Those that are like enough, the best first. `now`: UTC milliseconds."""
    scored = [
        replace(one, score=score)
        for one in found
        if (score := score_of(one.likeness, one.share, now - one.passage.ended_at)) is not None
    ]
    return sorted(scored, key=lambda one: one.score, reverse=True)


def score_of(likeness: float | None, share: float, age_ms: int) -> float | None:
    """How well what is so like the question, and has that share of its words, answers it.

    0 to 1; None where it is not like enough to be shown.
    """
    if likeness is None:
        if share < LEAST_SHARE:
            return None
        likeness = LEAST_LIKENESS
    elif likeness < LEAST_LIKENESS:
        return None
    fresh: float = 0.5 ** (max(0, age_ms) / _HALF_LIFE_MS)
    return min(1.0, likeness + _WORDS_WEIGHT * share + _AGE_WEIGHT * (fresh - 1))
