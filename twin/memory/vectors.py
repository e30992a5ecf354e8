"""Vectors in few bytes, and those of whole chats in memory."""

import math
from collections import OrderedDict
from collections.abc import Collection, Sequence
from functools import cache
from pathlib import Path
from threading import Lock
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from sqlite_utils import Database

from storage import passages
from storage.database import file_of
from storage.stale_chats import MOST_BYTES

Floats = NDArray[np.float32]
Integers = NDArray[np.int64]
_NARROW = 384  # numbers that are left of more than fit
NOT_YET = -math.inf
FEW = 20  # passages of a chat that do not tell how near one comes by chance
SAMPLED = 2_000  # passages of a chat that tell it well enough
CACHE_BYTES = 128_000_000  # four chats of 20,000 passages


def packed(vectors: Floats) -> list[bytes]:
    """Each row in a byte a number. What that costs in recall is in docs/benchmarks.md."""
    narrow = narrowed(vectors)
    largest = np.abs(narrow).max(axis=1, keepdims=True).clip(1e-9)
    return [row.tobytes() for row in np.rint(narrow * (127 / largest)).astype(np.int8)]


def unpacked(rows: Sequence[bytes]) -> Floats:
    """The rows of length 1."""
    width = len(rows[0]) if rows else 0
    matrix = np.frombuffer(b"".join(rows), np.int8).reshape(len(rows), width).astype(np.float32)
    unit: Floats = matrix / np.linalg.norm(matrix, axis=1, keepdims=True).clip(1e-9)
    return unit


def narrowed(vectors: Floats) -> Floats:
    """What is stored of rows of more numbers than fit, so that their angles stay nearly the same.

    A projection onto directions drawn at random (Johnson and Lindenstrauss 1984).
    """
    width = vectors.shape[1]
    return vectors if width <= MOST_BYTES else vectors @ _directions(width)


@cache
def _directions(width: int) -> Floats:
    drawn = np.random.default_rng(0).standard_normal((width, _NARROW))
    return np.linalg.qr(drawn)[0].astype(np.float32)


class Query(NamedTuple):
    """What is asked, as stored rows are compared with it.

    `usual`: what comes out for the nearest of those that do not answer it. `asked`: its own vector,
    not turned towards answers.
    """

    vector: Floats
    usual: float
    asked: Floats

    def likenesses(self, rows: Floats) -> Floats:
        """Of each row, in spreads above the usual."""
        # Of a matrix, `@` takes several threads, which wait for each other in a spin: eight times
        # as long, and that beside the model that answers.
        above: Floats = np.vecdot(rows, self.vector) - np.float32(self.usual)
        return above


class ChatVectors(NamedTuple):
    """Ids, ends (UTC milliseconds) and vectors of a chat's passages, by id."""

    ids: Integers
    ends: Integers
    matrix: Floats

    def likenesses(self, query: Query, before: int) -> Floats:
        """Of each passage to the query; NOT_YET for what was not over before that time."""
        if not len(self.ids):
            return np.zeros(0, np.float32)
        return np.where(self.ends < before, query.likenesses(self.matrix), np.float32(NOT_YET))

    def places(self, ids: Collection[int]) -> Integers:
        """Where those of the passages are that are among these."""
        return np.isin(self.ids, list(ids)).nonzero()[0]

    def prominence(self, query: Query, likenesses: Floats, places: Integers) -> Floats | None:
        """How far the passages at the places stand out of their chat, in spreads.

        Above 0 one is nearer to the question, and to its answers, than the nearest of so many is
        by chance: of n draws from a normal distribution the largest lies at √(2 ln n), nearly.
        None where too few passages tell what chance is.
        """
        known = (likenesses > NOT_YET).nonzero()[0]
        if len(known) < FEW:
            return None
        usual = known[:: -(-len(known) // SAMPLED)]
        like = _heights(likenesses[places], likenesses[usual])
        asked = _heights(*(np.vecdot(self.matrix[at], query.asked) for at in (places, usual)))
        by_chance = np.float32(math.sqrt(2 * math.log(len(known))))
        above: Floats = (like + asked) * np.float32(0.5) - by_chance
        return above


def _heights(values: Floats, usual: Floats) -> Floats:
    """In spreads above the mean of the usual ones."""
    heights: Floats = (values - usual.mean()) / max(usual.std(), np.float32(1e-6))
    return heights


class VectorCache:
    """The vectors of the chats that were searched last, in at most `most_bytes`."""

    def __init__(self, most_bytes: int = CACHE_BYTES) -> None:
        self._most_bytes = most_bytes
        self._lock = Lock()
        self._chats: OrderedDict[tuple[Path, int], tuple[tuple[int, int], ChatVectors]]
        self._chats = OrderedDict()

    def of_chat(self, db: Database, chat_id: int) -> ChatVectors:
        """As the database has them now; only what is new is read."""
        key = (file_of(db), chat_id)
        with self._lock:
            before, known = self._chats.pop(key, ((0, 0), _NONE))
            state = passages.state_of_chat(db, chat_id)
            if state != before:
                known = _updated(db, chat_id, known)
            if key[0] != Path():
                self._chats[key] = state, known
            while self._bytes() > self._most_bytes:
                self._chats.popitem(last=False)
        return known

    def _bytes(self) -> int:
        return sum(vectors.matrix.nbytes for _, vectors in self._chats.values())


_NONE = ChatVectors(np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros((0, 0), np.float32))


def _updated(db: Database, chat_id: int, known: ChatVectors) -> ChatVectors:
    ids = np.array(passages.ids_of_chat(db, chat_id), np.int64)
    kept = np.isin(known.ids, ids)
    new = sorted(passages.vectors(db, chat_id, np.setdiff1d(ids, known.ids).tolist()))
    if not new:
        return ChatVectors(known.ids[kept], known.ends[kept], known.matrix[kept])
    matrix = unpacked([vector for _, _, vector in new])
    if kept.any():
        matrix = np.concatenate([known.matrix[kept], matrix])
    return ChatVectors(
        np.concatenate([known.ids[kept], np.array([number for number, _, _ in new], np.int64)]),
        np.concatenate([known.ends[kept], np.array([end for _, end, _ in new], np.int64)]),
        matrix,
    )
