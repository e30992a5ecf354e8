"""Facts are proposed from new messages of the chats that are learnt from."""

import json
from typing import Any

import pytest
from sqlite_utils import Database

from storage.chats import Chat, upsert_chat
from storage.consent import record_consent, withdraw_consent
from storage.edits import change_wording
from storage.facts import get_fact, list_facts, reject_facts, release_facts
from storage.messages import NewMessage, log_message, mark_recalled
from tests.twin.memory.test_facts import with_settings
from twin.config.schema import Config
from twin.memory.extraction import propose
from twin.memory.extraction.propose import Proposed, propose_facts

MINUTE = 60_000


@pytest.fixture
def config(config: Config) -> Config:
    return with_settings(config, "memory", enabled=True)


@pytest.fixture
def ann(db: Database) -> Chat:
    return upsert_chat(db, "web", "ann", "Ann")


def say(db: Database, of: Chat, text: str, at: int = MINUTE, **more: Any) -> int:
    message = NewMessage(of.id, more.pop("origin", "owner"), text, at, **more)
    return log_message(db, message) or 0


def found(db: Database) -> list[tuple[str, str]]:
    return [(fact.about, fact.text) for fact in reversed(list_facts(db)[0])]


def test_each_message_is_read_once(db: Database, config: Config, ann: Chat) -> None:
    source = say(db, ann, "I moved to Rome")
    say(db, ann, "I hate gin", origin="peer")
    assert propose_facts(db, config) == Proposed(2, 2, True)
    assert found(db) == [("owner", "I moved to Rome"), ("friend", "I hate gin")]
    fact = list_facts(db, about="owner")[0][0]
    assert (fact.message_id, fact.state, fact.for_everyone, fact.chats) == (
        *(source, "proposed", False, ()),
    )
    assert propose_facts(db, config) == Proposed(0, 0, True)
    say(db, ann, "I love tea", 2 * MINUTE)
    assert propose_facts(db, config) == Proposed(1, 1, True)


def test_switched_off_nothing_is_read(db: Database, config: Config, ann: Chat) -> None:
    say(db, ann, "I moved to Rome")
    for off in ({"enabled": False}, {"extract": "off"}):
        assert propose_facts(db, with_settings(config, "memory", **off)) == Proposed(0, 0, True)
    assert found(db) == []


def test_what_gives_no_facts(db: Database, config: Config, ann: Chat) -> None:
    group = upsert_chat(db, "web", "us", "us", kind="group")
    own = upsert_chat(db, "web", "me", "me", kind="self")
    telegram = upsert_chat(db, "telegram", "777000", "Telegram")
    secret = upsert_chat(db, "web", "lawyer", "Lawyer")
    asks = upsert_chat(db, "telegram", "42", "Cid")
    for chat in (group, own, telegram, secret, asks):
        say(db, chat, "I moved to Rome")
        say(db, chat, "I moved to Oslo", origin="peer")
    say(db, ann, "I love gin")
    say(db, ann, "I moved to Paris", origin="twin")
    say(db, ann, "I moved to Lyon", kind="forward")
    say(db, ann, "I moved to Nice", recalled_at=5)
    forbids = with_settings(config, "privacy", excluded_chats=("Lawyer",), blocked_words=("gin",))
    propose_facts(db, forbids)
    assert [(fact.chat_id, fact.text) for fact in list_facts(db)[0]] == [
        (group.id, "I moved to Rome")
    ]
    record_consent(db, asks.id, None, 1)
    propose_facts(db, forbids)
    assert [fact.text for fact in list_facts(db, chat_id=asks.id)[0]] == [
        *("I moved to Oslo", "I moved to Rome"),
    ]
    withdraw_consent(db, asks.id, None, 2)
    assert list_facts(db, chat_id=asks.id)[0] == []


def test_a_chat_that_is_excluded_later_takes_back_what_it_proposed(
    db: Database, config: Config, ann: Chat
) -> None:
    say(db, ann, "I moved to Rome")
    say(db, ann, "I love tea")
    propose_facts(db, config)
    kept = list_facts(db, kind="likes")[0][0].id
    release_facts(db, [kept])
    propose_facts(db, with_settings(config, "privacy", excluded_chats=("Ann",)))
    assert [fact.id for fact in list_facts(db)[0]] == [kept]
    propose_facts(db, config)
    assert len(found(db)) == 2


def test_what_was_changed_is_read_again(db: Database, config: Config, ann: Chat) -> None:
    say(db, ann, "I moved to Rome", external_id="1")
    say(db, ann, "I love tea", external_id="2")
    propose_facts(db, config)
    change_wording(db, ann.id, "1", "I moved to Paris", at=5)
    mark_recalled(db, ann.id, "2", 5)
    assert found(db) == []
    assert propose_facts(db, config).facts == 1
    assert found(db) == [("owner", "I moved to Paris")]


@pytest.mark.parametrize("words", ["jk", "haha just kidding!", "骗你的", "🙃"])
def test_what_is_taken_back_as_a_joke_is_none(
    db: Database, config: Config, ann: Chat, words: str
) -> None:
    say(db, ann, "I moved to Rome")
    say(db, ann, "wow, jk?", 2 * MINUTE, origin="peer")
    say(db, ann, words, 3 * MINUTE)
    say(db, ann, "I love tea", 90 * MINUTE)
    propose_facts(db, config)
    assert found(db) == [("owner", "I love tea")]


def test_rejected_ones_do_not_come_back(db: Database, config: Config, ann: Chat) -> None:
    say(db, ann, "I moved to Rome")
    propose_facts(db, config)
    number = list_facts(db)[0][0].id
    reject_facts(db, [number])
    say(db, ann, "so I moved to Rome!", 9 * MINUTE)
    propose_facts(db, config)
    assert found(db) == []
    assert get_fact(db, number).state == "rejected"


def test_a_night_that_is_cut_goes_on_where_it_was(
    db: Database, config: Config, ann: Chat, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(propose, "BATCH", 2)
    for number in range(5):
        say(db, ann, f"I love drink {number}", number)
    assert propose_facts(db, config, longest_s=0) == Proposed(2, 2, False)
    assert propose_facts(db, config) == Proposed(3, 3, True)


def test_what_is_changed_while_it_is_read_is_read_again(
    db: Database, config: Config, ann: Chat, monkeypatch: pytest.MonkeyPatch
) -> None:
    say(db, ann, "I moved to Rome", external_id="1")
    read = propose._facts_in

    def edited_meanwhile(*given: Any) -> Any:
        found = read(*given)
        change_wording(db, ann.id, "1", "I moved to Paris", at=5)
        return found

    monkeypatch.setattr(propose, "_facts_in", edited_meanwhile)
    propose_facts(db, config)
    assert found(db) == [("owner", "I moved to Paris")]


def test_nothing_of_the_messages_is_logged(
    db: Database, config: Config, ann: Chat, caplog: pytest.LogCaptureFixture
) -> None:
    say(db, ann, "I moved to Rome")
    with caplog.at_level("INFO"):
        propose_facts(db, config)
    assert "1 messages read, 1 proposed" in caplog.text
    assert "Rome" not in json.dumps([record.getMessage() for record in caplog.records])
