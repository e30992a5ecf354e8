"""Which earlier exchange of the owner's is most like the present one: by meaning, else by words."""

import math
from collections import Counter
from collections.abc import Sequence
from functools import lru_cache
from typing import TYPE_CHECKING

from twin.memory.words import all_words
from twin.sentence_model import embed
from twin.stickers.exchanges import Answered

if TYPE_CHECKING:  # numpy: the commands need no numbers
    import numpy as np
    from numpy.typing import NDArray

# A text is compared by meaning with so many: 20 ms each, once.
BY_WORDS, STICKERS, OTHERS = 8, 16, 32
LEAST = 0.2  # of the cosine by words: below, nothing is alike


def nearest(asked: str, known: Sequence[Answered], model: str) -> Answered | None:
    """Of the exchanges, the newest last, the one most like `asked`; of two equal ones the newer.

    `model` is the sentence model, "" for none; None where nothing is like it.
    """
    some = [one for one in known if one.asked]
    if not asked or not some:
        return None
    likeness = _by_words(asked, [one.asked for one in some])
    order = sorted(range(len(some)), key=lambda at: (likeness[at], at), reverse=True)
    if likeness[order[0]] > 1 - 1e-9:
        return some[order[0]]  # the same words
    near = [some[at] for at in order[:BY_WORDS] if likeness[at] >= LEAST]
    by_meaning = _by_meaning(asked, [*near, *_newest(some)], model)
    return by_meaning or next(iter(near), None)


def _newest(known: Sequence[Answered]) -> list[Answered]:
    """Of both kinds some: where stickers are rare, the latest exchanges have none."""
    have = [one for one in known if one.has_sticker]
    return have[-STICKERS:] + [one for one in known if not one.has_sticker][-OTHERS:]


def _by_meaning(asked: str, known: Sequence[Answered], model: str) -> Answered | None:
    vector = _vector(asked, model) if model else None
    if vector is None:
        return None
    best: tuple[float, Answered] | None = None
    for one in known:
        other = _vector(one.asked, model)
        like = -1.0 if other is None else float(vector @ other)
        if best is None or like > best[0]:
            best = like, one
    return best and best[1]


@lru_cache(maxsize=4096)  # each chat's stay the same
def _vector(text: str, model: str) -> "NDArray[np.float32] | None":
    vectors = embed([text], model, as_query=False)
    return None if vectors is None else vectors[0]


def _by_words(asked: str, texts: Sequence[str]) -> list[float]:
    """Cosine of each text: its words and pairs of signs, rare ones counting more."""
    parts = [_parts(text) for text in texts]
    documents = Counter(part for one in parts for part in one)
    weight = {part: math.log(1 + len(texts) / count) for part, count in documents.items()}
    mine = _parts(asked)
    rare = math.log(1 + len(texts))
    length = math.sqrt(sum(weight.get(part, rare) ** 2 for part in mine))
    return [_cosine(mine, length, one, weight) for one in parts]


def _cosine(
    mine: frozenset[str], length: float, other: frozenset[str], weight: dict[str, float]
) -> float:
    theirs = math.sqrt(sum(weight[part] ** 2 for part in other))
    shared = sum(weight[part] ** 2 for part in mine & other)
    return shared / (length * theirs) if length and theirs else 0.0


def _parts(text: str) -> frozenset[str]:
    signs = "".join(text.lower().split())
    pairs = (signs[at : at + 2] for at in range(max(1, len(signs) - 1)))
    return frozenset((*all_words(text), *filter(None, pairs)))
