"""In place of the sentence model: numbers that say which words a text has, made in no time."""

import hashlib
import re
from collections.abc import Sequence

import numpy as np
import pytest
from numpy.typing import NDArray

from twin.memory.vectors import Query, packed
from twin.memory.words import words_of

WIDTH = 384
_WHO = re.compile("^(?:me|friend): ", re.MULTILINE)


class FakeModel:
    """Texts with the same words are alike; `made` has the text of each stored vector, `embedded`
    each text that one was made of, in turn, both without who said it.
    """

    def __init__(self) -> None:
        self.made: dict[bytes, str] = {}
        self.embedded: list[str] = []

    def embed(
        self, texts: Sequence[str], model: str = "", *, as_query: bool
    ) -> NDArray[np.float32]:
        said = [_WHO.sub("", text) for text in texts]
        vectors = np.stack([_vector(text) for text in said])
        if not as_query:
            self.embedded += said
            self.made |= zip(packed(vectors), said, strict=True)
        return vectors

    def install(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("twin.memory.index.embed", self.embed)
        monkeypatch.setattr("twin.memory.examples.examples_of", lambda _: NoExamples())
        monkeypatch.setattr("twin.memory.search.query_vector", lambda text, _: _vector(text))
        for module in ("index", "search", "background"):
            monkeypatch.setattr(f"twin.memory.{module}.embeddings_of", lambda _: "fake")


class NoExamples:
    """What has half of a question's words, or more, is like it."""

    def query(self, question: NDArray[np.float32]) -> Query:
        return Query(question * 10, usual=5.0, asked=question)


def _vector(text: str) -> NDArray[np.float32]:
    vector = np.full(WIDTH, 1e-3, np.float32)
    for word in words_of(text):
        digest = hashlib.blake2b(word.encode(), digest_size=2).digest()
        vector[int.from_bytes(digest, "big") % WIDTH] += 1
    return vector / np.linalg.norm(vector)
