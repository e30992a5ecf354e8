"""Find lines of a platform among people's words, whatever the format: joined, left, missed call.

A whole line counts, never how one begins. Nobody reports on themselves as a platform does, by name;
other phrases a person could write as well, and count only where they stand in several chats.
"""

import json
import re
import tomllib
from collections import Counter, defaultdict
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import NamedTuple

from sqlite_utils import Database

from storage.importers.base import ImportedMessage
from storage.importers.programs.whatsapp_said import without_marks
from storage.importers.programs.whatsapp_words import normal, whatsapp_words
from storage.values import storable

SEVERAL = 3  # chats
_FILE = Path(__file__).with_suffix(".toml")
_WHO = "{who}"
_LONGEST = 200
_BEGIN = 3
_AROUND = " \u200e\u200f\u202a\u202b\u2066\u2067\u2068\n"
_LONGEST_GAP = 60
_MOST_SPELLINGS = 20_000
_QUOTED = re.compile(r"[\"“「]\{who\}[\"”」]")
_TIME_AT_THE_END = re.compile(r"[ ,(·]{1,3}\d{1,2}:\d\d(?::\d\d)?\)?")


@dataclass(frozen=True, slots=True)
class PlatformLine:
    """A line as it stands in the table, with the messages and chats that it was found in."""

    line: str
    messages: int
    chats: int


class _Phrase(NamedTuple):
    line: str
    is_sure: bool


class _Table(NamedTuple):
    """Phrases in the form of `normal`; `gaps` are what stands before and after a `*`.

    `begins`: how sentences and phrases of several chats begin.
    """

    named: frozenset[str]
    gaps: tuple[tuple[str, str], ...]
    sentences: frozenset[str]
    several: frozenset[str]
    begins: frozenset[str]


@cache
def _table() -> _Table:
    written = tomllib.loads(_FILE.read_text(encoding="utf-8"))
    phrases = {
        name: [normal(phrase) for line in text.splitlines() for phrase in line.split("|")]
        for name, text in written.items()
    }
    gaps = [phrase.partition("*") for phrase in phrases["named"] if "*" in phrase]
    whatsapp = whatsapp_words()
    sentences = frozenset(phrases["sentences"]) - {""}
    several = (frozenset(phrases["several"]) - {""}).union(
        whatsapp.missed_calls, whatsapp.deleted, whatsapp.encrypted, whatsapp.waiting
    )
    return _Table(
        frozenset(phrase for phrase in phrases["named"] if "*" not in phrase),
        tuple((before, after) for before, _, after in gaps),
        sentences,
        several,
        frozenset(phrase[:_BEGIN] for phrase in sentences | several),
    )


class PlatformLines:
    """Sees all messages of an import, and then tells which are lines of a platform."""

    def __init__(self, *, enabled: bool = True) -> None:
        self._enabled = enabled
        self._chats: dict[str, set[int]] = defaultdict(set)
        self._spellings: dict[str, _Phrase] = {}
        self._messages: Counter[str] = Counter()

    def see(self, message: ImportedMessage, chat: int) -> None:
        phrase = _phrase(message) if self._enabled else None
        if phrase is not None and len(self._spellings) < _MOST_SPELLINGS:
            self._spellings[message.text] = phrase
            self._chats[phrase.line].add(chat)

    def see_logged(self, db: Database) -> None:
        """Also count the chats that earlier imports brought."""
        unsure = [text for text, phrase in self._spellings.items() if not phrase.is_sure]
        if not unsure:
            return
        rows = db.execute(
            "SELECT DISTINCT text, chat_id FROM messages WHERE source LIKE 'import:%' "
            "AND kind IN ('text', 'system') AND text IN (SELECT value FROM json_each(?))",
            [_listed(unsure)],
        )
        for text, chat in rows.fetchall():
            if text in self._spellings:
                self._chats[self._spellings[text].line].add(chat)

    def kind(self, message: ImportedMessage) -> str:
        """The message's kind, or "system" where it is such a line; which is counted."""
        phrase = _phrase(message) if message.text in self._spellings else None
        if phrase is None or not self._counts(phrase):
            return message.kind
        self._messages[phrase.line] += 1
        return "system"

    def mark_logged(self, db: Database) -> int:
        """Mark the lines that earlier imports took for words; how many there were."""
        texts = [
            text
            for text, phrase in self._spellings.items()
            if _WHO not in phrase.line and self._counts(phrase)
        ]
        if not texts:
            return 0
        cursor = db.execute(
            "UPDATE messages SET kind = 'system' WHERE source LIKE 'import:%' "
            "AND kind = 'text' AND text IN (SELECT value FROM json_each(?))",
            [_listed(texts)],
        )
        return int(cursor.rowcount)

    def found(self) -> list[PlatformLine]:
        """The most frequent first."""
        return [
            PlatformLine(line, messages, len(self._chats[line]))
            for line, messages in self._messages.most_common()
        ]

    def _counts(self, phrase: _Phrase) -> bool:
        return phrase.is_sure or len(self._chats[phrase.line]) >= SEVERAL


def lines_under_names(db: Database, limit: int) -> list[PlatformLine]:
    """The most frequent lines of a platform that the log has under somebody's name."""
    rows = db.execute(
        "SELECT text, COUNT(*), COUNT(DISTINCT chat_id) FROM messages "
        "WHERE kind = 'system' AND source LIKE 'import:%' AND recalled_at IS NULL AND text != '' "
        "AND (sender_id IS NOT NULL OR origin != 'peer') "
        "GROUP BY text ORDER BY COUNT(*) DESC, text LIMIT ?",
        [limit],
    )
    return [PlatformLine(*row) for row in rows.fetchall()]


def _listed(texts: list[str]) -> str:
    return json.dumps([storable(text) for text in texts])


def _phrase(message: ImportedMessage) -> _Phrase | None:
    """What the whole of the text is in the table."""
    text = message.text
    if message.kind != "text" or len(text) > _LONGEST or not message.sender_id:
        return None
    name, account = message.sender_name, message.account
    if not (_may_begin(text) or (name and name in text) or (account and account in text)):
        return None
    table, line = _table(), normal(without_marks(text))
    if line in table.sentences:
        return _Phrase(line, is_sure=True)
    if line in table.several:
        return _Phrase(line, is_sure=False)
    if line.endswith(tuple("0123456789)")):
        untimed = _without_time(line)
        if untimed in table.several:
            return _Phrase(untimed, is_sure=False)
    return _named(line, message)


def _may_begin(text: str) -> bool:
    """Nearly no message does, and the rest is slow."""
    return text.lstrip(_AROUND)[:_BEGIN].lower() in _table().begins


def _without_time(line: str) -> str:
    """`call ended 0:32`, of which the time is another in each chat."""
    at = max(line.rfind(" ", 0, -1), line.rfind("(", 0, -1))
    return line[:at].rstrip(" ,(·") if at > 0 and _TIME_AT_THE_END.fullmatch(line, at) else line


def _named(line: str, message: ImportedMessage) -> _Phrase | None:
    for name in (message.sender_name, message.account):
        who = normal(without_marks(name))
        if not who or who not in line:
            continue
        found = _of_table(_QUOTED.sub(_WHO, line.replace(who, _WHO, 1)))
        if found is not None:
            return _Phrase(found, is_sure=True)
    return None


def _of_table(line: str) -> str | None:
    table = _table()
    if line in table.named:
        return line
    for before, after in table.gaps:
        gap = len(line) - len(before) - len(after)
        if 0 < gap <= _LONGEST_GAP and line.startswith(before) and line.endswith(after):
            return None if "\n" in line else f"{before}*{after}"
    return None
