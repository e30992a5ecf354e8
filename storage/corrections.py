"""Preference pairs: the owner's words instead of the twin's. Collected, not trained on yet.

A decision has one pair at most, and notices of the program are part of none.
"""

from collections import Counter
from collections.abc import Sequence
from typing import Literal

from sqlite_utils import Database

from storage.plain_text import is_visible

How = Literal["edited", "recalled", "contradicted"]
RECALL_MS = 10 * 60_000  # from sending to the recall, and from there to the words instead
CONTRADICTION_MS = 5 * 60_000  # from sending to the owner's first words, and from there to the last
# An echo proves that a piece arrived, although sending it seemed to fail.
_SAID = (
    "o.decision_id IS NOT NULL AND o.words = 'twin' AND o.kind = 'text' "
    "AND (o.state IN ('sent', 'doubt') OR o.echoed_at IS NOT NULL)"
)
# A piece in doubt changed last when the bot started again.
_SENT_AT = "COALESCE(o.sending_at, o.changed_at)"


def note_edit(
    db: Database,
    chat_id: int,
    decision_id: int,
    rejected: Sequence[str],
    chosen: Sequence[str],
    now: int,
) -> None:
    """Note that the owner sent their own lines instead of a draft's."""
    _keep(db, chat_id, decision_id, "edited", "\n".join(rejected), "\n".join(chosen), now)


def note_recall(db: Database, chat_id: int, external_id: str, now: int) -> None:
    """Note a recalled message: if the twin sent it lately, the owner's words may follow."""
    decision_id = _decision_of(db, chat_id, external_id, now)
    if decision_id is not None:
        _keep(db, chat_id, decision_id, "recalled", _said(db, decision_id), None, now)


def note_rewording(db: Database, chat_id: int, external_id: str, text: str, now: int) -> None:
    """Note that the owner changed a message of the twin's on the platform, to this text.

    The other messages of the reply stay in the pair as they are.
    """
    decision_id = _decision_of(db, chat_id, external_id, now)
    if decision_id is not None:
        lines = db.execute(
            "SELECT iif(m.external_id = ?, ?, o.text) FROM outbox o LEFT JOIN messages m "
            "ON m.chat_id = o.chat_id AND m.external_id = o.external_id "
            f"WHERE o.decision_id = ? AND {_SAID} ORDER BY o.id",
            [external_id, text, decision_id],
        )
        chosen = "\n".join(line for (line,) in lines)
        _keep(db, chat_id, decision_id, "edited", _said(db, decision_id), chosen, now)


def _decision_of(db: Database, chat_id: int, external_id: str, now: int) -> int | None:
    """The decision of a message that the twin sent lately."""
    row = db.execute(
        "SELECT o.decision_id FROM messages m JOIN chats c ON c.id = m.chat_id "
        "JOIN outbox o ON o.chat_id = m.chat_id WHERE m.chat_id = :chat AND c.kind != 'self' "
        "AND m.external_id = :message AND m.origin = 'twin' "
        f"AND ABS(:now - m.sent_at) <= :window AND {_SAID} "
        # The id that sending returned and the id of the echo may be two.
        "AND (o.external_id = m.external_id OR o.text = m.text) ORDER BY "
        f"o.external_id IS m.external_id DESC, ABS({_SENT_AT} - m.sent_at), o.id DESC LIMIT 1",
        {"chat": chat_id, "message": external_id, "now": now, "window": RECALL_MS},
    ).fetchone()
    return None if row is None else int(row[0])


def note_owner_words(db: Database, message_id: int) -> None:
    """Note a message of the owner: it may begin a pair, or add words to one."""
    row = db.execute(
        "SELECT m.chat_id, m.text, m.sent_at FROM messages m JOIN chats c ON c.id = m.chat_id "
        "WHERE m.id = ? AND m.kind = 'text' AND c.kind != 'self'",
        [message_id],
    ).fetchone()
    if row is None or not is_visible(row[1]):
        return
    if not _go_on(db, *row):
        _contradict(db, *row)


def count_corrections(db: Database) -> dict[str, int]:
    """How many pairs there are with words of the owner, by how they were given."""
    rows = db.execute("SELECT how, chosen FROM corrections WHERE chosen IS NOT NULL ORDER BY how")
    return dict(Counter(how for how, chosen in rows.fetchall() if chosen.strip()))


def _go_on(db: Database, chat_id: int, text: str, at: int) -> bool:
    """Add the words to the chat's last pair, if it is still open for them."""
    row = db.execute(
        "SELECT k.id, k.how, k.at, d.last_message_id FROM corrections k "
        "JOIN decisions d ON d.id = k.decision_id WHERE k.chat_id = ? AND k.how != 'edited' "
        "ORDER BY k.id DESC LIMIT 1",
        [chat_id],
    ).fetchone()
    if row is None:
        return False
    number, how, began, asked = row
    # The friend may have answered before the recall: that does not end the pair.
    window, since = (RECALL_MS, began) if how == "recalled" else (CONTRADICTION_MS, 0)
    if not _is_soon(began, at, window) or _friend_wrote(db, chat_id, asked, since):
        return False
    db.execute(
        "UPDATE corrections SET chosen = COALESCE(chosen || char(10), '') || ? WHERE id = ?",
        [text, number],
    )
    return True


def _contradict(db: Database, chat_id: int, text: str, at: int) -> None:
    row = db.execute(
        f"SELECT o.decision_id, {_SENT_AT}, o.approved_at, d.last_message_id FROM outbox o "
        f"JOIN decisions d ON d.id = o.decision_id WHERE o.chat_id = ? AND {_SAID} "
        f"ORDER BY {_SENT_AT} DESC, o.id DESC LIMIT 1",
        [chat_id],
    ).fetchone()
    if row is None:
        return
    decision_id, sent_at, approved_at, asked = row
    # What the owner approved is what they wanted, so their next words are no objection to it.
    if approved_at is not None or not _is_soon(sent_at, at, CONTRADICTION_MS):
        return
    if not _friend_wrote(db, chat_id, asked):
        _keep(db, chat_id, decision_id, "contradicted", _said(db, decision_id), text, at)


def _is_soon(begin: int, at: int, window: int) -> bool:
    """Whether `at` is within the window. Platforms may round down: one second is not earlier."""
    return begin // 1000 * 1000 <= at <= begin + window


def _friend_wrote(db: Database, chat_id: int, after: int, since: int = 0) -> bool:
    """Whether a message of the friend was logged after that one, and sent since then."""
    row = db.execute(
        "SELECT 1 FROM messages WHERE chat_id = ? AND origin = 'peer' AND source = 'live' "
        "AND id > ? AND sent_at >= ? LIMIT 1",
        [chat_id, after, since // 1000 * 1000],
    ).fetchone()
    return row is not None


def _said(db: Database, decision_id: int) -> str:
    rows = db.execute(
        f"SELECT o.text FROM outbox o WHERE o.decision_id = ? AND {_SAID} ORDER BY o.id",
        [decision_id],
    )
    return "\n".join(text for (text,) in rows)


def _keep(
    db: Database,
    chat_id: int,
    decision_id: int,
    how: How,
    rejected: str,
    chosen: str | None,
    at: int,
) -> None:
    """Store a decision's first pair. The same words again are no preference."""
    if chosen != rejected:
        db.execute(
            "INSERT INTO corrections (chat_id, decision_id, how, rejected, chosen, at) "
            "VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (decision_id) DO NOTHING",
            [chat_id, decision_id, how, rejected, chosen, at],
        )
