"""Facts that are looked up, with what was said and in its place."""

import pytest
from sqlite_utils import Database

from storage.chat_deletion import forget_chat
from storage.facts import About, NewFact, edit_fact, enter_facts, release_facts, withdraw_facts
from storage.messages import mark_recalled
from tests.twin.memory.fake_model import FakeModel
from tests.twin.memory.looking_up import ASKED, HOUR, NOW, Way, found, say
from twin.config.schema import Config
from twin.memory.index import bring_up_to_date
from twin.memory.lookup import look_up


def test_facts_are_found_with_what_was_said(
    db: Database, config: Config, ann: int, ben: int, model: FakeModel
) -> None:
    """By their words at once, by their meaning once indexed; a fact in place of its message."""
    say(db, "the boat sank", 1, ann, origin="peer")
    say(db, "I sank a boat once", 2, ben)
    say(db, "I like tea", 3, ben)
    texts = ["the boat sank", "I sank a boat once", "I like tea"]
    for at, text in enumerate(texts, 1):
        of, about = (ann, "friend") if at == 1 else (ben, "owner")
        enter_facts(db, [NewFact(of, at, about, "other", None, "", text, at, at)])  # type: ignore[arg-type]
    kinds = {"the boat sank": "friend", "I sank a boat once": "owner"}

    def shown(chat: int) -> dict[str, str]:
        lines = look_up(db, config, chat, ASKED, before=NOW)
        return {line.text: line.kind for line in lines}

    assert shown(ann) == {"the boat sank": "friend"}
    release_facts(db, [2, 3])
    assert shown(ann) == kinds
    bring_up_to_date(db, config)
    assert db["fact_vectors"].count == 3
    assert shown(ann) == kinds
    withdraw_facts(db, [2])
    assert shown(ann) == {"the boat sank": "friend"}
    edit_fact(db, 3, "I like coffee", 3, None)
    assert db["fact_vectors"].count == 2
    forget_chat(db, ann)
    assert [row["fact_id"] for row in db["fact_vectors"].rows] == [2]


@pytest.mark.parametrize(
    ("text", "fact", "about"),
    [
        ("I live in Berlin. the boat sank", "I live in Berlin", "friend"),
        ("the boat sank, anyway I'm allergic to nuts", "I'm allergic to nuts", "friend"),
        ("我住在柏林。the boat sank", "我住在柏林", "friend"),
        ("I live in Berlin. the boat sank", "I live in Berlin", "owner"),
    ],
)
def test_a_message_that_states_a_fact_is_found_for_what_else_it_says(
    db: Database, config: Config, ann: int, way: Way, text: str, fact: str, about: About
) -> None:
    say(db, text, 1, ann, origin="owner" if about == "owner" else "peer")
    enter_facts(db, [NewFact(ann, 1, about, "other", None, "", fact, HOUR, HOUR)])
    release_facts(db, [1] if about == "owner" else [])
    way(db, config)
    assert found(db, config) == [text]
    assert found(db, config, question=f"what about {fact}?") == [fact]


def lives(db: Database, chat: int, place: str, hour: int) -> None:
    say(db, f"I live in {place}", hour, chat)
    (message,) = db.execute("SELECT MAX(id) FROM messages").fetchone()
    at, text = hour * HOUR, f"I live in {place}"
    enter_facts(db, [NewFact(chat, message, "owner", "home", "home", place.lower(), text, at, at)])


def test_what_a_newer_fact_replaced_is_not_shown_but_where_the_past_is_asked_for(
    db: Database, config: Config, ann: int, ben: int, way: Way
) -> None:
    lives(db, ann, "Berlin", 1)
    way(db, config)
    where = "where do you live?"
    assert found(db, config, ann, where) == ["I live in Berlin"]
    lives(db, ben, "Paris", 9)
    assert found(db, config, ann, where) == []
    assert found(db, config, ann, where, before=9 * HOUR) == ["I live in Berlin"]
    assert found(db, config, ann, "where did you live before?") == ["I live in Berlin"]
    mark_recalled(db, ben, "9 I live in Paris", at=NOW)
    assert found(db, config, ann, where) == ["I live in Berlin"]
