"""Who wrote an answer, by two models of characters: one of the owner, one of other people.

Nothing is trained to tell two sets of answers apart, so it says something else than the detector:
the models are there before the twin answers. Witten-Bell interpolation (Witten and Bell 1991, "The
zero-frequency problem").
"""

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from itertools import accumulate
from statistics import fmean

ORDER = 5  # characters before the one that is foretold
LEAST_LEARNT = 100  # answers of each side; of fewer a model knows little but the letters
START, END = "\x02", "\x03"


class CharacterModel:
    """How likely each next character is after the last few, as learnt from texts."""

    def __init__(self, texts: Iterable[str], alphabet: int) -> None:
        """`alphabet`: how many characters there may be, met or not."""
        self._unmet = 1 / alphabet
        self._next: defaultdict[str, Counter[str]] = defaultdict(Counter)
        for text in texts:
            for before, character in _steps(text):
                for start in range(len(before) + 1):
                    self._next[before[start:]][character] += 1
        self._totals = {before: found.total() for before, found in self._next.items()}

    def bits(self, text: str) -> float:
        """Per character, the end of the text being one."""
        found = [math.log2(self._chance(*step)) for step in _steps(text)]
        return -fmean(found)

    def _chance(self, before: str, character: str) -> float:
        chance = self._unmet
        for start in range(len(before), -1, -1):  # from no character before it to all of them
            found = self._next.get(before[start:])
            if found is None:
                break
            kinds, total = len(found), self._totals[before[start:]]
            chance = (found[character] + kinds * chance) / (total + kinds)
        return chance


class Authorship:
    """Answers of the owner and of others, as many characters of one as of the other, learnt."""

    def __init__(self, own: Sequence[str], others: Sequence[str]) -> None:
        """Both oldest first; the newest count where one side wrote more."""
        self._models: tuple[CharacterModel, CharacterModel] | None = None
        if min(len(own), len(others)) >= LEAST_LEARNT:
            most = min(sum(map(len, own)), sum(map(len, others)))
            own, others = _newest(own, most), _newest(others, most)
            alphabet = len(set().union(*own, *others)) + 2  # the end, and whatever comes new
            self._models = CharacterModel(own, alphabet), CharacterModel(others, alphabet)

    def score(self, texts: Sequence[str]) -> float | None:
        """Mean bits per character by which the texts are likelier the owner's than others'.

        None without texts, or where too little was learnt.
        """
        if self._models is None or not texts:
            return None
        own, others = self._models
        return fmean(others.bits(text) - own.bits(text) for text in texts)


def _steps(text: str) -> Iterable[tuple[str, str]]:
    """Each character with those right before it."""
    whole = START + text + END
    return ((whole[max(0, at - ORDER) : at], whole[at]) for at in range(1, len(whole)))


def _newest(texts: Sequence[str], most: int) -> Sequence[str]:
    """The last texts, of so many characters together at most."""
    sizes = accumulate(map(len, reversed(texts)))
    kept = sum(size <= most for size in sizes)
    return texts[len(texts) - kept :]
