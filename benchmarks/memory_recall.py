"""How well memory finds what was said: `python -m benchmarks.memory_recall [--write]`.

The two halves of the labelled set, the fresh one, another author's, and a natural one: 250 talks of
chitchat-dataset in one chat, where a message of each is taken out and has to find the answer that
was given to it, or any other message of its talk. Some minutes. `--write` first makes
twin/memory/example_vectors.npy anew.
"""

import json
import random
import sys
from collections.abc import Iterator

import numpy as np

from benchmarks.chitchat import conversations
from benchmarks.measure import PROJECT
from storage.messages import Origin
from twin.config.load import load_config
from twin.memory.check import check, figures
from twin.memory.examples import PACKAGED, packed_vectors
from twin.memory.labelled import (
    LabelledChat,
    LabelledMessage,
    LabelledSet,
    Question,
    read_labelled,
)

LABELLED = PROJECT / "tests" / "twin" / "memory" / "labelled"
TALKS, LEAST, MOST = 250, 8, 20  # messages of a talk
FIRST, DAY_MS, MINUTE_MS = 1_700_000_000_000, 86_400_000, 60_000
Said = tuple[Origin, str]


def natural() -> LabelledSet:
    talks = [talk[:MOST] for talk in _talks() if len(talk) >= LEAST]
    chosen = random.Random(0).sample(talks, TALKS)
    messages: list[LabelledMessage] = []
    questions: list[Question] = []
    for number, talk in enumerate(chosen):
        asked, laid = _laid(number, talk)
        messages += laid
        questions += asked
    chat = LabelledChat("all", "all", is_group=False, person="", messages=tuple(messages))
    return LabelledSet((chat,), tuple(questions))


def _laid(number: int, talk: list[Said]) -> tuple[list[Question], list[LabelledMessage]]:
    """The talk without a message of the friend that the owner answered, and that as a question."""
    at = next((at for at in range(2, len(talk) - 1) if _is_answered(talk, at)), None)
    laid = [
        LabelledMessage(
            f"{number}.{place}", origin, "", text, FIRST + number * DAY_MS + place * MINUTE_MS
        )
        for place, (origin, text) in enumerate(talk)
        if place != at
    ]
    if at is None:
        return [], laid
    wanted = {
        "next reply": {f"{number}.{at + 1}"},
        "same conversation": {message.id for message in laid},
    }
    end = FIRST + (TALKS + 1) * DAY_MS
    return [
        Question("all", talk[at][1], end, frozenset(("all", one) for one in ids), kind, "en")
        for kind, ids in wanted.items()
    ], laid


def _is_answered(talk: list[Said], at: int) -> bool:
    return talk[at][0] == "peer" and talk[at + 1][0] == "owner" and len(talk[at][1].split()) > 3


def _talks() -> Iterator[list[Said]]:
    for talk in conversations():
        owner = talk[0][0] if talk else ""
        yield [("owner" if sender == owner else "peer", text) for sender, text in talk]


def main() -> None:
    if "--write" in sys.argv:
        np.save(PACKAGED, packed_vectors())
    names = ("development", "test", "fresh", "another_author")
    sets = {name: read_labelled(LABELLED / f"{name}.json") for name in names}
    config = load_config()
    for name, labelled in (sets | {"natural": natural()}).items():
        print(json.dumps({name: figures(check(labelled, config))}, indent=2))


if __name__ == "__main__":
    main()
