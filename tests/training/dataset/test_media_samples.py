"""Files in a chat: a friend's are context, the owner's are no target, and without them nothing is
other than before.
"""

import pytest
from sqlite_utils import Database

from storage.chats import upsert_chat
from storage.media_texts import confirm_media_text, store_media_text
from storage.messages import NewMessage, Origin, log_message
from training.dataset.build import build
from training.dataset.pairing import OPENING
from training.dataset.samples import HOLDS_BLOCKED, NOT_TEXT, Sample
from twin.config.schema import Config

MINUTE = 60_000


@pytest.fixture
def ann(db: Database) -> int:
    return upsert_chat(db, "test", "ann", "Ann").id


def log(
    db: Database,
    chat: int,
    at: int,
    origin: Origin,
    text: str = "",
    kind: str = "text",
    read: str | None = None,
) -> int:
    path = f"media/{chat}-{at}"
    number = log_message(
        db,
        NewMessage(
            chat, origin, text, at * MINUTE, kind=kind, media=None if read is None else path
        ),
    )
    assert number is not None
    if read is not None:
        store_media_text(db, number, path, read, reader="reads", at=1)
    return number


def sides(db: Database, config: Config) -> list[tuple[str, str]]:
    return [(sample.input, sample.output) for sample in samples(db, config)]


def samples(db: Database, config: Config) -> list[Sample]:
    built = build(db, config)
    return [*built.train, *built.held_out]


def changed(config: Config, section: str, **values: object) -> Config:
    return config.with_values(section, **values)


def test_a_friends_files_are_what_is_answered(db: Database, config: Config, ann: int) -> None:
    log(db, ann, 0, "peer", kind="voice", read="明天下午三点见")
    log(db, ann, 1, "owner", "好")
    log(db, ann, 2, "peer", kind="image", read="")
    log(db, ann, 3, "peer", "nice?")
    log(db, ann, 4, "owner", "very")
    log(db, ann, 5, "peer", kind="sticker")
    log(db, ann, 6, "owner", "haha")
    found = samples(db, config)
    assert [(one.input, one.output) for one in found] == [
        ("[voice] 明天下午三点见", "好"),
        ("[picture]\nnice?", "very"),
        ("[sticker]", "haha"),
    ]
    assert found[2].history[0] == ("[voice] 明天下午三点见", "好")


def test_the_owners_files_are_neither_learnt_nor_shown(
    db: Database, config: Config, ann: int
) -> None:
    log(db, ann, 0, "peer", "where are you?")
    log(db, ann, 1, "owner", kind="image", read="EXIT")
    log(db, ann, 2, "owner", kind="voice", read="in the stay shun")
    log(db, ann, 3, "owner", "here")
    log(db, ann, 4, "peer", "ok")
    log(db, ann, 5, "owner", kind="sticker", read="OK")
    assert sides(db, config) == [("where are you?", "here")]
    assert build(db, config).report["dropped"][NOT_TEXT] == 3


def test_the_owners_voice_is_learnt_when_they_say_that_it_is_right(
    db: Database, config: Config, ann: int
) -> None:
    log(db, ann, 0, "peer", "where are you?")
    voice = log(db, ann, 1, "owner", kind="voice", read="in the stay shun")
    log(db, ann, 2, "owner", "come")
    every = changed(config, "media", own_voices=True)
    assert sides(db, config) == [("where are you?", "come")]
    assert sides(db, every) == [("where are you?", "in the stay shun\ncome")]
    confirm_media_text(db, voice, "in the station", at=2)
    assert sides(db, config) == [("where are you?", "in the station\ncome")]
    confirm_media_text(db, voice, "", at=3)
    assert sides(db, every) == [("where are you?", "come")]


def test_what_is_private_or_blocked_is_so_in_a_file_too(
    db: Database, config: Config, ann: int
) -> None:
    log(db, ann, 0, "peer", kind="image", read="call 13812345678")
    log(db, ann, 1, "owner", "ok")
    log(db, ann, 2, "peer", kind="image", read="x " * 500 + "ORION")
    log(db, ann, 3, "owner", "wow")
    voice = log(db, ann, 4, "owner", kind="voice", read="orion")
    confirm_media_text(db, voice, "orion is late", at=2)
    blocked = changed(config, "privacy", blocked_words=["orion"])
    assert sides(db, blocked) == [("[picture with text: call [PHONE_1]]", "ok\nwow")]
    assert build(db, blocked).report["dropped"] == {HOLDS_BLOCKED: 2}


def test_by_the_recipes_rules_files_are_no_words(db: Database, config: Config, ann: int) -> None:
    log(db, ann, 0, "peer", "hi")
    log(db, ann, 1, "peer", kind="voice", read="there")
    log(db, ann, 2, "owner", "hello")
    assert sides(db, config.with_rules("classic")) == [("hi", "hello")]


def test_without_files_all_samples_are_as_before_there_were_any(
    db: Database, config: Config, ann: int
) -> None:
    """The hash was taken before files were read; an unchanged log is not to be trained again."""
    room = upsert_chat(db, "test", "room", "Room", kind="group").id
    for at in range(40):
        origin: Origin = "peer" if at % 3 else "owner"
        log(db, ann, at * 7, origin, f"[voice] {at} 你好 [picture: x] https://a.example/{at}")
        log(db, room, at * 7, origin, f"number {13800000000 + at}, \u200b[sticker]\nline")
    log(db, ann, 300, "peer", "a title", kind="link")
    log(db, ann, 301, "owner", "seen")
    built = build(db, config)
    assert built.report["untaught"][OPENING]
    assert built.hash == "0fbd06d38fcd23e3c8e812c749edece9"
