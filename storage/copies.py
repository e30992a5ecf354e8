"""Whether a text quotes what was said in one other chat alone."""

import re

from sqlite_utils import Database

from storage.messages import storable
from storage.search import spaced

WORDS, CJK_WORDS = 8, 14  # a shorter run is a common phrase
MOST_WINDOWS = 64
_WORD = re.compile(r"\w+")
_CJK_WORD = re.compile(r"[^\W\d_a-zA-Z\u00c0-\u024f]")


def said_elsewhere(db: Database, text: str, chat_id: int) -> bool:
    """Whether a long run of the text's words occurs in exactly one other chat and not in this one.

    What the owner says in several chats is his habit and no secret. Recalled messages count.
    """
    words = _WORD.findall(spaced(storable(text)))
    return any(_is_of_one_other_chat(db, run, chat_id) for run in _runs(words))


def _runs(words: list[str]) -> list[list[str]]:
    """Overlapping runs of words, so that each quote of twice the length holds a whole one."""
    cjk = sum(len(word) == 1 and bool(_CJK_WORD.match(word)) for word in words)
    size = CJK_WORDS if cjk * 2 > len(words) else WORDS
    step = max(1, (len(words) - size) // MOST_WINDOWS + 1)
    return [words[at : at + size] for at in range(0, len(words) - size + 1, step)]


def _is_of_one_other_chat(db: Database, words: list[str], chat_id: int) -> bool:
    rows = db.execute(
        "SELECT DISTINCT m.chat_id FROM messages_fts f JOIN messages m ON m.id = f.rowid "
        "WHERE messages_fts MATCH ? LIMIT 3",
        ['"' + " ".join(words) + '"'],
    ).fetchall()
    return len(rows) == 1 and rows[0][0] != chat_id
