"""ShareGPT files: each conversation as the turns of a human and of the model that learns."""

from collections.abc import Sequence
from typing import Any

from training.alpaca import whole_rows
from training.rows import Row, Said


def sharegpt(rows: Sequence[Row]) -> list[dict[str, Any]]:
    """The rows of the file. The owner is "gpt": each of his answers is a turn to learn, once."""
    return [
        {"conversations": _turns(said), "system": instruction}
        for instruction, said in whole_rows(rows)
    ]


def _turns(said: Sequence[Said]) -> list[dict[str, str]]:
    return [
        {"from": who, "value": words}
        for pair in said
        for who, words in zip(("human", "gpt"), pair, strict=True)
    ]
