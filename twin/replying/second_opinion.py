"""Ask a sentence model whether a message means one of the guard's topics, however it is worded.

A text becomes 384 numbers (`twin/sentence_model.py`); `benchmarks/guard_opinion.py` fits their
weights on guard_examples.toml and on real chat: a set for what is asked for, and one each for
emergencies and threats.
"""

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from twin.privacy.normalize import plain
from twin.sentence_model import embed

if TYPE_CHECKING:  # the commands of the terminal need no numbers
    import numpy as np
    from numpy.typing import NDArray

WEIGHTS = Path(__file__).with_name("guard_weights.npy")
ASKED_FOR = "money or something private"
TOPICS = (ASKED_FOR, "an emergency", "a threat")  # the rows of the weights
THRESHOLDS = (0.3, 0.43, 0.5)  # everyday messages are fitted to -1, the owner's to 1
LONGEST, MOST = 160, 8  # characters of a line, and lines: bounds the time of a message


def meant_topic(text: str) -> str | None:
    """The topic that one of a message's lines sounds like. About 20 ms a line.

    None without the package, too. The first call loads 72 MB.
    """
    for line in lines(text):
        vectors = embed([line], as_query=True)
        if vectors is None:
            return None
        if topic := nearest(vectors[0]):
            return topic
    return None


def lines(text: str) -> list[str]:
    """What is judged: each line; where they are many or long, the text in pieces, and of a very
    long one the first and the last.
    """
    parts = [" ".join(line.split()) for line in plain(text).replace("\0", "").split("\n")]
    said = [part for part in parts if part]
    if len(said) <= MOST and all(len(part) <= LONGEST for part in said):
        return said
    together = " ".join(said)
    pieces = [together[at : at + LONGEST] for at in range(0, len(together), LONGEST)]
    return pieces if len(pieces) <= MOST else pieces[: MOST // 2] + pieces[-MOST // 2 :]


def nearest(vector: "NDArray[np.float32]") -> str | None:
    """The topic whose threshold a text of that vector exceeds the most."""
    weights = _weights()
    over = weights[:, :-1] @ vector + weights[:, -1] - THRESHOLDS
    return TOPICS[int(over.argmax())] if over.max() > 0 else None


@cache
def _weights() -> "NDArray[np.float32]":
    """For each topic one for each of the 384 numbers, and a constant."""
    import numpy as np

    return np.asarray(np.load(WEIGHTS), dtype=np.float32)
