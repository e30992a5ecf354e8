"""Figures of the dataset: messages by chat and month, and the tokens of the samples."""

import random
from collections.abc import Sequence
from typing import Any

from sqlite_utils import Database

from storage.chats import list_chats
from training.dataset.build import build
from training.dataset.encoding import encode
from training.dataset.samples import Sample
from twin.config.schema import Config
from twin.engine.model import load_format
from twin.prompting.chat_template import IGNORED

MOST = 2_000  # answers: encoding a hundred thousand takes minutes and tells nothing more
BINS = 16
QUANTILES = {"median": 0.5, "p90": 0.9, "p99": 0.99, "longest": 1.0}


def token_lengths(samples: Sequence[Sample], config: Config) -> dict[str, Any]:
    """Of prompts and answers: quantiles and a histogram. Of many answers, a fixed random sample.

    `cut`: answers that lose their end to [train] max_tokens.
    """
    # The same sample each time, so that a changed setting shows its effect.
    measured = samples if len(samples) <= MOST else random.Random(0).sample(samples, MOST)
    fmt = load_format(config)
    prompts, answers, cut = [], [], 0
    for sample in measured:
        labels = encode(sample, config, fmt)["labels"]
        prompt = labels.count(IGNORED)
        prompts.append(prompt)
        answers.append(len(labels) - prompt)
        cut += labels[-1] not in fmt.stop_ids
    return {
        "answers": len(samples),
        "measured": len(measured),
        "max_tokens": config.train.max_tokens,
        "cut": cut,
        "prompt": _summary(prompts),
        "answer": _summary(answers),
    }


def _summary(lengths: Sequence[int]) -> dict[str, Any] | None:
    if not lengths:
        return None
    ordered = sorted(lengths)
    last = len(ordered) - 1
    return {
        "mean": round(sum(ordered) / len(ordered), 1),
        **{name: ordered[round(last * share)] for name, share in QUANTILES.items()},
        "histogram": _histogram(ordered),
    }


def _histogram(ordered: Sequence[int]) -> dict[str, Any]:
    """How many are below `bin` tokens, below twice as many, ...; longer ones are in the last.

    The bins are so wide that one in a hundred is longer.
    """
    width = ordered[(len(ordered) - 1) * 99 // 100] // BINS + 1
    counts = [0] * BINS
    for length in ordered:
        counts[min(length // width, BINS - 1)] += 1
    return {"bin": width, "counts": counts}


def dataset_figures(db: Database, config: Config) -> dict[str, Any]:
    """Every message once: `target`, `context`, or `dropped` for one reason.

    The chats with the most messages come first, months in time order.
    """
    built = build(db, config)
    assert built.messages is not None  # the log has one
    names = {chat["id"]: str(chat["name"]) for chat in list_chats(db)}
    return {
        "rules": config.dataset.rules,
        **built.report,
        "hash": built.hash,
        "by_chat": [
            {"id": chat, "name": names[chat], **fates}
            for chat, fates in built.messages.by_chat().items()
        ],
        "by_month": [
            {"month": month, **fates} for month, fates in built.messages.by_month().items()
        ],
        "tokens": token_lengths([*built.train, *built.held_out], config),
    }
