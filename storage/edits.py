"""Changed messages: the newest wording counts, the earlier ones are kept."""

from sqlite_utils import Database

from storage.corrections import note_rewording
from storage.messages import Origin
from storage.reasons import BurstReason
from storage.recalls import drop_draft


def change_wording(
    db: Database, chat_id: int, external_id: str, text: str, *, at: int
) -> tuple[Origin, str] | None:
    """(whose it is, its words before) of what was changed; None: nothing was.

    Platforms report as a change what changes no word, such as the picture of a link. What was taken
    back stays so. A draft that answered a friend's earlier words is dropped, and the burst is open.
    """
    row = db.execute(
        "SELECT id, origin, text FROM messages WHERE chat_id = ? AND external_id = ? "
        "AND recalled_at IS NULL AND kind = 'text'",
        [chat_id, external_id],
    ).fetchone()
    if row is None or row[2] == text:
        return None
    message_id, origin, before = row
    db.execute(
        "INSERT INTO earlier_wordings (message_id, text, until) VALUES (?, ?, ?)",
        [message_id, before, at],
    )
    db.execute("UPDATE messages SET text = ? WHERE id = ?", [text, message_id])
    if origin == "twin":
        note_rewording(db, chat_id, external_id, text, at)
    if origin == "peer":
        drop_draft(db, chat_id, message_id, BurstReason.EDITED, now=at)
    return origin, before


def earlier_wordings(db: Database, message_id: int) -> list[str]:
    """What the message said before, oldest first."""
    rows = db.execute(
        "SELECT text FROM earlier_wordings WHERE message_id = ? ORDER BY rowid", [message_id]
    )
    return [text for (text,) in rows]
