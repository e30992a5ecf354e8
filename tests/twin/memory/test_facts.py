"""Which facts the twin is shown, and what the owner may write as one."""

from typing import Any

import pytest
from sqlite_utils import Database

from storage.chats import Chat, upsert_chat
from storage.errors import InputError
from storage.facts import About, NewFact, enter_facts, list_facts, release_facts
from storage.messages import NewMessage, log_message
from twin.actions import Actions
from twin.config.schema import Config
from twin.memory.facts import fact_line, shown_facts
from twin.memory.line import Line

LATER = 10_000


def with_settings(config: Config, section: str, **values: Any) -> Config:
    changed = getattr(config, section).model_copy(update=values)
    return config.model_copy(update={section: changed})


@pytest.fixture
def ann(db: Database) -> Chat:
    return upsert_chat(db, "web", "ann", "Ann")


@pytest.fixture
def ben(db: Database) -> Chat:
    return upsert_chat(db, "web", "ben", "Ben")


def state(db: Database, of: Chat, text: str, about: About = "owner", at: int = 100) -> int:
    origin = "owner" if about == "owner" else "peer"
    message = log_message(db, NewMessage(of.id, origin, text, at)) or 0  # type: ignore[arg-type]
    enter_facts(db, [NewFact(of.id, message, about, "likes", text, "yes", text, at, at)])
    number = list_facts(db)[0][0].id
    if about == "owner":
        release_facts(db, [number])
    return message


def facts_for(db: Database, config: Config, chat_id: int, before: int) -> list[Line]:
    return [fact_line(fact) for fact in shown_facts(db, config, chat_id, before)]


def shown(db: Database, config: Config, to: Chat) -> list[str]:
    return [line.text for line in facts_for(db, config, to.id, LATER)]


def test_a_fact_is_a_line_with_its_message(db: Database, config: Config, ann: Chat) -> None:
    mine = state(db, ann, "I love tea")
    hers = state(db, ann, "I hate tea", "friend", at=50)
    assert facts_for(db, config, ann.id, LATER) == [
        Line("I love tea", (mine,), 100, "owner", "owner"),
        Line("I hate tea", (hers,), 50, "friend", "friend"),
    ]


def test_the_scopes_are_kept_to(db: Database, config: Config, ann: Chat) -> None:
    state(db, ann, "I love tea")
    state(db, ann, "I hate tea", "friend")
    for scopes, texts in ((("me",), ["I love tea"]), (("friend",), ["I hate tea"]), ((), [])):
        assert shown(db, with_settings(config, "memory", scopes=scopes), ann) == texts


def test_what_is_said_twice_is_shown_once(
    db: Database, config: Config, ann: Chat, ben: Chat
) -> None:
    state(db, ann, "I love tea")
    state(db, ben, "I love tea", at=200)
    assert [line.said_at for line in facts_for(db, config, ann.id, LATER)] == [200]


def test_what_privacy_forbids_by_now_is_not_shown(
    db: Database, config: Config, ann: Chat, ben: Chat
) -> None:
    for text in ("I love tea", "I love gin"):
        state(db, ann, text)
    assert shown(db, with_settings(config, "privacy", blocked_words=("GIN",)), ben) == [
        "I love tea"
    ]
    assert shown(db, with_settings(config, "privacy", excluded_chats=("Ann",)), ben) == []
    assert len(shown(db, with_settings(config, "privacy", excluded_chats=("Ben",)), ben)) == 2


def test_the_owner_writes_changes_and_takes_facts_back(
    db: Database, config: Config, ann: Chat, ben: Chat
) -> None:
    actions = Actions(config, db)
    number = actions.add_fact(" I love\ntea ", "food").id
    assert shown(db, config, ann) == []
    actions.release_facts([number], [ann.id])
    now = list_facts(db)[0][0].said_at
    assert [line.text for line in facts_for(db, config, ann.id, now + 1)] == ["I love tea"]
    assert facts_for(db, config, ben.id, now + 1) == []
    actions.edit_fact(number, "I love green tea", now)
    assert facts_for(db, config, ann.id, now + 1)[0].text == "I love green tea"
    actions.withdraw_facts([number])
    assert facts_for(db, config, ann.id, now + 1) == []
    actions.reject_facts([number])
    actions.delete_facts([number])
    theirs = actions.add_fact("loves tea", "food", ann.id)
    [line] = facts_for(db, config, ann.id, theirs.said_at + 1)
    assert (line.kind, line.speaker) == ("friend", "owner")
    assert facts_for(db, config, ben.id, theirs.said_at + 1) == []


@pytest.mark.parametrize(
    ("text", "kind", "wrong"),
    [
        ("  ", "home", "an empty fact"),
        ("\u200b", "home", "an empty fact"),
        ("x" * 201, "home", "201 characters"),
        ("call me at +44 20 7946 0958", "other", "7946"),
        ("my password is hunter2xyz", "other", "leave it out"),
        ("I love tea", "tea", "no such kind"),
    ],
)
def test_what_is_no_fact(db: Database, config: Config, text: str, kind: str, wrong: str) -> None:
    with pytest.raises(InputError, match=wrong):
        Actions(config, db).add_fact(text, kind)
    assert list_facts(db) == ([], 0)
