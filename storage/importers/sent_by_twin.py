"""Tell which of the owner's messages in an export are the twin's: it sent them from their account.

What the bot logged itself has the same time and words, or the same id. But platforms alter words,
and each exporter writes emoji its own way: the twin's would come back as the owner's, to be learnt.
"""

from bisect import bisect_left
from collections.abc import Sequence

from sqlite_utils import Database

from storage.echoes import AS_STICKER, ECHO_WINDOW_MS, echo_score
from storage.importers.base import ImportedMessage

MINUTE_MS = 60_000


class SentByTwin:
    """What the twin sent in each chat, read once."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._chats: dict[tuple[int, bool], Sequence[tuple[int, str]]] = {}

    def holds(self, chat_id: int, message: ImportedMessage) -> bool:
        """Whether a message from the owner's account is the twin's; it is in the log then."""
        is_sticker = message.kind in AS_STICKER
        if message.kind != "text" and not is_sticker:
            return False
        sent = self._sent_in(chat_id, stickers=is_sticker)
        inexact = MINUTE_MS if message.to_the_minute else 0
        first = bisect_left(sent, (message.sent_at - ECHO_WINDOW_MS, ""))
        last = bisect_left(sent, (message.sent_at + ECHO_WINDOW_MS + inexact, ""))
        if is_sticker:
            return first < last
        return any(
            echo_score(text, message.text, max(0, abs(message.sent_at - at) - inexact))
            for at, text in sent[first:last]
        )

    def _sent_in(self, chat_id: int, *, stickers: bool) -> Sequence[tuple[int, str]]:
        if (chat_id, stickers) not in self._chats:
            rows = self._db.execute(
                "SELECT COALESCE(sending_at, changed_at), text FROM outbox WHERE chat_id = ? "
                "AND words = 'twin' AND state IN ('sending', 'sent', 'doubt', 'failed') "
                "AND (kind = 'sticker') = ? ORDER BY 1, 2",
                [chat_id, stickers],
            )
            self._chats[chat_id, stickers] = rows.fetchall()
        return self._chats[chat_id, stickers]
