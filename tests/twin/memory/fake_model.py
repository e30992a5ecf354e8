"""In place of the sentence model: numbers that say which words a text has, made in no time."""

import hashlib
from collections.abc import Sequence

import numpy as np
import pytest
from numpy.typing import NDArray

from twin.memory.vectors import packed
from twin.memory.words import words_of

WIDTH = 384


class FakeModel:
    """Texts with the same words are alike; `made` has the text of each stored vector, `embedded`
    each text that one was made of, in turn.
    """

    def __init__(self) -> None:
        self.made: dict[bytes, str] = {}
        self.embedded: list[str] = []

    def embed(
        self, texts: Sequence[str], model: str = "", *, as_query: bool
    ) -> NDArray[np.float32]:
        vectors = np.stack([_vector(text) for text in texts])
        if not as_query:
            self.embedded += texts
            self.made |= zip(packed(vectors), texts, strict=True)
        return vectors

    def install(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("twin.memory.index.embed", self.embed)
        monkeypatch.setattr("twin.memory.search.query_vector", lambda text, _: _vector(text))
        for module in ("index", "search", "background"):
            monkeypatch.setattr(f"twin.memory.{module}.embeddings_of", lambda _: "fake")


def _vector(text: str) -> NDArray[np.float32]:
    vector = np.full(WIDTH, 1e-3, np.float32)
    for word in words_of(text):
        digest = hashlib.blake2b(word.encode(), digest_size=2).digest()
        vector[int.from_bytes(digest, "big") % WIDTH] += 1
    return vector / np.linalg.norm(vector)
