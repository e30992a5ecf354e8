"""What becomes of facts when two chats become one."""

from collections.abc import Callable

import pytest
from sqlite_utils import Database

from storage.chats import Chat, upsert_chat
from storage.facts import (
    Fact,
    NewFact,
    add_fact,
    enter_facts,
    get_fact,
    keep_facts,
    list_facts,
    reject_facts,
    release_facts,
)
from storage.importers.merge_logged import LoggedDouble, merge_chats
from storage.messages import NewMessage, log_message


@pytest.fixture
def ann(db: Database) -> Chat:
    return upsert_chat(db, "web", "Ann", "Ann")


@pytest.fixture
def imported(db: Database) -> Chat:
    return upsert_chat(db, "import", "Ann", "Ann")


def state(db: Database, of: Chat) -> int:
    """The owner says where they live; the number of that fact."""
    said = ("I live in Berlin", 100)
    message = log_message(db, NewMessage(of.id, "owner", *said))
    fact = NewFact(of.id, message, "owner", "home", "home", "berlin", *said, valid_from=100)
    assert enter_facts(db, [fact]) == 1
    return max(fact.id for fact in every_fact(db))


def every_fact(db: Database) -> list[Fact]:
    return list_facts(db, states=("proposed", "kept", "rejected"))[0]


def test_chats_that_become_one_keep_what_the_owner_wrote_of_their_friend(
    db: Database, ann: Chat, imported: Chat
) -> None:
    words = ("loves tea", "loves tea", 100, 100, None, "kept", "owner")
    for of, slot in ((imported, None), (ann, None), (imported, "tea")):
        add_fact(db, NewFact(of.id, None, "friend", "likes", slot, *words))  # type: ignore[arg-type]
    merge_chats(db, LoggedDouble(imported.id, ann.id, "Ann", "Ann"))
    assert [(fact.chat_id, fact.slot) for fact in every_fact(db)] == [
        *((ann.id, "tea"), (ann.id, None), (ann.id, None))
    ]


@pytest.mark.parametrize("decide", [reject_facts, release_facts, keep_facts])
def test_what_was_decided_in_one_of_two_chats_outlasts_what_was_not(
    db: Database, ann: Chat, imported: Chat, decide: Callable[[Database, list[int]], object]
) -> None:
    decided = state(db, imported)
    decide(db, [decided])
    before = get_fact(db, decided)
    state(db, ann)
    merge_chats(db, LoggedDouble(imported.id, ann.id, "Ann", "Ann"))
    [after] = every_fact(db)
    assert (after.chat_id, after.state) == (ann.id, before.state)
    assert after.for_everyone == before.for_everyone


def test_what_was_decided_in_the_new_chat_counts(db: Database, ann: Chat, imported: Chat) -> None:
    release_facts(db, [state(db, imported)])
    reject_facts(db, [state(db, ann)])
    merge_chats(db, LoggedDouble(imported.id, ann.id, "Ann", "Ann"))
    assert [(fact.state, fact.for_everyone) for fact in every_fact(db)] == [("rejected", False)]
