"""Carry deletions and edits that one export knows of into what another brought.

Where messages have ids, a new version takes the place of the old one. Where they have none, an
export shows that a message was taken back or edited at that moment, and no longer its first words:
what else the log has of that side at that moment is what was taken back. It stays, marked, and is
never learnt from, whichever export is imported first.
"""

from collections import Counter
from collections.abc import Iterable
from typing import NamedTuple

from sqlite_utils import Database

from storage.importers.base import ImportedMessage
from storage.messages import dedupe_key
from storage.values import storable

_SECOND_MS, _MINUTE_MS = 1000, 60_000


class Seen(NamedTuple):
    message: ImportedMessage
    from_owner: bool


class ExportChanges:
    """What one export says was changed. `edited` have ids; `moments` are all messages of those
    seconds, or minutes, in which something without an id was taken back or edited.
    """

    def __init__(self) -> None:
        self.edited: list[Seen] = []
        self.moments: list[list[Seen]] = []
        self._key: tuple[int, int] | None = None
        self._now: list[Seen] = []

    def see(self, message: ImportedMessage, chat: int, from_owner: bool) -> None:
        if message.external_id is not None:
            if message.edited and message.kind == "text":
                self.edited.append(Seen(message, from_owner))
            return
        key = (chat, message.sent_at // _unit(message))
        if key != self._key:
            self.close()
            self._key = key
        self._now.append(Seen(message, from_owner))

    def close(self) -> None:
        if any(seen.message.recalled or seen.message.edited for seen in self._now):
            self.moments.append(self._now)
        self._now = []


class ChangesWriter:
    """Writes the changes once all messages are in, in the import's last transaction."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._moments: set[tuple[int, int]] = set()
        self.changed = 0

    def edit(self, chat: int, seen: Seen) -> None:
        """Put the new words where the log has the old ones under the same id."""
        message, text = seen.message, storable(seen.message.text)
        cursor = self._db.execute(
            "UPDATE messages SET text = ? WHERE chat_id = ? AND external_id = ? "
            "AND kind = 'text' AND text != ?",
            [text, chat, message.external_id, text],
        )
        if cursor.rowcount:
            self.changed += 1
            key = dedupe_key(message.sent_at, seen.from_owner, "text", text, 0)
            self._db.execute(
                "UPDATE OR IGNORE messages SET dedupe_key = ? "
                "WHERE chat_id = ? AND external_id = ?",
                [key, chat, message.external_id],
            )

    def take_back(self, chat: int, moment: list[Seen]) -> None:
        """Mark what the log has of that moment, and the export has no more."""
        unit = _unit(moment[0].message)
        begin = moment[0].message.sent_at // unit * unit
        self._moments.add((chat, begin // _MINUTE_MS))
        for owner in (True, False):
            if not any(_changes_side(seen, owner) for seen in moment):
                continue
            still = Counter(
                storable(seen.message.text)
                for seen in moment
                if seen.from_owner is owner and not seen.message.recalled
            )
            rows = self._db.execute(
                "SELECT id, text FROM messages WHERE chat_id = ? AND sent_at BETWEEN ? AND ? "
                "AND (origin != 'peer') = ? AND kind = 'text' AND recalled_at IS NULL",
                [chat, begin, begin + unit - 1, owner],
            ).fetchall()
            gone = []
            for number, text in rows:
                still[text] -= 1
                if still[text] < 0:
                    gone.append(number)
            self._mark(gone, begin)

    def words_of_placeholders(self, chat: int) -> None:
        """Mark words that came in now and that an earlier import knew to be taken back."""
        placeholders = self._db.execute(
            "SELECT sent_at, origin, sender_id, dedupe_key FROM messages WHERE chat_id = ? "
            "AND kind = 'system' AND recalled_at IS NOT NULL AND external_id IS NULL "
            "AND id NOT IN (SELECT id FROM unfinished_messages)",
            [chat],
        ).fetchall()
        for sent_at, origin, sender, key in placeholders:
            unit = _MINUTE_MS if (key or "").startswith("minute:") else _SECOND_MS
            begin = sent_at // unit * unit
            if (chat, begin // _MINUTE_MS) in self._moments:
                continue  # the export that came in now knows of it
            sides = (origin != "peer",) if sender or origin != "peer" else (True, False)
            rows = self._db.execute(
                "SELECT id FROM messages WHERE chat_id = ? AND sent_at BETWEEN ? AND ? "
                "AND (origin != 'peer') IN (?, ?) AND kind = 'text' AND recalled_at IS NULL "
                "AND id IN (SELECT id FROM unfinished_messages)",
                [chat, begin, begin + unit - 1, sides[0], sides[-1]],
            ).fetchall()
            self._mark([number for (number,) in rows], begin)

    def _mark(self, ids: Iterable[int], at: int) -> None:
        for number in ids:
            self._db.execute("UPDATE messages SET recalled_at = ? WHERE id = ?", [at, number])
            self.changed += 1


def _changes_side(seen: Seen, owner: bool) -> bool:
    message = seen.message
    if not (message.recalled or message.edited):
        return False
    # WeChat's own line does not always say whose words they were.
    return seen.from_owner is owner or not message.sender_id


def _unit(message: ImportedMessage) -> int:
    return _MINUTE_MS if message.to_the_minute else _SECOND_MS
