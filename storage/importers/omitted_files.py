"""A chat exported once without its files and once with them: each is one message.

Android writes `<Media omitted>`, whatever was sent, in place of the file that another export names.
"""

from sqlite_utils import Database

from storage.messages import NewMessage
from storage.values import storable

MINUTE_MS = 60_000
_KINDS = "('image', 'voice', 'video', 'file', 'sticker', 'contact')"
# Of one side and text, in a minute. What the same file has brought is another message.
_WHERE = (
    "chat_id = ? AND sent_at BETWEEN ? AND ? AND (origin != 'peer') = ? AND text = ? AND id <= ?"
)
_FILL = (
    "UPDATE OR IGNORE messages SET kind = ?, dedupe_key = ?, raw = ?, source = ? WHERE id = ("
    f"SELECT id FROM messages WHERE {_WHERE} AND kind = 'other' AND raw LIKE '<%>%' "
    "AND recalled_at IS NULL ORDER BY id LIMIT 1)"
)


class OmittedFiles:
    """Of one minute; `last` is the newest message of before the file that is being read."""

    def __init__(self, db: Database, minute: int, last: int) -> None:
        self._db, self._minute, self._last = db, minute, last

    def known(self, row: NewMessage) -> int:
        """How many files the log has that the row may be the note of; 0 for other rows."""
        if row.kind != "other" or not (row.raw or "").startswith("<"):
            return 0
        (files,) = self._db.execute(
            f"SELECT COUNT(*) FROM messages WHERE {_WHERE} AND kind IN {_KINDS}", self._place(row)
        ).fetchone()
        return int(files)

    def fill(self, row: NewMessage) -> bool:
        """Where the log has the note that a file was left out, say which one it was."""
        if f"'{row.kind}'" not in _KINDS:
            return False
        filled = (row.kind, row.dedupe_key, row.raw, row.source)
        return self._db.execute(_FILL, [*filled, *self._place(row)]).rowcount > 0

    def _place(self, row: NewMessage) -> list[object]:
        span = (self._minute, self._minute + MINUTE_MS - 1)
        return [row.chat_id, *span, row.origin != "peer", storable(row.text), self._last]
