"""The conversations of chitchat-dataset, which several benchmarks read."""

import json
from importlib.resources import files

Talk = list[tuple[str, str]]  # sender and text of each message


def conversations() -> list[Talk]:
    """Each with its messages in order."""
    stored = json.loads((files("chitchat_dataset") / "dataset.json").read_text("utf-8"))
    return [
        [(said["sender"], said["text"]) for burst in one["messages"] for said in burst]
        for one in stored.values()
    ]
