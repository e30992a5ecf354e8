"""Messages that a search found, a page at a time, and where in their texts the words are."""

import json
import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from sqlite_utils import Database

from storage.messages import COLUMNS, Message, message_of
from storage.search import CJK, Wanted, in_text, matching, wanted_of
from storage.windows import Place

# Signs that FTS5 takes for no part of a word: around what was found, and beside each CJK character.
_OPEN, _CLOSE, _APART = "\x02", "\x03", "\x1f"
_OURS = str.maketrans("", "", _OPEN + _CLOSE + _APART)
_BEFORE, _AFTER = 40, 160  # characters around the first word that was found


class Part(NamedTuple):
    """A part of a text; `found`: it is what was looked for."""

    text: str
    found: bool


@dataclass(frozen=True, slots=True)
class Hit:
    """`parts` are what its text says, or its file, around the first word that was found."""

    message: Message
    chat: str
    platform: str
    parts: tuple[Part, ...]

    @property
    def place(self) -> Place:
        return self.message.sent_at, self.message.id


def page_of_hits(
    db: Database, query: str, *, before: Place | None = None, limit: int = 20
) -> list[Hit]:
    """Messages with all words of the query, newest first, or those before that place.

    The last word may be the beginning of one. Of a query without words, none.
    """
    wanted = wanted_of(query, unfinished=True)
    found = matching(db, wanted, before=before, limit=limit)
    rows = db.execute(
        f"SELECT {COLUMNS}, chat_name, platform FROM (SELECT m.*, c.name AS chat_name, c.platform "
        "FROM messages m JOIN chats c ON c.id = m.chat_id "
        "WHERE m.id IN (SELECT value FROM json_each(?))) AS messages "
        "ORDER BY sent_at DESC, id DESC",
        [json.dumps(found)],
    ).fetchall()
    messages = [message_of(row[:-2]) for row in rows]
    marked = mark(list(map(_shown, messages)), wanted)
    return [
        Hit(message, chat=row[-2], platform=row[-1], parts=tuple(_around(parts)))
        for message, row, parts in zip(messages, rows, marked, strict=True)
    ]


def _shown(message: Message) -> str:
    """What it says, and what was read in its file."""
    parts = message.text, message.media_text, message.media_description
    return "\n".join(part for part in parts if part)


def mark(texts: Sequence[str], wanted: Wanted) -> list[list[Part]]:
    """Each text in parts, by the tokenizer of the index itself."""
    clean = [text.translate(_OURS) for text in texts]
    if wanted.match:
        clean = _highlighted(clean, wanted.match)
    return [list(_signs_marked(_parts(text), wanted.signs)) for text in clean]


def _highlighted(texts: Sequence[str], match: str) -> list[str]:
    """The texts with _OPEN and _CLOSE around each word. The index holds none, so another one is
    made of them."""
    db = sqlite3.connect(":memory:")
    try:
        db.execute("CREATE VIRTUAL TABLE texts USING fts5(text)")
        apart = [CJK.sub(lambda sign: f"{_APART}{sign[0]}{_APART}", text) for text in texts]
        db.executemany("INSERT INTO texts(rowid, text) VALUES (?, ?)", enumerate(apart))
        marked = db.execute(
            "SELECT rowid, highlight(texts, 0, ?, ?) FROM texts WHERE texts MATCH ?",
            [_OPEN, _CLOSE, in_text(match)],
        )
        by_row = dict(marked.fetchall())
    finally:
        db.close()
    return [by_row.get(row, text).replace(_APART, "") for row, text in enumerate(texts)]


def _parts(text: str) -> Iterator[Part]:
    first, *rest = text.split(_OPEN)
    yield Part(first, False)
    for each in rest:
        found, _, after = each.partition(_CLOSE)
        yield Part(found, True)
        yield Part(after, False)


def _signs_marked(parts: Iterator[Part], signs: Sequence[str]) -> Iterator[Part]:
    """What is no word is looked for as it is."""
    for sign in signs:
        parts = _sign_marked(list(parts), sign)
    return parts


def _sign_marked(parts: Sequence[Part], sign: str) -> Iterator[Part]:
    for part in parts:
        if part.found:
            yield part
            continue
        first, *rest = part.text.split(sign)
        yield Part(first, False)
        for after in rest:
            yield Part(sign, True)
            yield Part(after, False)


def _around(parts: Sequence[Part]) -> Iterator[Part]:
    """What stands around the first that was found."""
    at = next((n for n, part in enumerate(parts) if part.found), 0)
    before = "".join(part.text for part in parts[:at])
    yield Part(before if len(before) <= _BEFORE else f"…{before[-_BEFORE:]}", False)
    left = _AFTER
    for text, found in parts[at:]:
        if len(text) > left:
            yield Part(f"{text[:left]}…", found)
            return
        left -= len(text)
        if text:
            yield Part(text, found)
