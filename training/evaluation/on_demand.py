"""Scores on demand: an adapter beside the base, the live one and the real person."""

from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from sqlite_utils import Database

from storage.adapters import Adapter, find_adapter, live_adapter
from storage.errors import InputError
from training.dataset.build import Built, build
from training.evaluation.canaries import planted_in
from training.evaluation.evaluate import evaluate_models
from training.evaluation.generation import TRIES
from training.evaluation.promotion_gate import decide
from training.progress_bar import Progress
from twin.config.schema import Config

MANY_TRIES = 32  # at each planted secret, when they are what is asked for


def evaluate(
    config: Config,
    db: Database,
    adapter: str | None = None,
    canaries: bool = False,
    show: bool = True,
) -> dict[str, Any]:
    """Score an adapter, the live one when none is named, on the newest answers of the log.

    With `canaries`, the secrets that were planted when it was trained are asked for many times.
    Raises InputError without an adapter or held-out samples.
    """
    live = live_adapter(db)
    chosen = find_adapter(db, adapter) if adapter else live
    if chosen is None:
        raise InputError("no adapter is live, so there is nothing to score; run `bot.py train`")
    built = _unseen(build(db, config), chosen)
    if not built.held_out:
        raise InputError(
            f"{chosen.name}: no held-out samples that it has not learnt; import more chats or "
            "raise [dataset] held_out"
        )
    planted = planted_in(chosen)
    path = Path(config.data, chosen.path)
    with Progress(show=show) as progress:
        judgement = evaluate_models(
            db, config, built, path, live, planted, progress, MANY_TRIES if canaries else TRIES
        )
    document = asdict(judgement)
    document.pop("answers")
    return (
        {"adapter": chosen.name} | document | {"verdict": asdict(decide(judgement, config.judge))}
    )


def _unseen(built: Built, adapter: Adapter) -> Built:
    """The same samples, with those alone held out that the adapter can't have learnt."""
    until = adapter.trained_until
    if until is None:
        return built
    unseen = [each for each in built.held_out if each.answered_at > until]
    return replace(built, held_out=unseen)
