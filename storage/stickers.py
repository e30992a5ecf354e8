"""The stickers that the owner sent to a friend: the only ones that the twin sends that friend."""

from dataclasses import dataclass

from sqlite_utils import Database

from storage.outbox import STICKER
from storage.people import OF_PERSON

_SAID = "'pending', 'sending', 'sent', 'doubt', 'draft', 'dry'"


@dataclass(frozen=True, slots=True)
class OwnSticker:
    """A message of the owner's that is a sticker. `raw` is what its platform says of it, `media`
    its file, relative to the data folder, `text` what a machine read on it. `sent_at` in UTC ms.
    """

    message_id: int
    chat_id: int
    platform: str
    raw: str | None
    media: str | None
    text: str
    sent_at: int


def own_sticker(db: Database, message_id: int | None, chat_id: int) -> OwnSticker | None:
    """The sticker of that message, if the owner sent it to the friend of that chat, and did not
    take it back.
    """
    row = db.execute(
        "SELECT m.id, m.chat_id, c.platform, m.raw, m.media, COALESCE(t.text, ''), m.sent_at "
        "FROM messages m JOIN chats c ON c.id = m.chat_id "
        "LEFT JOIN media_texts t ON t.message_id = m.id "
        f"WHERE m.id = :message AND m.chat_id IN ({OF_PERSON}) AND m.origin = 'owner' "
        "AND m.kind = 'sticker' AND m.recalled_at IS NULL",
        {"message": message_id, "chat": chat_id},
    ).fetchone()
    return row and OwnSticker(*row)


def replies_with_stickers(db: Database, chat_id: int, latest: int) -> tuple[int, int]:
    """Of the latest replies of the twin in a chat, sent or on their way: (with a sticker, all)."""
    row = db.execute(
        "SELECT COALESCE(SUM(has), 0), COUNT(*) FROM (SELECT MAX(kind = ?) AS has FROM outbox "
        "WHERE chat_id = ? AND decision_id IS NOT NULL AND kind != 'notice' "
        f"AND state IN ({_SAID}) GROUP BY decision_id ORDER BY decision_id DESC LIMIT ?)",
        [STICKER, chat_id, latest],
    ).fetchone()
    return int(row[0]), int(row[1])
