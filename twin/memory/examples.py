"""Turn a question's vector towards what would answer it, by examples of questions and answers.

A question's nearest sentence is another question, not its answer. So what questions have in common
is taken off it, and what the answers to the most similar examples have in common is put on (as
HyDE does with a language model, arXiv:2212.10496); half of what tells English from Chinese goes,
since people write both in one chat. docs/experiments.md has what each step brings.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from twin.memory.vectors import Floats, Query, narrowed
from twin.sentence_model import PACKAGE, embed

FILE = Path(__file__).with_name("examples.txt")
PACKAGED = Path(__file__).with_name("example_vectors.npy")

_COMMON_SHARE, _LANGUAGE_SHARE = 0.4, 0.5  # of what is taken off
_ANSWERS = 1.5  # times what the answers have in common is put on
_MOST_ALIKE, _SPREAD = 16, 0.07  # examples; how fast their weight falls with the cosine
_BYTE = 127


@dataclass(frozen=True, slots=True)
class Language:
    """Questions and statements of the examples in one language, a row each."""

    questions: Floats
    statements: Floats

    def turned(self, question: Floats) -> Floats:
        """The question as its answers lie: not of length 1."""
        usual = self.questions.mean(0)
        turned: Floats = (
            question - _COMMON_SHARE * usual + _ANSWERS * self._answers(question - usual)
        )
        return turned

    def nearness(self, question: Floats) -> float:
        """The cosine to what questions of the language have in common."""
        usual = self.questions.mean(0)
        return float(question @ usual / max(float(np.linalg.norm(usual)), 1e-9))

    def _answers(self, question: Floats) -> Floats:
        """What tells the answers of similar questions from others."""
        others = self.questions - self.questions.mean(0)
        lengths = np.linalg.norm(others, axis=1) * np.linalg.norm(question)
        cosines = others @ question / lengths.clip(1e-9)
        alike = cosines.argsort()[-_MOST_ALIKE:]
        weights = np.exp((cosines[alike] - cosines[alike].max()) / _SPREAD)
        answers = self.statements[alike] - self.statements.mean(0)
        mean: Floats = cosines[alike].max() * (weights @ answers) / weights.sum()
        return mean


@dataclass(frozen=True, slots=True)
class Examples:
    """`usual` and `spread`: how near the nearest statement comes that does not answer."""

    english: Language
    chinese: Language
    usual: float
    spread: float

    def turned(self, question: Floats) -> Floats:
        """What a question's vector is compared with passages as."""
        near = self._language_of(question).turned(question)
        between = self.chinese.statements.mean(0) - self.english.statements.mean(0)
        between /= max(float(np.linalg.norm(between)), 1e-9)
        turned: Floats = near - _LANGUAGE_SHARE * float(near @ between) * between
        return turned

    def query(self, question: Floats) -> Query:
        """What stored rows are compared with to answer it; likenesses come out in spreads."""
        turned, asked = narrowed(np.stack([self.turned(question), question]))
        return Query(turned / np.float32(self.spread), self.usual / self.spread, asked)

    def _language_of(self, question: Floats) -> Language:
        return max((self.english, self.chinese), key=lambda side: side.nearness(question))


@cache
def examples_of(model: str) -> Examples:
    """Those of a model that can be used: of any but the packaged one made now, in some seconds."""
    return _examples(np.load(PACKAGED) if model == PACKAGE else _made(model))


def texts() -> list[list[str]]:
    """English questions, statements, Chinese questions, statements."""
    columns = zip(*_rows(), strict=True)
    return [list(column) for column in columns]


def _rows() -> Iterator[list[str]]:
    for line in FILE.read_text("utf-8").splitlines():
        if line and not line.startswith("#"):
            yield [part.strip() for part in line.split("|")]


def packed_vectors() -> NDArray[np.int8]:
    """What `PACKAGED` holds: of all examples, in the order of `texts`, by the packaged model."""
    made = _made(PACKAGE)
    scaled = made * (_BYTE / np.abs(made).max(axis=2, keepdims=True))
    rounded: NDArray[np.int8] = np.rint(scaled).astype(np.int8)
    return rounded


def _made(model: str) -> Floats:
    columns = [embed(column, model, as_query=at % 2 == 0) for at, column in enumerate(texts())]
    return np.stack([column for column in columns if column is not None])


def _examples(vectors: Floats | NDArray[np.int8]) -> Examples:
    whole = vectors.astype(np.float32)
    unit = whole / np.linalg.norm(whole, axis=2, keepdims=True).clip(1e-9)
    english, chinese = Language(unit[0], unit[1]), Language(unit[2], unit[3])
    bare = Examples(english, chinese, 0.0, 1.0)
    nearest = np.array([near for side in (english, chinese) for near in _wrong(bare, side)])
    return Examples(english, chinese, float(nearest.mean()), max(float(nearest.std()), 1e-3))


def _wrong(examples: Examples, side: Language) -> Iterator[float]:
    """How near each question comes to the statements of the others."""
    for at in range(len(side.questions)):
        rest = Language(np.delete(side.questions, at, 0), np.delete(side.statements, at, 0))
        turned = examples.turned(side.questions[at])
        yield float((rest.statements @ turned).max())
