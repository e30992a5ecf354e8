"""Order what was found: by its meaning first, then by what else the question says."""

import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from twin.memory.amounts import says_amount
from twin.memory.clues import Clues
from twin.memory.passages import Passage
from twin.memory.questions import Asked
from twin.memory.words import all_words

LEAST_SCORE = 0.5  # below it nothing is shown
_LEAST_PROMINENT, _SHARED = 0.3, 0.25  # the least score there; what a shared word makes up for
_LEAST_LETTERS = 4  # of a word that may stand in another: "tattoo" in "tattooed"
# In spreads of the likeness, see `twin.memory.examples`. All were chosen with the development half
# of the labelled set (docs/memory.md); docs/experiments.md has what each brings.
_LEAST, _STEEPNESS = 0.35, 2.5
_LENGTH, _TIME, _NOW, _WORDS = 0.5, 1.5, 0.6, 0.5
_FULL_LENGTH, _HALF_YEAR_MS = 100, 182 * 86_400_000
_WIDE_LETTERS = 1.5  # that a Chinese character says more than a letter
_WIDE = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")


@dataclass(frozen=True, slots=True)
class Found:
    """A passage. `likeness` of its meaning to the question, in spreads above what does not answer;
    None where no vector tells. `prominence`: how far it stands out of its chat, see `ChatVectors`;
    None where that can't be told. `score`: 0 to 1, LEAST_SCORE for what as likely answers it as
    not.
    """

    passage: Passage
    likeness: float | None
    prominence: float | None = None
    score: float = 0.0


def ordered(found: Iterable[Found], clues: Clues) -> list[Found]:
    """The best first."""
    scored = [replace(one, score=_score(one, clues)) for one in found]
    return sorted(scored, key=lambda one: (one.score, one.passage.ended_at), reverse=True)


def seems_to_answer(found: Found, clues: Clues, asked: Asked | None) -> bool:
    """Whether it is near enough to be shown: of many passages something is always near.

    Where an amount is `asked` for, one has to be said.
    """
    if asked == "how much" and not says_amount(found.passage.text):
        return False
    if found.prominence is None:
        return found.score >= LEAST_SCORE
    shared = _SHARED if _shares_word(clues.words, found.passage.text) else 0.0
    return found.score >= _LEAST_PROMINENT and found.prominence + shared >= 0


def _shares_word(words: Sequence[str], text: str) -> bool:
    said = all_words(text)
    return any(_alike(word, other) for word in words for other in said)


def _alike(one: str, other: str) -> bool:
    is_long = min(len(one), len(other)) >= _LEAST_LETTERS
    return one == other or (is_long and (one in other or other in one))


def _score(found: Found, clues: Clues) -> float:
    times = found.passage.began_at, found.passage.ended_at
    return score_of(found.passage.text, times, found.likeness, clues)


def score_of(text: str, times: tuple[int, int], likeness: float | None, clues: Clues) -> float:
    """How well it answers, as `Found.score`; by its words alone where there is no likeness.

    `times`: when it began and ended, in UTC milliseconds.
    """
    share = _share_of(clues.words, text)
    if likeness is None:
        return share
    besides = _LENGTH * math.log(_length(text)) + _WORDS * share + _of_time(times, clues)
    above = (likeness + besides - _LEAST) * _STEEPNESS
    return 1 / (1 + math.exp(-max(-50.0, above)))


def _share_of(words: Sequence[str], text: str) -> float:
    """How many of the words it has, 0 to 1."""
    if not words:
        return 0.0
    said = set(all_words(text))
    return sum(word in said for word in words) / len(words)


def _length(text: str) -> float:
    """In letters, 1 to 100. A few words seldom tell anything, and are like every clues."""
    return max(1.0, min(len(text) + _WIDE_LETTERS * len(_WIDE.findall(text)), _FULL_LENGTH))


def _of_time(times: tuple[int, int], clues: Clues) -> float:
    """What lies in the time that is asked about counts more, and of what is so now the newest."""
    named = _TIME if clues.names(*times) else 0.0
    if not clues.is_about_now:
        return named
    age = max(0, clues.at - times[1])
    return named - _NOW * math.log2(1 + age / _HALF_YEAR_MS)
