"""Find bursts that wait for an answer. Imported messages are never answered."""

import json
from collections.abc import Sequence

from sqlite_utils import Database

from storage.messages import COLUMNS, Message, message_of
from storage.outbox import last_decided
from storage.plain_text import is_visible
from twin.prompting.media_marks import all_as_read, everything_in, is_media
from twin.prompting.turns import has_words, turn_text

_UNDECIDED = (
    "chat_id = :chat AND source = 'live' AND origin = 'peer' AND recalled_at IS NULL "
    "AND id > :decided"
)


def open_burst(db: Database, chat_id: int) -> list[Message]:
    """The friend's messages since the last decision and the owner's last message, oldest first.

    The twin's own messages don't count: what came between its pieces still waits for an answer.
    """
    rows = db.execute(
        f"SELECT {COLUMNS} FROM messages WHERE {_UNDECIDED} AND id > COALESCE("
        "(SELECT MAX(id) FROM messages WHERE chat_id = :chat AND source = 'live' "
        "AND origin = 'owner' AND kind != 'system'), 0) ORDER BY id",
        {"chat": chat_id, "decided": last_decided(db, chat_id)},
    ).fetchall()
    return [message_of(row) for row in rows]


def last_undecided(db: Database, chat_id: int) -> int | None:
    """The newest message of the friend that no decision covers, answered by the owner or not."""
    row = db.execute(
        f"SELECT MAX(id) FROM messages WHERE {_UNDECIDED}",
        {"chat": chat_id, "decided": last_decided(db, chat_id)},
    ).fetchone()
    return None if row[0] is None else int(row[0])


def open_bursts(db: Database) -> dict[int, list[Message]]:
    """The open burst of every chat that has one, by chat id."""
    chats = db.execute(
        "SELECT DISTINCT chat_id FROM messages WHERE source = 'live' AND origin = 'peer'"
    ).fetchall()
    bursts = {int(chat_id): open_burst(db, chat_id) for (chat_id,) in chats}
    return {chat_id: burst for chat_id, burst in bursts.items() if burst}


def still_expected(
    db: Database, burst: Sequence[Message], since: int, before: int
) -> list[Message]:
    """What of an open burst is answered: what was written or changed since then (UTC milliseconds),
    with what came before it, up to `before` messages in all. Empty: the friend expects no answer.
    """
    rows = db.execute(  # read again: times move along with the machine's clock
        "SELECT id FROM messages m WHERE id IN (SELECT value FROM json_each(:burst)) AND (sent_at "
        ">= :since OR EXISTS (SELECT 1 FROM earlier_wordings WHERE message_id = m.id "
        "AND until >= :since))",
        {"burst": json.dumps([message.id for message in burst]), "since": since},
    )
    expected = {message_id for (message_id,) in rows}
    first = next((at for at, one in enumerate(burst) if one.id in expected), None)
    return [] if first is None else list(burst[min(first, max(0, len(burst) - before)) :])


def text_of(burst: Sequence[Message], *, named: bool = False) -> str:
    """The burst as the model sees it: joined by newlines, exactly as in the training samples."""
    read = filter(has_words, all_as_read(burst))
    return "\n".join(turn_text(message, named=named) for message in read)


def words_of(burst: Sequence[Message]) -> str:
    """All that was written, and all that was read in files, without marks and without a cut: what
    the guard has to know.
    """
    said = (message for message in burst if message.kind == "text" or is_media(message))
    return "\n".join(filter(is_visible, map(everything_in, said)))
