"""Messages whose file nobody has read."""

from sqlite_utils import Database

from storage.chats import upsert_chat
from storage.media_texts import store_media_text
from storage.messages import NewMessage, log_message, mark_recalled
from twin.media.pending import Unread, count_unread, unread_media, unread_message

KINDS = ["image", "voice"]


def logged(db: Database, kind: str, media: str | None, *, at: int = 1, source: str = "live") -> int:
    chat = upsert_chat(db, "fake", "ann", "Ann")
    name = f"{kind}-{media}-{at}"
    new = NewMessage(
        chat.id, "peer", "", at, kind=kind, source=source, external_id=name, media=media
    )
    message_id = log_message(db, new)
    assert message_id is not None
    return message_id


def ids(db: Database, **how: object) -> list[int]:
    return [one.message_id for one in unread_media(db, KINDS, **how)]  # type: ignore[arg-type]


def test_the_newest_first_until_they_are_read(db: Database) -> None:
    first, second = logged(db, "image", "media/a"), logged(db, "voice", "media/b")
    logged(db, "image", None)
    logged(db, "file", "media/c")
    assert ids(db) == [second, first]
    assert ids(db, most=1) == [second]
    assert unread_media(db, KINDS, most=1) == [Unread(second, "voice", "media/b", is_friends=True)]
    assert count_unread(db, KINDS) == 2
    assert unread_media(db, []) == []
    store_media_text(db, second, "media/b", "hello", reader="r", at=1)
    store_media_text(db, first, "media/a", "", reader="r", at=1, failure="broken")
    assert ids(db) == []
    assert unread_message(db, first, KINDS) is None


def test_what_was_taken_back_is_not_read(db: Database) -> None:
    message = logged(db, "image", "media/a")
    assert unread_message(db, message, KINDS) is not None
    assert unread_message(db, message, ["voice"]) is None
    chat = upsert_chat(db, "fake", "ann", "Ann")
    assert mark_recalled(db, chat.id, "image-media/a-1", 2)
    assert unread_message(db, message, KINDS) is None
    assert ids(db) == []


def test_what_came_as_it_was_written_and_since_when(db: Database) -> None:
    live = logged(db, "image", "media/a", at=5)
    logged(db, "image", "media/b", at=9, source="whatsapp")
    assert ids(db, live=True) == [live]
    assert ids(db, live=True, since=6) == []
    assert len(ids(db, since=5)) == 2


def test_it_is_found_by_an_index(db: Database) -> None:
    """A long log has few messages with a file."""
    plan = db.execute(
        "EXPLAIN QUERY PLAN SELECT m.id FROM messages m WHERE m.media IS NOT NULL "
        "AND m.recalled_at IS NULL ORDER BY m.id DESC LIMIT 10"
    ).fetchall()
    assert any("idx_messages_media" in row[-1] for row in plan)
