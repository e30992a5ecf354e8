"""Search the text of all messages, Chinese included.

SQLite's tokenizer sees a run of Chinese as one word, so a word inside it is never found. Each CJK
character is indexed as a word of its own and a query becomes a phrase of them: any Chinese word of
any length is found, and Latin words stay words. The index holds no second copy of the text.
"""

import json
import math
import re
import sqlite3
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple

from sqlite_utils import Database

from storage.stale_chats import mark_each, mark_since
from storage.values import MOST, fitting, storable

# Messages with a word, in the chats that are searched, from which on the word tells nothing.
_COMMON = 1000
_LOOKED_UP = 100  # messages at once
_LONGEST = 1000  # characters of a query
CJK = re.compile(
    r"[\u3005-\u3007\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff"
    r"\U00020000-\U0003347f]"
)


def spaced(text: str) -> str:
    """The text with every CJK character set off by spaces."""
    return text if text.isascii() else CJK.sub(lambda match: f" {match[0]} ", text)


def register_search_functions(connection: sqlite3.Connection) -> None:
    connection.create_function("spaced", 1, spaced, deterministic=True)


_ROW = "'c' || {0}.chat_id, spaced({0}.text)"
_ADD = f"INSERT INTO messages_fts(rowid, chat, text) VALUES (new.id, {_ROW.format('new')});"
_REMOVE = (
    "INSERT INTO messages_fts(messages_fts, rowid, chat, text) "
    f"VALUES ('delete', old.id, {_ROW.format('old')});"
)
_INDEX_NEW = f"CREATE TRIGGER messages_fts_ai AFTER INSERT ON messages BEGIN {_ADD} END"


def create_message_index(db: Database) -> None:
    """Contentless FTS5 table, kept in step by triggers whatever code writes a message.

    The chat is a word of its own, "c12": the index itself then finds what one chat has. What was
    read in a message's file is there too, under the message's number with a minus before it.
    """
    db.execute("CREATE VIRTUAL TABLE messages_fts USING fts5(chat, text, content='')")
    db.execute(_INDEX_NEW)
    db.execute(f"CREATE TRIGGER messages_fts_ad AFTER DELETE ON messages BEGIN {_REMOVE} END")
    db.execute(
        "CREATE TRIGGER messages_fts_au AFTER UPDATE OF text, chat_id ON messages "
        f"BEGIN {_REMOVE} {_ADD} END"
    )
    index_messages_after(db, 0)


def index_messages_after(db: Database, last: int) -> None:
    """Index the messages with higher ids than this."""
    db.execute(
        "INSERT INTO messages_fts(rowid, chat, text) "
        f"SELECT id, {_ROW.format('messages')} FROM messages WHERE id > ?",
        [last],
    )


def compact_message_index(db: Database) -> None:
    """Merge the index into one piece: until then, words of deleted messages stay in it."""
    db.execute("INSERT INTO messages_fts(messages_fts) VALUES ('optimize')")


@contextmanager
def indexed_together(db: Database) -> Iterator[None]:
    """Index all messages that are logged inside at the end, and mark their chats as stale then.

    Only within a transaction.

    After each statement that fires a trigger, FTS5 writes out what it has gathered: message by
    message the index takes eight times as long as the rows themselves.
    """
    (last,) = db.execute("SELECT COALESCE(MAX(id), 0) FROM messages").fetchone()
    db.execute("DROP TRIGGER messages_fts_ai")
    mark_each(db, False)
    yield
    index_messages_after(db, last)
    mark_since(db, last)
    db.execute(_INDEX_NEW)
    mark_each(db, True)


def in_text(query: str) -> str:
    """The query of FTS5 for the words of messages: the index has their chats, too."""
    return f"text : ({query})"


def phrase(words: str) -> str:
    """FTS5's query for these words, which stand side by side."""
    return '"' + spaced(words).strip().replace('"', '""') + '"'


class Wanted(NamedTuple):
    """What a query asks for: `match` by the index, "" for nothing; `signs` as they stand."""

    match: str
    signs: tuple[str, ...]


def wanted_of(query: str, *, unfinished: bool = False) -> Wanted:
    """Messages that have every word of the query; what has no letter, as "😀" or "%", is a sign.

    `unfinished`: somebody may still be typing the last word, so it may be the beginning of one.
    """
    query = storable(query).replace("\0", " ")[:_LONGEST]
    words = query.split()
    phrases = [phrase(word) for word in words if any(map(_is_letter, word))]
    if unfinished and phrases and _is_letter(query[-1]):
        phrases[-1] += "*"
    signs = [word for word in words if not any(map(_is_letter, word))]
    return Wanted(" ".join(phrases), tuple(dict.fromkeys(signs)))


def _is_letter(sign: str) -> bool:
    """Whether FTS5 takes it for a part of a word."""
    category = unicodedata.category(sign)
    return category[0] in "LN" or category == "Co"


def matching(
    db: Database, wanted: Wanted, *, before: tuple[int, int] | None = None, limit: int
) -> list[int]:
    """Numbers of the messages, newest first.

    `before`: only those before this time (UTC milliseconds) and number, in the log's order.
    """
    asked = [("instr(m.text, ?)", sign) for sign in wanted.signs]
    source = "messages m"
    if wanted.match:
        asked.append(("messages_fts MATCH ?", in_text(wanted.match)))
        source = "messages_fts f JOIN messages m ON m.id = abs(f.rowid)"
    if not asked:
        return []
    where = " AND ".join(condition for condition, _ in asked)
    rows = db.execute(
        f"SELECT DISTINCT m.id FROM {source} WHERE {where} AND (m.sent_at, m.id) < (?, ?) "
        "ORDER BY m.sent_at DESC, m.id DESC LIMIT ?",
        [*(value for _, value in asked), *(before or (MOST, MOST)), limit],
    )
    return [number for (number,) in rows.fetchall()]


def search_messages(db: Database, query: str, *, limit: int = 50) -> list[dict[str, Any]]:
    """Messages that contain every word of the query, newest first."""
    return list(
        db.query(
            "SELECT * FROM messages WHERE id IN (SELECT value FROM json_each(?)) "
            "ORDER BY sent_at DESC, id DESC",
            [json.dumps(matching(db, wanted_of(query), limit=limit))],
        )
    )


class Match(NamedTuple):
    """A message that has some of the words; `weight`: the more words and the rarer, the higher."""

    message_id: int
    chat_id: int
    sent_at: int
    weight: float


def messages_with_any(
    db: Database, chats: Sequence[int], words: Iterable[str], *, before: int, limit: int
) -> list[Match]:
    """What people wrote in these chats before that time (UTC milliseconds) with any of the words,
    or what was read in their files.

    The best first, and of equal ones the newest. Without what the twin wrote, what was taken back,
    and what an unfinished import has brought so far. The words must be storable.

    FTS5's own order, BM25, counts each word in all chats for every question, which takes five times
    as long as finding the messages.
    """
    weights = _weights(db, chats, words) if chats else {}
    best = sorted(weights, key=lambda number: (weights[number], number), reverse=True)
    found: list[Match] = []
    for start in range(0, len(best), _LOOKED_UP):
        part = best[start : start + _LOOKED_UP]
        usable = _usable(db, chats, part, before)
        found += [Match(*usable[one], weights[one]) for one in part if one in usable]
        if len(found) >= limit:
            break
    return found[:limit]


def _weights(db: Database, chats: Sequence[int], words: Iterable[str]) -> dict[int, float]:
    """By id of the message, how much the words that it has tell: the inverse of how many have them.

    A word of very many tells nothing, unless there is no other; then the newest count.
    """
    of_chats = " OR ".join(f'"c{chat_id}"' for chat_id in chats)
    queries = [
        f"chat : ({of_chats}) AND {in_text(phrase(word))}" for word in words if spaced(word).strip()
    ]
    having = [_having(db, query, "ORDER BY rowid") for query in queries]  # half the time of "DESC"
    telling = [numbers for numbers in having if len(numbers) < _COMMON]
    weights: dict[int, float] = {}
    for numbers in telling or [_newest(db, query) for query in queries]:
        tells = math.log(1 + _COMMON / max(1, len(numbers)))
        for number in set(numbers):  # once, though its text and its file have the word
            weights[number] = weights.get(number, 0) + tells
    return weights


def _newest(db: Database, query: str) -> list[int]:
    """What was read in files stands under numbers below zero: there, the newest come first."""
    written = _having(db, query, "AND rowid > 0 ORDER BY rowid DESC")
    read = _having(db, query, "AND rowid < 0 ORDER BY rowid")
    return sorted({*written, *read}, reverse=True)[:_COMMON]


def _having(db: Database, query: str, which: str) -> list[int]:
    rows = db.execute(
        f"SELECT abs(rowid) FROM messages_fts WHERE messages_fts MATCH ? {which} LIMIT ?",
        [query, _COMMON],
    )
    return [number for (number,) in rows.fetchall()]


def _usable(
    db: Database, chats: Sequence[int], ids: Sequence[int], before: int
) -> dict[int, tuple[int, int, int]]:
    """Id, chat and time of those of the messages that may be looked at, by id."""
    rows = db.execute(
        "SELECT id, chat_id, sent_at FROM messages WHERE sent_at < :before "
        # The plus keeps SQLite from reading whole chats by their index.
        "AND +chat_id IN (SELECT value FROM json_each(:chats)) AND (kind = 'text' "
        "OR EXISTS (SELECT 1 FROM media_texts WHERE message_id = messages.id)) "
        "AND origin != 'twin' AND recalled_at IS NULL "
        "AND id IN (SELECT value FROM json_each(:ids)) "
        "AND id NOT IN (SELECT id FROM unfinished_messages)",
        {
            "before": fitting(before),
            "chats": json.dumps(list(chats)),
            "ids": json.dumps(list(ids)),
        },
    )
    return {row[0]: row for row in rows.fetchall()}
