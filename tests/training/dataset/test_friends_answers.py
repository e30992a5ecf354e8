import pytest
from sqlite_utils import Database

from storage.chats import upsert_chat, upsert_contact
from storage.messages import NewMessage, Origin, log_message
from training.dataset.friends_answers import friends_answers
from twin.config.schema import Config

MINUTE = 60_000


@pytest.fixture
def said(db: Database) -> Database:
    """A friend speaks first, answers twice, and answers what the twin said."""
    ann = upsert_chat(db, "test", "Ann", "Ann").id
    lines: list[tuple[Origin, str]] = [
        ("peer", "hello, you"),
        ("owner", "hi, where?"),
        ("peer", "at home"),
        ("peer", "call 0151 12345678"),
        ("twin", "who is there?"),
        ("peer", "only me"),
        ("owner", "bye"),
    ]
    for at, (origin, text) in enumerate(lines):
        log_message(db, NewMessage(ann, origin, text, at * MINUTE))
    return db


def test_answers_of_friends_are_what_they_say_after_the_owner(
    said: Database, config: Config
) -> None:
    first, second = friends_answers(said, config, 10)
    assert first.startswith("at home\ncall ")
    assert "12345678" not in first
    assert second == "only me"
    assert friends_answers(said, config, 1) == ["only me"]
    assert friends_answers(said, config, 0) == []


def test_placeholders_are_counted_in_each_chat_by_itself(said: Database, config: Config) -> None:
    bo = upsert_chat(said, "test", "Bo", "Bo").id
    log_message(said, NewMessage(bo, "owner", "your number?", 10 * MINUTE))
    log_message(said, NewMessage(bo, "peer", "call 0152 87654321", 11 * MINUTE))
    first, _, third = friends_answers(said, config, 10)
    assert first.endswith("call [PHONE_1]")
    assert third == "call [PHONE_1]"


def test_no_sender_stands_before_the_words_of_a_group(db: Database, config: Config) -> None:
    group = upsert_chat(db, "test", "Team", "Team", kind="group").id
    log_message(db, NewMessage(group, "owner", "who comes?", 0))
    bo = upsert_contact(db, "test", "bo", "Bo")
    log_message(db, NewMessage(group, "peer", "me", MINUTE, sender_id=bo))
    assert friends_answers(db, config, 10) == ["me"]


def test_a_chat_that_may_not_be_learnt_from_lends_nothing(said: Database, config: Config) -> None:
    privacy = config.privacy.model_copy(update={"excluded_chats": ("Ann",)})
    assert friends_answers(said, config.model_copy(update={"privacy": privacy}), 10) == []
