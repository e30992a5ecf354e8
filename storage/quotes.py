"""Find out whether a text quotes what was written to just one other friend."""

import re
from collections.abc import Iterator

from sqlite_utils import Database

from storage.database import now_ms
from storage.known_facts import known_facts
from storage.search import in_text, spaced
from storage.values import storable

# A run is long with 8 words, 14 CJK characters, or a mixture that weighs as much.
LONG, WORD_WEIGHT, CJK_WEIGHT = 56, 7, 4
PIECE = 4  # words; every long run holds a whole piece that begins at a multiple of it
MOST_WORDS = 2_000  # looked at: bounds the queries; no model's reply is longer
_FRIEND = "COALESCE(-p.person, {})"  # a number of the friend, the same in all of their chats
Run = tuple[str, ...]
_WORD = re.compile(r"\w+")


def said_elsewhere(db: Database, text: str, chat_id: int | None) -> bool:
    """Whether a long run of its words was written to exactly one friend, and that is not this one.

    A group is a friend, and linked chats are one. What the owner writes to several is a habit and
    no secret, and what they released for this chat is none there. Recalled messages count. What was
    read in files counts where nobody wrote it. With None for the chat, every chat is another one's.
    """
    words = _words(text)
    here = _friend_of(db, chat_id)
    said_at: dict[int, bool] = {}
    released: list[str] | None = None
    for start, end in _long_runs(words):
        run = words[start:end]
        if not all(_is_said(db, words, piece, said_at) for piece in _pieces(start, end)):
            continue
        if not _is_of_one_other_friend(db, run, here):
            continue
        if released is None:
            released = _released(db, chat_id)
        if not any(_side_by_side(run) in fact for fact in released):
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


def _is_of_one_other_friend(db: Database, words: list[str], here: tuple[int] | None) -> bool:
    # A picture that goes round makes no habit of what somebody wrote to one.
    friends = _friends(db, words, "m.id = f.rowid") or _friends(db, words, "m.id = -f.rowid")
    return len(friends) == 1 and friends[0] != here


def _friends(db: Database, words: list[str], which: str) -> list[tuple[int]]:
    """Two at most of those with whom it was said, or sent in a file."""
    return db.execute(
        f"SELECT DISTINCT {_FRIEND.format('m.chat_id')} FROM messages_fts f "
        f"JOIN messages m ON {which} LEFT JOIN people p ON p.chat_id = m.chat_id "
        "WHERE messages_fts MATCH ? LIMIT 2",
        [_phrase(words)],
    ).fetchall()


def _friend_of(db: Database, chat_id: int | None) -> tuple[int] | None:
    found: tuple[int] | None = db.execute(
        f"SELECT {_FRIEND.format('c.id')} FROM chats c LEFT JOIN people p ON p.chat_id = c.id "
        "WHERE c.id = ?",
        [chat_id],
    ).fetchone()
    return found


def _released(db: Database, chat_id: int | None) -> list[str]:
    """The words of each fact that the twin may tell in that chat."""
    facts = [] if chat_id is None else known_facts(db, chat_id, now_ms())
    return [_side_by_side(_words(fact.text)) for fact in facts]


def _side_by_side(words: list[str]) -> str:
    """Texts to be looked for in each other, whole words alone."""
    return f" {' '.join(words)} ".casefold()


def _phrase(words: list[str]) -> str:
    return in_text('"' + " ".join(words) + '"')
