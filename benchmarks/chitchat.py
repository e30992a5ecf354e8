"""The conversations of chitchat-dataset, which several benchmarks read."""

import json
from collections import Counter
from importlib.resources import files

Talk = list[tuple[str, str]]  # sender and text of each message


def conversations() -> list[Talk]:
    """Each with its messages in order."""
    stored = json.loads((files("chitchat_dataset") / "dataset.json").read_text("utf-8"))
    return [
        [(said["sender"], said["text"]) for burst in one["messages"] for said in burst]
        for one in stored.values()
    ]


def writer(place: int) -> str:
    """The id of the one who wrote the `place`-th most messages, from 1 on."""
    written = Counter(sender for talk in conversations() for sender, _ in talk)
    return written.most_common(place)[-1][0]
