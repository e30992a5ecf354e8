"""Scores on the held-out samples: base, adapter and the real person side by side."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from sqlite_utils import Database

from storage.adapters import find_adapter, live_adapter
from storage.errors import InputError
from training.dataset import Row, build, encode, prompt_of
from training.loss import mean_loss
from twin.config import Config
from twin.engine.model import Voice, load_voice

PROMPTS = 50
NGRAM = 4


def evaluate(
    config: Config, db: Database, adapter: str | None = None, prompts: int = PROMPTS
) -> dict[str, Any]:
    """Score an adapter, the live one when none is named, on the newest pairs of the log.

    `loss` is per label token over every held-out sample; the shares are over the replies to the
    newest `prompts` of them, sampled as the twin answers. Raises InputError without an adapter
    or held-out samples.
    """
    chosen = find_adapter(db, adapter) if adapter else live_adapter(db)
    if chosen is None:
        raise InputError("no adapter is live, so there is nothing to score; run `bot.py train`")
    rows = build(db, config).held_out
    if not rows:
        raise InputError(
            "no held-out samples to score on; import more chats or raise [dataset] held_out"
        )
    asked = rows[-prompts:]
    base = load_voice(config, None)
    base_scores = _scores(base, config, rows, asked)
    tokenizer = base.tokenizer
    real = [_repeats(tokenizer.encode(row["output"], add_special_tokens=False)) for row in asked]
    del base  # one model in memory at a time
    voice = load_voice(config, Path(config.data, chosen.path))
    return {
        "adapter": chosen.name,
        "held_out": len(rows),
        "prompts": len(asked),
        "base": base_scores,
        "twin": _scores(voice, config, rows, asked),
        "person": {"repeated_4gram_share": _share(real)},
    }


def _scores(
    voice: Voice, config: Config, rows: Sequence[Row], asked: Sequence[Row]
) -> dict[str, float | None]:
    samples = [encode(row, config, voice.format) for row in rows]
    limits = config.reply
    conversations = [prompt_of(row, config, voice.format, limits.context_tokens) for row in asked]
    replies = []
    for start in range(0, len(conversations), limits.max_batch):
        batch = conversations[start : start + limits.max_batch]
        replies += voice.generate(
            batch, limits.max_tokens, limits.temperature, limits.top_p, seed=start
        )
    encoded = [voice.tokenizer.encode(reply.text, add_special_tokens=False) for reply in replies]
    return {
        "loss": mean_loss(voice.model, samples, config.train.batch_size),
        "stop_share": _share([reply.stopped for reply in replies]),
        "repeated_4gram_share": _share([_repeats(ids) for ids in encoded]),
        "mean_tokens": round(sum(reply.tokens for reply in replies) / len(replies), 1),
    }


def _repeats(tokens: Sequence[int]) -> bool:
    """Whether four tokens in a row occur twice."""
    grams = [tuple(tokens[at : at + NGRAM]) for at in range(len(tokens) - NGRAM + 1)]
    return len(set(grams)) < len(grams)


def _share(values: Sequence[bool]) -> float:
    return round(sum(values) / len(values), 4)
