"""Audit the samples: what masking replaced, doubtful messages that it left, and lines left out."""

import random
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from typing import Any

from rich.console import RenderableType
from sqlite_utils import Database

from storage.importers.platform_lines import lines_under_names
from training.dataset.chat_samples import Masked, mask_chat
from training.dataset.pair_chats import paired_chats, unknown_exclusions
from training.dataset.samples import Exchange
from twin.cli.output import facts, table
from twin.config.schema import Config
from twin.formatting import when
from twin.privacy.masker import PLACEHOLDER

# Where a private value could still be: digits, or a word longer than words are.
DOUBTFUL = re.compile(r"\d|[A-Za-z0-9_+/=-]{16}")
SHOWN = 160  # characters of a message that was left as it is


def audit(db: Database, config: Config, limit: int) -> dict[str, Any]:
    """The newest replacements and a sample of doubtful messages, `limit` of each.

    It masks whatever the setting says, to show what masking would do.
    """
    replaced: list[dict[str, Any]] = []
    untouched: list[dict[str, Any]] = []
    for chat, paired in paired_chats(db, config):
        for written, masked in zip(paired.exchanges, mask_chat(paired.exchanges), strict=True):
            place = {"chat": str(chat["name"]), "answered_at": written.answered_at}
            replaced += [place | item for item in _replaced(written, masked)]
            untouched += [place | item for item in _untouched(masked.exchange)]
    replaced.sort(key=lambda item: item["answered_at"])
    # The same sample each time, so that a changed setting shows its effect.
    sample = random.Random(0).sample(untouched, min(limit, len(untouched)))
    return {
        "mask": config.privacy.mask,
        "masked": dict(Counter(item["kind"] for item in replaced).most_common()),
        "unknown_excluded_chats": unknown_exclusions(db, config),
        "platform_lines": [asdict(line) for line in lines_under_names(db, limit)],
        "replaced": replaced[-limit:],
        "untouched_count": len(untouched),
        "untouched": sorted(sample, key=lambda item: item["answered_at"]),
    }


def _replaced(written: Exchange, masked: Masked) -> Iterator[dict[str, Any]]:
    sides = (
        ("friend", written.input, masked.in_input),
        ("you", written.output, masked.in_output),
    )
    for by, text, findings in sides:
        for finding in findings:
            value = shortened(text[finding.start : finding.end])
            yield {"by": by, "kind": finding.kind, "value": value}


def _untouched(learnt: Exchange) -> Iterator[dict[str, Any]]:
    for by, text in (("friend", learnt.input), ("you", learnt.output)):
        for line in text.split("\n"):
            if DOUBTFUL.search(line) and not PLACEHOLDER.search(line):
                yield {"by": by, "text": line[:SHOWN]}


def shortened(value: str) -> str:
    """Enough to recognise one's own value, and not enough to use another's."""
    return f"{value[0]}…{value[-1]}" if len(value) > 3 else "…"


def audit_tables(document: Mapping[str, Any]) -> Iterator[RenderableType]:
    totals = ("mask", "masked", "unknown_excluded_chats")
    yield facts("Private values in the samples", {key: document[key] for key in totals})
    yield table(
        f"Replaced, the newest {len(document['replaced'])}",
        ["chat", "answered", "by", "kind", "value"],
        [[*_place(item), item["kind"], item["value"]] for item in document["replaced"]],
    )
    if document["platform_lines"]:
        yield table(
            "Lines of a platform under somebody's name, not learnt",
            ["line", "#messages", "#chats"],
            [[*line.values()] for line in document["platform_lines"]],
        )
    shown, all_of_them = len(document["untouched"]), document["untouched_count"]
    yield table(
        f"Nothing found, {shown} of {all_of_them} with digits or long words",
        ["chat", "answered", "by", "text"],
        [[*_place(item), item["text"]] for item in document["untouched"]],
    )
    if not document["mask"]:
        yield "[privacy] mask is off: the samples hold all of this."


def _place(item: Mapping[str, Any]) -> list[str]:
    return [item["chat"], when(item["answered_at"]), item["by"]]
