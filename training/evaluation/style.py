"""How somebody writes, in figures, and how far two writers are apart in each of them."""

from collections import Counter
from collections.abc import Sequence

import numpy as np
import regex
from scipy.spatial.distance import jensenshannon

# WeChat's own emoji are words in brackets, as in [捂脸] and [Smile].
EMOJI = regex.compile(r"\p{Emoji_Presentation}|\p{Extended_Pictographic}|\[[\p{L}]{1,8}\]")
MARK = regex.compile(r"[\p{P}\p{S}]")
OPENING = regex.compile(r"(?:^|[.!?\n]\s*)(\p{Lu}|\p{Ll})")
NONE = ""


def length_distance(mine: Sequence[str], theirs: Sequence[str]) -> float:
    """Kolmogorov-Smirnov of the answers' lengths in characters."""
    return _ks([len(text) for text in mine], [len(text) for text in theirs])


def pieces_distance(mine: Sequence[str], theirs: Sequence[str]) -> float:
    """Kolmogorov-Smirnov of the number of messages that an answer is sent in."""
    return _ks([pieces(text) for text in mine], [pieces(text) for text in theirs])


def punctuation_distance(mine: Sequence[str], theirs: Sequence[str]) -> float:
    """Jensen-Shannon of the marks, a line that ends without one counting as a mark too."""
    return _js(marks(mine), marks(theirs))


def emoji_distance(mine: Sequence[str], theirs: Sequence[str]) -> float:
    """Jensen-Shannon of the emoji, an answer without any counting as one."""
    return _js(emoji(mine), emoji(theirs))


def case_distance(mine: Sequence[str], theirs: Sequence[str]) -> float | None:
    """Difference of the shares of sentences that begin in lower case; None where no case is."""
    a, b = lower_case_share(mine), lower_case_share(theirs)
    return None if a is None or b is None else abs(a - b)


def pieces(text: str) -> int:
    return sum(bool(line.strip()) for line in text.splitlines())


def marks(texts: Sequence[str]) -> Counter[str]:
    found: Counter[str] = Counter()
    for text in texts:
        plain = EMOJI.sub("", text)
        found.update(MARK.findall(plain))
        lines = [line.strip() for line in plain.splitlines()]
        found[NONE] += sum(bool(line) and not MARK.match(line[-1]) for line in lines)
    return found


def emoji(texts: Sequence[str]) -> Counter[str]:
    found: Counter[str] = Counter()
    for text in texts:
        found.update(EMOJI.findall(text) or [NONE])
    return found


def lower_case_share(texts: Sequence[str]) -> float | None:
    openings = [letter for text in texts for letter in OPENING.findall(text)]
    return sum(letter.islower() for letter in openings) / len(openings) if openings else None


def _ks(mine: Sequence[int], theirs: Sequence[int]) -> float:
    """The largest gap between the two distribution functions."""
    if not mine or not theirs:
        return float(bool(mine) != bool(theirs))
    at = np.array([*mine, *theirs])
    below = [np.searchsorted(np.sort(x), at, side="right") / len(x) for x in (mine, theirs)]
    return float(np.abs(below[0] - below[1]).max())


def _js(mine: Counter[str], theirs: Counter[str]) -> float:
    keys = sorted(mine | theirs)
    if not mine.total() or not theirs.total():
        return float(mine.total() != theirs.total())
    return float(jensenshannon([mine[k] for k in keys], [theirs[k] for k in keys], base=2))
