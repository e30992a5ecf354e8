"""What was read in files is found like words, and is nobody's fact."""

import pytest
from sqlite_utils import Database

from storage.chats import get_chat
from storage.media_texts import confirm_media_text, store_media_text
from storage.messages import NewMessage, Origin, log_message, messages_of_chat
from tests.twin.memory.looking_up import HOUR, NOW, Way, found, say
from twin.config.schema import Config
from twin.memory.block import language_of
from twin.memory.extraction.sources import usable
from twin.memory.lookup import look_up
from twin.memory.questions import asks_for_fact


def send(
    db: Database, chat: int, hour: int, read: str, kind: str = "voice", origin: Origin = "peer"
) -> int:
    path = f"media/{hour}"
    number = log_message(db, NewMessage(chat, origin, "", hour * HOUR, kind=kind, media=path))
    assert number is not None
    store_media_text(db, number, path, read, reader="reads", at=1)
    return number


@pytest.mark.parametrize(
    ("kind", "shown"),
    [
        ("voice", "[voice] the boat sank"),
        ("image", "[picture with text: the boat sank]"),
        ("sticker", "[sticker: the boat sank]"),
    ],
)
def test_a_friends_files_are_found_as_a_quotation(
    db: Database, config: Config, ann: int, way: Way, kind: str, shown: str
) -> None:
    number = send(db, ann, 1, "the boat sank", kind)
    way(db, config)
    [line] = look_up(db, config, ann, "what happened to the boat?", before=NOW)
    assert (line.text, line.messages, line.speaker) == (shown, (number,), "friend")


def test_the_owners_voice_is_found_once_it_is_their_words(
    db: Database, config: Config, ann: int, way: Way
) -> None:
    number = send(db, ann, 1, "the boat sang", origin="owner")
    send(db, ann, 2, "the boat sang", "image", origin="owner")
    way(db, config)
    assert found(db, config) == []
    every = config.with_values("media", own_voices=True)
    way(db, every)
    assert found(db, every) == ["the boat sang"]
    confirm_media_text(db, number, "the boat sank", at=2)
    way(db, config)
    assert found(db, config) == ["the boat sank"]


def test_a_blocked_word_in_a_file_is_not_shown(
    db: Database, config: Config, ann: int, way: Way
) -> None:
    send(db, ann, 1, "the boat sank")
    way(db, config)
    blocked = config.with_values("privacy", blocked_words=["SANK"])
    assert found(db, blocked) == []


def test_files_state_no_facts(db: Database, config: Config, ann: int) -> None:
    send(db, ann, 1, "my boss is called Marge")
    say(db, "my boss is called Lisa", 2, origin="peer")
    chat = get_chat(db, ann)
    messages = list(messages_of_chat(db, ann))
    assert [one.text for one in usable(messages, chat, config)] == ["my boss is called Lisa"]


def test_a_mark_is_no_word_of_the_question(db: Database, config: Config, ann: int) -> None:
    say(db, "what a picture", 1)
    assert look_up(db, config, ann, "[picture]", before=NOW) == []
    assert asks_for_fact("[voice] where do you live?") == "where"
    assert language_of(["[picture with text: 转账]"]) == "zh"
