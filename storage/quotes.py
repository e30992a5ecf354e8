"""Find out whether a text quotes what was written in just one other chat."""

import re
from collections.abc import Iterator

from sqlite_utils import Database

from storage.search import in_text, spaced
from storage.values import storable

# A run is long with 8 words, 14 CJK characters, or a mixture that weighs as much.
LONG, WORD_WEIGHT, CJK_WEIGHT = 56, 7, 4
PIECE = 4  # words; every long run holds a whole piece that begins at a multiple of it
MOST_WORDS = 2_000  # looked at: bounds the queries; no model's reply is longer
Run = tuple[str, ...]
_WORD = re.compile(r"\w+")


def said_elsewhere(db: Database, text: str, chat_id: int | None) -> bool:
    """Whether a long run of the text's words occurs in exactly one other chat and not in this one.

    What the owner writes in several chats is a habit and no secret. Recalled messages count. With
    None for the chat, every chat is another one.
    """
    words = _words(text)
    said_at: dict[int, bool] = {}
    for start, end in _long_runs(words):
        if all(
            _is_said(db, words, piece, said_at) for piece in _pieces(start, end)
        ) and _is_of_one_other_chat(db, words[start:end], chat_id):
            return True
    return False


def long_runs(text: str) -> Iterator[Run]:
    """For each word of the text, the shortest run of words from there that is long."""
    words = _words(text)
    return (tuple(words[start:end]) for start, end in _long_runs(words))


def _words(text: str) -> list[str]:
    return _WORD.findall(spaced(storable(text)))[:MOST_WORDS]


def _long_runs(words: list[str]) -> Iterator[tuple[int, int]]:
    # A character that the index sets off as a word of its own is CJK.
    weights = [WORD_WEIGHT if spaced(word) == word else CJK_WEIGHT for word in words]
    end = weight = 0
    for start in range(len(words)):
        while weight < LONG and end < len(words):
            weight += weights[end]
            end += 1
        if weight < LONG:
            return
        yield start, end
        weight -= weights[start]


def _pieces(start: int, end: int) -> range:
    """Where whole pieces begin within a run: runs that overlap share them."""
    first = -(-start // PIECE) * PIECE
    return range(first, end - PIECE + 1, PIECE)


def _is_said(db: Database, words: list[str], piece: int, known: dict[int, bool]) -> bool:
    """Most pieces of a fresh reply were never said: one query spares those of several runs."""
    if piece not in known:
        found = db.execute(
            "SELECT 1 FROM messages_fts WHERE messages_fts MATCH ? LIMIT 1",
            [_phrase(words[piece : piece + PIECE])],
        )
        known[piece] = found.fetchone() is not None
    return known[piece]


def _is_of_one_other_chat(db: Database, words: list[str], chat_id: int | None) -> bool:
    rows = db.execute(
        "SELECT DISTINCT m.chat_id FROM messages_fts f JOIN messages m ON m.id = f.rowid "
        "WHERE messages_fts MATCH ? LIMIT 2",
        [_phrase(words)],
    ).fetchall()
    return len(rows) == 1 and rows[0][0] != chat_id


def _phrase(words: list[str]) -> str:
    return in_text('"' + " ".join(words) + '"')
