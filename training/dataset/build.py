"""The log as training samples, and what became of every message."""

import hashlib
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlite_utils import Database

from training.dataset.alpaca import read_alpaca
from training.dataset.chat_samples import (
    answers_at,
    answers_in,
    drop,
    gather_chats,
    report_messages,
    rows_at,
    untaught_in,
)
from training.dataset.message_report import FATES, MessageReport
from training.dataset.quality.filters import filter_reasons
from training.dataset.rows import Row
from training.dataset.weights import recency_weights
from twin.clock import zone_of
from twin.config.schema import Config
from twin.privacy.masker import PLACEHOLDER


@dataclass(frozen=True)
class Built:
    """Every sample, oldest first; those held out, the newest, are never trained on.

    `ledger` tells of every message; None for a file, which holds samples and no messages.
    """

    train: Sequence[Row]
    held_out: Sequence[Row]
    report: dict[str, Any]
    hash: str
    ledger: MessageReport | None = None

    @property
    def trained_until(self) -> int | None:
        """When the newest answer to train on was given; None for a file, which has no times."""
        return self.train[-1].answered_at if self.train and self.ledger else None

    @property
    def logged_until(self) -> int | None:
        """When the newest answer of all was given; None for a file."""
        newest = [*self.train[-1:], *self.held_out[-1:]]
        return newest[-1].answered_at if newest and self.ledger else None


def build(db: Database, config: Config) -> Built:
    """Pair every chat by itself and report what became of every message."""
    ledger = MessageReport(zone_of(config.schedule))
    talks = gather_chats(db, config, ledger)
    places = answers_in(talks)
    if config.dataset.rules != "classic":
        places = drop(places, filter_reasons(answers_at(places), config.quality))
    places = places[-config.dataset.max_samples :]  # 0: all
    times = [exchange.answered_at for exchange in answers_at(places)]
    rows = rows_at(places, recency_weights(times, config.dataset.half_life_days), config)
    report_messages(talks, ledger)
    report = {
        "chats": len(talks),
        "messages": sum(map(ledger.total, FATES)),
        "target": ledger.total("target"),
        "context": ledger.total("context"),
        "masked": _masked(rows),
        "dropped": ledger.dropped,
        "untaught": untaught_in(talks),
    }
    return _built(rows, config, report, ledger)


def build_from_alpaca(path: Path, config: Config) -> Built:
    """A ready Alpaca file instead of the log; its last rows are held out."""
    rows = read_alpaca(path, config)[-config.dataset.max_samples :]
    return _built(rows, config, {"file": str(path)})


def _built(
    rows: Sequence[Row], config: Config, report: dict[str, Any], ledger: MessageReport | None = None
) -> Built:
    rules = config.dataset
    held_out = min(rules.max_held_out, round(len(rows) * rules.held_out))
    taught = len(rows) - held_out
    report |= {"answers": len(rows), "train": taught, "held_out": held_out}
    digest = hashlib.blake2b(repr((rules.rules, held_out)).encode(), digest_size=16)
    for row in rows:
        digest.update(repr(row).encode("utf-8", "surrogatepass"))
    return Built(rows[:taught], rows[taught:], report, digest.hexdigest(), ledger)


def _masked(rows: Iterable[Row]) -> dict[str, int]:
    """How many placeholders the answers and what they answer hold, by kind."""
    found: Counter[str] = Counter()
    for row in rows:
        for text in (row.input, row.output):
            if "[" in text:
                found.update(kind.rpartition("_")[0][1:] for kind in PLACEHOLDER.findall(text))
    return dict(found.most_common())
