"""What stands out of its chat: of many passages one is always near, by chance."""

import numpy as np
import pytest

from storage.messages import Message
from twin.memory.clues import clues_of
from twin.memory.passages import Passage
from twin.memory.questions import Asked
from twin.memory.ranking import Found, seems_to_answer
from twin.memory.vectors import FEW, SAMPLED, ChatVectors, Query

WIDTH = 64


def chat(count: int, seed: int) -> ChatVectors:
    rows = np.random.default_rng(seed).standard_normal((count, WIDTH)).astype(np.float32)
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    return ChatVectors(np.arange(count), np.zeros(count, np.int64), rows)


def asked(seed: int) -> Query:
    vector = chat(1, seed).matrix[0]
    return Query(vector * 10, usual=5.0, asked=vector)


def prominence(known: ChatVectors, query: Query) -> np.ndarray | None:
    return known.prominence(query, known.likenesses(query, before=1), np.arange(len(known.ids)))


@pytest.mark.parametrize("count", [FEW, 300, 2 * SAMPLED])
def test_by_chance_hardly_anything_stands_out(count: int) -> None:
    found = [prominence(chat(count, seed), asked(1_000 + seed)) for seed in range(20)]
    assert sum(heights is not None and bool((heights > 0).any()) for heights in found) <= 3


@pytest.mark.parametrize("count", [FEW, 300, 2 * SAMPLED])
def test_what_is_asked_for_stands_out(count: int) -> None:
    known, query = chat(count, 1), asked(2)
    known.matrix[7] = query.asked
    heights = prominence(known, query)
    assert heights is not None
    assert heights[7] > 0
    assert heights.argmax() == 7


def test_a_few_passages_tell_no_chance() -> None:
    assert prominence(chat(FEW - 1, 1), asked(2)) is None


def test_what_was_not_over_yet_is_not_counted() -> None:
    known = chat(FEW, 1)
    known.ends[0] = 5
    assert prominence(known, asked(2)) is None


@pytest.mark.parametrize(
    ("question", "kind", "text", "score", "height", "shown"),
    [
        ("where is the boat?", "where", "we left it in porto", 0.6, 0.1, True),
        ("where is the boat?", "where", "we left it in porto", 0.6, -0.1, False),
        ("where is the boat?", "where", "the boat lies in porto", 0.6, -0.1, True),
        ("where is the boat?", "where", "the boats lie in porto", 0.6, -0.1, True),
        ("where is the boat?", "where", "the boat lies in porto", 0.2, 1.0, False),
        ("how much was it?", "how much", "it was dear", 0.9, 1.0, False),
        ("how much was it?", "how much", "it was twenty", 0.9, 1.0, True),
        ("how much was it?", "how much", "it was 20", 0.9, 1.0, True),
        ("多少钱", "how much", "三百块", 0.9, 1.0, True),
        ("where is the boat?", "where", "we left it in porto", 0.5, None, True),
        ("where is the boat?", "where", "we left it in porto", 0.4, None, False),
    ],
)
def test_what_seems_to_answer(
    question: str, kind: Asked, text: str, score: float, height: float | None, shown: bool
) -> None:
    passage = Passage((Message(1, 1, "owner", "text", text, 0, None),))
    found = Found(passage, 0.0, height, score)
    assert seems_to_answer(found, clues_of(question, 1_788_255_000_000, None), kind) is shown
