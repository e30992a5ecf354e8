from sqlite_utils import Database

from storage.chats import upsert_chat
from storage.media_texts import store_media_text
from storage.messages import mark_recalled, messages_of_chat
from tests.twin.stickers.logged import exchange, log, pause
from twin.config.schema import DatasetSettings
from twin.stickers.exchanges import answers


def seen(db: Database, chat: int) -> list[tuple[str, bool, bool, bool]]:
    found = answers(messages_of_chat(db, chat), DatasetSettings())
    return [(one.asked, one.has_sticker, one.alone, one.before) for one in found]


def test_where_in_its_answer_the_owners_sticker_stood(db: Database) -> None:
    chat = upsert_chat(db, "web", "ann", "Ann").id
    exchange(db, chat, "hi", "hello")
    exchange(db, chat, "good night", "*")
    exchange(db, chat, "I passed!", "wow", "*", "great")
    exchange(db, chat, "sorry", "*", "no problem")
    assert seen(db, chat) == [
        ("hi", False, False, False),
        ("good night", True, True, False),
        ("I passed!", True, False, False),
        ("sorry", True, False, True),
    ]


def test_what_is_no_answer_of_the_owners_counts_not(db: Database) -> None:
    chat = upsert_chat(db, "web", "ann", "Ann").id
    pause()
    log(db, chat, "owner", "", "sticker")  # they began
    log(db, chat, "peer", "haha")
    log(db, chat, "twin", "", "sticker")
    log(db, chat, "owner", "", "sticker")  # behind what the twin answered
    pause()
    log(db, chat, "peer", "are you there?")
    pause()
    log(db, chat, "owner", "", "sticker")  # a day later
    assert seen(db, chat) == []


def test_what_was_taken_back_was_not_sent(db: Database) -> None:
    chat = upsert_chat(db, "web", "ann", "Ann").id
    [_, sticker] = exchange(db, chat, "hi", "hello", "*")
    db.execute("UPDATE messages SET external_id = 's' WHERE id = ?", [sticker])
    mark_recalled(db, chat, "s", 5)
    assert seen(db, chat) == [("hi", False, False, False)]


def test_what_was_read_in_a_friends_file_was_asked_too(db: Database) -> None:
    chat = upsert_chat(db, "web", "ann", "Ann").id
    for read in ("good night", ""):
        pause()
        media = f"media/{read}.ogg"
        voice = log(db, chat, "peer", "", "voice", media=media)
        store_media_text(db, voice, media, read, reader="reads", at=1)
        log(db, chat, "owner", "", "sticker")
    assert [asked for asked, *_ in seen(db, chat)] == ["[voice] good night", ""]
