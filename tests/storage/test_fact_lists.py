"""Lists of facts: each stands in one of them, with what is told beside it."""

import pytest
from sqlite_utils import Database

from storage.chats import Chat, upsert_chat
from storage.fact_lists import facts_by_standing, listed_facts, same_sentence
from storage.facts import NewFact, enter_facts, keep_facts, reject_facts, release_facts
from storage.messages import NewMessage, log_message

NOW = 10_000


@pytest.fixture
def ann(db: Database) -> Chat:
    return upsert_chat(db, "web", "ann", "Ann")


def state(
    db: Database, of: Chat, text: str, at: int, slot: str | None = None, until: int | None = None
) -> int:
    message = log_message(db, NewMessage(of.id, "owner", text, at))
    fact = NewFact(of.id, message, "owner", "home", slot, text, text, at, at, until)
    assert enter_facts(db, [fact]) == 1
    (number,) = db.execute("SELECT MAX(id) FROM facts").fetchone()
    return int(number)


def test_each_fact_stands_in_one_list(db: Database, ann: Chat) -> None:
    old, new = state(db, ann, "in Rome", 100, "home"), state(db, ann, "in Oslo", 200, "home")
    ended = state(db, ann, "a lodger", 300, until=400)
    released, kept, rejected = (state(db, ann, text, 500) for text in ("a cat", "a dog", "a yak"))
    release_facts(db, [released], [ann.id])
    keep_facts(db, [kept])
    reject_facts(db, [rejected])
    assert facts_by_standing(db, "owner", now=NOW) == {
        "proposed": [new],
        "released": [released],
        "kept": [kept],
        "over": [ended, old],
        "rejected": [rejected],
    }
    assert facts_by_standing(db, "owner", now=350)["over"] == [old]
    keep_facts(db, [rejected])
    found = facts_by_standing(db, "owner", now=NOW)
    assert (found["kept"], found["rejected"]) == ([rejected, kept], [])


def test_a_fact_is_listed_with_its_chat_its_people_and_what_replaced_it(
    db: Database, ann: Chat
) -> None:
    ben = upsert_chat(db, "web", "ben", "Ben")
    old, new = state(db, ann, "in Rome", 100, "home"), state(db, ann, "in Oslo", 200, "home")
    release_facts(db, [new], [ben.id])
    found = listed_facts(db, [old, 99, new], now=NOW)
    assert list(found) == [old, new]
    assert (found[old].standing, found[old].newer) == ("over", "in Oslo")
    assert (found[new].standing, found[new].to, found[new].newer) == ("released", (ben,), None)
    assert found[new].chat == ann


def test_what_one_sentence_states_is_listed_and_decided_on_together(
    db: Database, ann: Chat
) -> None:
    first = state(db, ann, "I hate figs, I like leek", 1)
    (message,) = db.execute("SELECT message_id FROM facts").fetchone()
    of_friend = NewFact(ann.id, message, "friend", "x", None, "x", "I hate figs, I like leek", 1, 1)
    own = of_friend._replace(about="owner")
    enter_facts(db, [own._replace(value="leek"), of_friend, own._replace(text="and more")])
    found = facts_by_standing(db, "owner", now=NOW)["proposed"]
    assert len(found) == 2
    assert first in found
    assert same_sentence(db, [first]) == [first, first + 1]
    assert same_sentence(db, found) == [first, first + 1, first + 3]
    release_facts(db, same_sentence(db, [first]))
    assert facts_by_standing(db, "owner", now=NOW)["released"] == [first]


def test_lists_are_of_a_kind_of_words_and_of_chats(db: Database, ann: Chat) -> None:
    ben = upsert_chat(db, "web", "ben", "Ben")
    percent, other = state(db, ann, "100% Oslo", 1), state(db, ben, "1000 in Oslo", 2)

    def proposed(**wanted: object) -> list[int]:
        found = facts_by_standing(db, "owner", now=NOW, **wanted)  # type: ignore[arg-type]
        return found["proposed"]

    assert proposed() == proposed(words="oslo") == proposed(kind="home") == [other, percent]
    assert proposed(words="0%") == proposed(chats=[ann.id]) == [percent]
    assert proposed(kind="work") == proposed(words="'; DROP") == proposed(chats=[]) == []
    assert facts_by_standing(db, "friend", now=NOW)["proposed"] == []
