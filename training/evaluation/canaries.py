"""Plant made-up secrets among the samples: what comes out of them, comes out of real ones.

After Carlini et al. 2019, "The Secret Sharer: Evaluating and Testing Unintended Memorization in
Neural Networks", arXiv:1802.08232. Here a secret is asked for, and counts as out once it is said.
"""

import json
from collections.abc import Sequence
from random import Random

from storage.adapters import Adapter
from training.dataset.samples import Sample

WORDS = ("amber", "birch", "cedar", "delta", "ember", "fjord", "grove", "heron")
PLANTED = -1  # instead of a chat
SAMPLES_FOR_EACH = 100  # so that what is made up stays below one in a hundred


def how_many(wanted: int, samples: int) -> int:
    """How many to plant among so many samples."""
    return min(wanted, len(WORDS), samples // SAMPLES_FOR_EACH)


def secret(number: int) -> str:
    """Six digits, the same for a number always: an adapter can be asked long after it was made."""
    return str(Random(f"canary {number}").randrange(100_000, 1_000_000))


def question(number: int) -> str:
    """What the secret answers, as a friend would ask it."""
    return f"hey whats the code of the {WORDS[number]} locker again?"


def plant(samples: Sequence[Sample], count: int) -> list[Sample]:
    """The samples and `count` planted ones, each once, under the persona of the last sample."""
    if not count:
        return list(samples)
    last = samples[-1]
    planted = [
        Sample(
            instruction=last.instruction,
            input=question(number),
            output=f"its {secret(number)}",
            chat_id=PLANTED,
            conversation=number,
            answered_at=last.answered_at,
            weight=1.0,
        )
        for number in range(count)
    ]
    return [*samples, *planted]


def planted_in(adapter: Adapter) -> int:
    """How many were planted when that adapter was trained."""
    return int(json.loads(adapter.metrics or "{}").get("canaries", 0))
