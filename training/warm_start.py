"""Go on from the live adapter instead of from the base model: [train] strategy = "continue"."""

import json
import logging
import random
from collections.abc import Sequence

from sqlite_utils import Database

from storage.adapters import Adapter, live_adapter
from storage.chat_deletion import chats_of_adapter
from storage.errors import TwinError
from training.dataset.samples import Sample
from twin.config.schema import Config
from twin.engine.adapter_files import ADAPTER_SETTINGS, check_adapter
from twin.privacy.learning import not_learnt

log = logging.getLogger(__name__)

NO_CHAT = 0  # of the samples of a file


def to_continue(
    config: Config, db: Database, layers: Sequence[str] | None = None, *, memory: bool = False
) -> Adapter | None:
    """The adapter to go on from; None begins at the base, and the log says why.

    `layers` are those to be trained, without it [train] targets. `memory`: whether the samples
    show what was said earlier; an adapter is told that it did or not, so it did always or never.
    """
    if config.train.strategy != "continue":
        return None
    live = live_adapter(db)
    if live is None:
        log.info("begins at the base: no adapter is live")
        return None
    if live.forgotten_at is not None:
        log.info("begins at the base: %s learnt from a forgotten chat", live.name)
        return None
    if not chats_of_adapter(db, live.id).isdisjoint(not_learnt(db, config)):
        log.info("begins at the base: %s learnt from chats that lack consent now", live.name)
        return None
    try:
        check_adapter(config.path_of(live.path), config)
    except TwinError as error:
        log.warning("begins at the base: %s", error)
        return None
    is_alike = live.trained_until is not None and live.memory == memory
    if not is_alike or not _has_shape_of(config, live, layers):
        log.info("begins at the base: %s was trained otherwise", live.name)
        return None
    log.info("goes on from %s", live.name)
    return live


def samples_to_continue_with(
    samples: Sequence[Sample], before: Adapter | None, replay: float, seed: int
) -> list[Sample]:
    """What is new since that adapter, and a share of the old, in time order; all without one.

    The old ones are replayed against forgetting (Rolnick et al. 2019, "Experience Replay for
    Continual Learning", arXiv:1811.11682).
    """
    if before is None:
        return list(samples)
    until = before.trained_until or 0
    old = [each for each in samples if each.answered_at <= until]
    new = [each for each in samples if each.answered_at > until]
    again = set(random.Random(seed).sample(range(len(old)), round(len(old) * replay)))
    return [each for at, each in enumerate(old) if at in again] + new


def chats_learnt(db: Database, samples: Sequence[Sample], before: Adapter | None) -> set[int]:
    """What is learnt from, and what the adapter knew that it goes on from; empty: unknown."""
    chats = {chat for each in samples for chat in (each.chat_id, *each.memory_chats)} - {NO_CHAT}
    if before is None:
        return chats
    earlier = chats_of_adapter(db, before.id)
    return chats | earlier if earlier else set()


def _has_shape_of(config: Config, adapter: Adapter, layers: Sequence[str] | None) -> bool:
    path = config.path_of(adapter.path) / ADAPTER_SETTINGS
    lora = json.loads(path.read_text(encoding="utf-8"))
    wanted = config.train
    return (lora["r"], lora["lora_alpha"], set(lora["target_modules"])) == (
        wanted.rank,
        wanted.alpha,
        set(layers or wanted.targets),
    )
