"""What masking did to the samples, and what it left that looks as if it should not."""

import random
import re
from collections.abc import Iterator, Mapping
from typing import Any

from sqlite_utils import Database

from storage.chats import list_chats
from training.collecting import Masked, collect, unknown_exclusions
from twin.config import Config
from twin.privacy import PLACEHOLDER

# Where a private value could still be: digits, or a word longer than words are.
DOUBTFUL = re.compile(r"\d|[A-Za-z0-9_+/=-]{16}")
SHOWN = 160  # characters of a message that was left as it is


def audit(db: Database, config: Config, limit: int) -> dict[str, Any]:
    """The newest replacements and a sample of doubtful messages, `limit` of each.

    It masks whatever the setting says, to show what masking would do.
    """
    masking = config.privacy.model_copy(update={"mask": True})
    collected = collect(db, config.model_copy(update={"privacy": masking}))
    names = {chat["id"]: str(chat["name"]) for chat in list_chats(db)}
    replaced = [item for masked in collected.pairs for item in _replaced(masked, names)]
    untouched = [item for masked in collected.pairs for item in _untouched(masked, names)]
    # The same sample each time, so that a changed setting shows its effect.
    sample = random.Random(0).sample(untouched, min(limit, len(untouched)))
    return {
        "mask": config.privacy.mask,
        "masked": dict(collected.masked.most_common()),
        "dropped": dict(collected.dropped.most_common()),
        "unknown_excluded_chats": unknown_exclusions(db, config),
        "replaced": replaced[-limit:],
        "untouched_count": len(untouched),
        "untouched": sorted(sample, key=lambda item: item["answered_at"]),
    }


def _replaced(masked: Masked, names: Mapping[int, str]) -> Iterator[dict[str, Any]]:
    sides = (
        ("friend", masked.written.input, masked.in_input),
        ("you", masked.written.output, masked.in_output),
    )
    for by, text, findings in sides:
        for finding in findings:
            value = shortened(text[finding.start : finding.end])
            yield _place(masked, names, by) | {"kind": finding.kind, "value": value}


def _untouched(masked: Masked, names: Mapping[int, str]) -> Iterator[dict[str, Any]]:
    for by, text in (("friend", masked.pair.input), ("you", masked.pair.output)):
        for line in text.split("\n"):
            if DOUBTFUL.search(line) and not PLACEHOLDER.search(line):
                yield _place(masked, names, by) | {"text": line[:SHOWN]}


def _place(masked: Masked, names: Mapping[int, str], by: str) -> dict[str, Any]:
    pair = masked.pair
    return {"chat": names[pair.chat_id], "answered_at": pair.answered_at, "by": by}


def shortened(value: str) -> str:
    """Enough to recognise one's own value, and not enough to use another's."""
    return f"{value[0]}…{value[-1]}" if len(value) > 3 else "…"
