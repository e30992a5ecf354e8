"""Make two chats of the log one, without what would then be there twice."""

import json
from collections.abc import Sequence
from typing import NamedTuple

from sqlite_utils import Database

from storage.chats import get_chat, set_note
from storage.database import transaction
from storage.errors import InputError
from storage.importers.merge_files import move_files
from storage.importers.minute_dedupe import log_beside_minutes, newest_message
from storage.messages import NewMessage
from storage.people import drop_lone_people
from storage.texts import Text
from storage.unread import mark_seen

PIECE = 2000  # messages that are moved at once: the bot writes in between
_FIELDS = ", ".join(NewMessage._fields)
_ANSWERED = ("decisions", "outbox", "invites", "corrections")
# Of facts, those that the owner wrote: the others go with their messages.
_OF_CHAT = (
    *("excluded_answers", "adapter_chats", "people", "consents", "releases", "facts"),
    "blind_links",
)
_MINUTE_MS = 60_000
# One of the two may know the minute alone.
_RECALL = (
    "UPDATE messages SET recalled_at = COALESCE(recalled_at, :recalled_at) WHERE chat_id = :new "
    "AND sent_at BETWEEN :minute AND :minute + 59999 AND text = :text "
    "AND (origin = 'peer') = :of_friend"
)
# The same message in the new chat: either of the two may know the minute alone.
_SAME = (
    "SELECT n.id FROM messages o JOIN messages n ON n.chat_id = :chat "
    "AND n.sent_at BETWEEN o.sent_at - 59999 AND o.sent_at + 59999 "
    "AND n.origin = o.origin AND n.text = o.text AND n.kind = o.kind "
    "WHERE o.id = :old ORDER BY ABS(n.sent_at - o.sent_at), n.id LIMIT 1"
)
_UNDECIDED = (
    "DELETE FROM facts WHERE message_id = :new AND state = 'proposed' AND EXISTS ("
    "SELECT 1 FROM facts o WHERE o.message_id = :old AND o.state != 'proposed' "
    "AND o.kind = facts.kind AND o.slot IS facts.slot AND o.value = facts.value)"
)


class LoggedDouble(NamedTuple):
    """Two chats of the log, by their rows and names; the old one becomes part of the new one."""

    old: int
    new: int
    old_name: str
    new_name: str


def check_mergeable(db: Database, doubles: Sequence[LoggedDouble]) -> None:
    """Raises InputError where the bot has a part in the old chat: only what is logged can move."""
    for double in doubles:
        if not _is_answered(db, double.old):
            continue
        if _is_answered(db, double.new):
            raise InputError(
                Text(
                    "the same chat {old}, {new}: the bot has answered in both, so they stay two; "
                    "import without it",
                    old=double.old_name,
                    new=double.new_name,
                )
            )
        raise InputError(
            Text(
                "the same chat {old}, {new}: the bot has answered in {old}, so keep that one: "
                '"{new}={old}"',
                old=double.old_name,
                new=double.new_name,
            )
        )


def _is_answered(db: Database, chat: int) -> bool:
    return any(
        db.execute(f"SELECT 1 FROM {table} WHERE chat_id = ? LIMIT 1", [chat]).fetchone()
        for table in _ANSWERED
    )


def merge_chats(db: Database, double: LoggedDouble) -> None:
    """Move what is in the old chat. When it is interrupted, the next import goes on with it."""
    chats = {"old": double.old, "new": double.new}
    with transaction(db):
        _take_back(db, **chats)
    last = newest_message(db)
    while _move(db, last=last, **chats):
        pass
    with transaction(db):
        for table in _OF_CHAT:
            db.execute(f"UPDATE OR IGNORE {table} SET chat_id = :new WHERE chat_id = :old", chats)
            db.execute(f"DELETE FROM {table} WHERE chat_id = ?", [double.old])
        drop_lone_people(db)
        if note := get_chat(db, double.new).note or get_chat(db, double.old).note:
            set_note(db, double.new, note)
        mark_seen(db, double.new)  # what was moved has new numbers
        db.execute("DELETE FROM chats WHERE id = ?", [double.old])


def _take_back(db: Database, old: int, new: int) -> None:
    """What was taken back in one of them was in the other."""
    rows = db.execute(
        "SELECT sent_at, text, origin = 'peer', recalled_at FROM messages "
        "WHERE chat_id = ? AND recalled_at IS NOT NULL AND text != ''",
        [old],
    ).fetchall()
    for sent_at, text, of_friend, recalled_at in rows:
        minute = sent_at // _MINUTE_MS * _MINUTE_MS
        given = {"minute": minute, "text": text, "of_friend": of_friend}
        db.execute(_RECALL, {**given, "new": new, "recalled_at": recalled_at})


def _move(db: Database, old: int, new: int, last: int) -> bool:
    with transaction(db):
        rows = db.execute(
            f"SELECT id, {_FIELDS} FROM messages WHERE chat_id = ? ORDER BY sent_at, id LIMIT ?",
            [old, PIECE],
        ).fetchall()
        moved = [NewMessage(*fields)._replace(chat_id=new) for _, *fields in rows]
        log_beside_minutes(db, new, moved, last)
        ids = [row[0] for row in rows]
        for message in _with_facts(db, ids):
            _move_facts(db, message, new)
        move_files(db, ids, new)
        db.conn.executemany("DELETE FROM messages WHERE id = ?", [(id_,) for id_ in ids])
    return bool(rows)


def _with_facts(db: Database, messages: Sequence[int]) -> list[int]:
    rows = db.execute(
        "SELECT DISTINCT message_id FROM facts "
        "WHERE message_id IN (SELECT value FROM json_each(?))",
        [json.dumps(messages)],
    )
    return [row[0] for row in rows.fetchall()]


def _move_facts(db: Database, message: int, chat: int) -> None:
    """What the owner decided about a fact stays with it, also where the new chat states it too."""
    row = db.execute(_SAME, {"old": message, "chat": chat}).fetchone()
    if row is None:
        return
    both = {"old": message, "new": row[0]}
    db.execute(_UNDECIDED, both)
    db.execute(
        "UPDATE OR IGNORE facts SET (chat_id, message_id) = (:chat, :new) WHERE message_id = :old",
        {**both, "chat": chat},
    )
