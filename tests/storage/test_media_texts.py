"""What was read in a file is found and goes like the message, and changes nothing of it."""

import pytest
from sqlite_utils import Database

from storage import stale_chats
from storage.chat_deletion import forget_chat
from storage.chats import upsert_chat
from storage.hits import page_of_hits
from storage.media_texts import (
    SAID,
    confirm_media_text,
    confirm_voices,
    media_text,
    media_texts_of,
    store_media_text,
    unconfirmed_voices,
)
from storage.messages import NewMessage, log_message, recent_messages
from storage.search import messages_with_any, search_messages

AT = 1_700_000_000_000
VOICE = "media/matrix/a.ogg"


@pytest.fixture
def chat(db: Database) -> int:
    return upsert_chat(db, "web", "ann", "Ann").id


@pytest.fixture
def voice(db: Database, chat: int) -> int:
    log_message(db, NewMessage(chat, "peer", "before", AT - 1))
    number = log_message(db, NewMessage(chat, "peer", "", AT, kind="voice", media=VOICE))
    assert number is not None
    return number


def found(db: Database, query: str) -> list[int]:
    return [hit.message.id for hit in page_of_hits(db, query)]


def test_it_stands_beside_the_message(db: Database, chat: int, voice: int) -> None:
    before = recent_messages(db, chat, 1)[0]
    assert (before.media_text, before.media_description) == (None, None)
    assert store_media_text(db, voice, VOICE, "明天下午三点见", reader="whisper", at=AT)
    after = recent_messages(db, chat, 1)[0]
    assert (after.text, after.media_text, after.media_description) == ("", "明天下午三点见", "")


def test_it_is_found_and_what_was_read_before_is_not(db: Database, voice: int) -> None:
    store_media_text(db, voice, VOICE, "明天下午三点见", reader="whisper", at=AT)
    assert found(db, "下午") == [voice]
    store_media_text(db, voice, VOICE, "later today", reader="whisper", at=AT, description="a cat")
    assert (found(db, "下午"), found(db, "later"), found(db, "cat")) == ([], [voice], [voice])
    assert [row["id"] for row in search_messages(db, "later")] == [voice]
    db.execute("UPDATE messages SET text = 'later on' WHERE id = ?", [voice])
    assert found(db, "later") == [voice]  # once, though both say so


def test_a_word_beside_a_picture_and_in_it_counts_once(db: Database) -> None:
    chat = upsert_chat(db, "matrix", "ann", "Ann").id
    new = NewMessage(chat, "peer", "the hotel", AT, "image", external_id="p", media=VOICE)
    picture = log_message(db, new)
    text = log_message(db, NewMessage(chat, "peer", "a hotel", AT + 1, external_id="t"))
    assert picture is not None
    store_media_text(db, picture, VOICE, "HOTEL", reader="r", at=AT)
    best, other = messages_with_any(db, [chat], ["hotel"], before=AT + 9, limit=9)
    assert (best.message_id, other.message_id) == (text, picture)
    assert best.weight == other.weight


def test_of_a_word_of_very_many_the_newest_count_in_files_too(
    db: Database, voice: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    chat = upsert_chat(db, "matrix", "ann", "Ann").id
    for number in range(4):
        log_message(db, NewMessage(chat, "peer", "a hotel", AT, external_id=f"t{number}"))
    new = NewMessage(chat, "peer", "", AT, "image", external_id="p", media=VOICE)
    picture = log_message(db, new)
    assert picture is not None
    for message in (voice, picture):
        store_media_text(db, message, VOICE, "HOTEL", reader="r", at=AT)
    monkeypatch.setattr("storage.search._COMMON", 3)
    matches = messages_with_any(db, [chat], ["hotel"], before=AT + 9, limit=9)
    assert [match.message_id for match in matches] == [picture, picture - 1, picture - 2]


def test_what_the_owner_confirmed_is_not_read_again(db: Database, voice: int) -> None:
    assert not confirm_media_text(db, voice, "nothing was read", at=AT)
    store_media_text(db, voice, VOICE, "see you at free", reader="whisper", at=AT)
    assert confirm_media_text(db, voice, "see you at three", at=AT)
    assert not store_media_text(db, voice, VOICE, "see you at tree", reader="better", at=AT)
    read = media_text(db, voice)
    assert read is not None
    assert (read.text, read.reader, read.confirmed_at is None) == (
        "see you at three",
        "whisper",
        False,
    )
    assert found(db, "three") == [voice]


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE messages SET media = 'media/matrix/b.ogg' WHERE id = ?",
        "UPDATE messages SET media = NULL WHERE id = ?",
        "UPDATE messages SET chat_id = (SELECT id FROM chats WHERE name = 'Ben') WHERE id = ?",
        "DELETE FROM messages WHERE id = ?",
    ],
)
def test_it_goes_with_the_file_the_chat_and_the_message(
    db: Database, voice: int, change: str
) -> None:
    upsert_chat(db, "web", "ben", "Ben")
    store_media_text(db, voice, VOICE, "tomorrow", reader="whisper", at=AT)
    db.execute(change, [voice])
    assert media_text(db, voice) is None
    assert found(db, "tomorrow") == []
    assert (
        not store_media_text(db, voice, VOICE, "tomorrow", reader="whisper", at=AT)
        or "chat_id" in change
    )


def test_forgetting_a_chat_takes_it_along(db: Database, chat: int, voice: int) -> None:
    store_media_text(db, voice, VOICE, "tomorrow", reader="whisper", at=AT)
    forget_chat(db, chat)
    assert db.table("media_texts").count == 0
    assert (
        db.execute("SELECT rowid FROM messages_fts WHERE messages_fts MATCH 'tomorrow'").fetchall()
        == []
    )


def test_the_passages_over_it_are_made_again(db: Database, chat: int, voice: int) -> None:
    for write in (
        lambda: store_media_text(db, voice, VOICE, "tomorrow", reader="whisper", at=AT),
        lambda: confirm_media_text(db, voice, "today", at=AT),
        lambda: db.execute("DELETE FROM media_texts"),
    ):
        db.execute("DELETE FROM stale_chats")
        db.execute("DELETE FROM passages")
        for began in (AT - 10, AT + 10):
            db.execute(
                "INSERT INTO passages (chat_id, began_at, ended_at, first_message, last_message, "
                "digest, vector) VALUES (?, ?, ?, 1, 2, x'00', x'00')",
                [chat, began, began + 15],
            )
        write()
        assert [row["began_at"] for row in db.table("passages").rows] == [AT + 10]
        assert [stale.chat_id for stale in stale_chats.stale_chats(db)] == [chat]


def test_of_voices_the_owners_alone_wait_for_their_word(db: Database, chat: int) -> None:
    numbers = []
    for at, (origin, kind, read) in enumerate(
        (
            ("owner", "voice", "one"),
            ("peer", "voice", "two"),
            ("owner", "image", "three"),
            ("owner", "voice", ""),
            ("owner", "voice", "five"),
        )
    ):
        path = f"media/{at}"
        message = NewMessage(chat, origin, "", AT + at, kind=kind, media=path)  # type: ignore[arg-type]
        number = log_message(db, message)
        assert number is not None
        store_media_text(db, number, path, read, reader="whisper", at=AT)
        numbers.append(number)
    first, hers, picture, _, last = numbers
    assert unconfirmed_voices(db, before=(AT + 99, 0), limit=9) == [last, first]
    assert unconfirmed_voices(db, before=(AT + 4, last), limit=9) == [first]
    assert confirm_voices(db, {first: "1", hers: "2", picture: "3", 99: "x"}, at=AT) == 1
    assert unconfirmed_voices(db, before=(AT + 99, 0), limit=9) == [last]
    found = media_texts_of(db, [first, hers, 99])
    assert {number: one.text for number, one in found.items()} == {first: "1", hers: "two"}


def test_what_a_message_says_names_what_it_is(db: Database, chat: int) -> None:
    for at, (kind, text, read) in enumerate(
        (
            ("voice", "", "hi"),
            ("image", "look", "EXIT"),
            ("sticker", "", None),
            ("text", "so", None),
        )
    ):
        path = f"media/{at}"
        number = log_message(db, NewMessage(chat, "peer", text, AT + at, kind=kind, media=path))
        if number is not None and read is not None:
            store_media_text(db, number, path, read, reader="reads", at=AT)
    rows = db.execute(f"SELECT {SAID.format('m')} FROM messages m ORDER BY id").fetchall()
    assert [said for (said,) in rows] == ["[voice] hi", "[image] look EXIT", "[sticker]", "so"]
