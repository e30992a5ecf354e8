"""What the scores of style are for the owner against themselves, and for other people.

A distance of two small samples is large even if one person wrote both, so both ends are measured
between as many answers as the twin gives, and are means of many draws.
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean

from training.evaluation import style
from training.evaluation.authorship import Authorship
from training.evaluation.scores import Ends

DRAWS = 20  # one draw of the detector at 50 answers has a standard deviation of 0.07
LEAST = 2 * style.FOLDS  # answers of a writer; of fewer the detector says nothing either

Writers = tuple[Sequence[str], Sequence[str]]  # as many answers of one as of the other


@dataclass(frozen=True, slots=True)
class BothEnds:
    """`ceiling`: the owner against themselves. `floor`: other people in the twin's place."""

    ceiling: Ends
    floor: Ends


def measure_ends(
    compared: Sequence[str],
    own: Sequence[str],
    friends: Sequence[str],
    held_out: int,
    authorship: Authorship,
) -> BothEnds:
    """Both ends for scores that compare a twin's answers with the owner's answers `compared`.

    `own`: all of the owner's answers, `friends`: those of other people; both oldest first. The
    ceiling is of the newest `held_out`; where these are fewer than two samples, the answers right
    before them are used too. Neither end has a common message, so nothing of the topic is shared.
    `authorship` must have learnt none of them; it is a mean, which is the same at any size.
    """
    size, chance = len(compared), random.Random(0)
    pool, others = own[-max(2 * size, held_out) :], friends[-2 * size :]
    again: list[Writers] = []
    if len(pool) >= 2 * size:
        drawn = [chance.sample(pool, 2 * size) for _ in range(DRAWS)]
        again = [(answers[:size], answers[size:]) for answers in drawn]
    strangers: list[Writers] = []
    if len(others) >= size:
        strangers = [(chance.sample(others, size), compared) for _ in range(DRAWS)]
    if size < LEAST:
        again, strangers = [], []
    return BothEnds(
        ceiling=_means(again) | {"authorship": authorship.score(own[-held_out:] if again else [])},
        floor=_means(strangers) | {"authorship": authorship.score(others if strangers else [])},
    )


def _means(draws: Sequence[Writers]) -> Ends:
    return {
        field: _mean([compare(mine, theirs) for mine, theirs in draws])
        for field, compare in style.COMPARISONS.items()
    }


def _mean(values: Sequence[float | None]) -> float | None:
    """None if one of them is missing: the others would be chosen by what they say."""
    known = [value for value in values if value is not None]
    return fmean(known) if known and len(known) == len(values) else None
