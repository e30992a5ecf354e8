"""Facts go with their messages, and are known where the owner released them and nowhere else."""

import pytest
from sqlite_utils import Database

from storage.chat_deletion import forget_chat
from storage.chats import Chat, upsert_chat
from storage.clock_jumps import move_times
from storage.consent import withdraw_consent
from storage.edits import change_wording
from storage.errors import InputError
from storage.fact_reading import mark_read, unread_messages
from storage.facts import (
    About,
    Fact,
    NewFact,
    add_fact,
    delete_facts,
    edit_fact,
    enter_facts,
    get_fact,
    list_facts,
    reject_facts,
    release_facts,
    withdraw_facts,
)
from storage.importers.merge_logged import LoggedDouble, merge_chats
from storage.known_facts import known_facts
from storage.messages import NewMessage, log_message, mark_recalled
from storage.people import link_chats, unlink_chat

LATER = 10_000


def chat(db: Database, name: str, platform: str = "web", kind: str = "direct") -> Chat:
    return upsert_chat(db, platform, name, name, kind=kind)


@pytest.fixture
def ann(db: Database) -> Chat:
    return chat(db, "Ann")


@pytest.fixture
def ben(db: Database) -> Chat:
    return chat(db, "Ben")


def say(db: Database, of: Chat, text: str, at: int = 100, origin: str = "owner") -> int:
    message = NewMessage(of.id, origin, text, at, external_id=f"{text} {at}")  # type: ignore[arg-type]
    return log_message(db, message) or 0


def state(
    db: Database,
    of: Chat,
    value: str,
    at: int = 100,
    origin: str = "owner",
    until: int | None = None,
) -> int:
    """Somebody says where they live; the number of that fact."""
    message = say(db, of, f"I live in {value}", at, origin)
    about: About = "owner" if origin == "owner" else "friend"
    text = f"I live in {value}"
    fact = NewFact(of.id, message, about, "home", "home", value, text, at, at, until)
    assert enter_facts(db, [fact]) == 1
    return max(fact.id for fact in list_facts(db, states=("proposed", "kept", "rejected"))[0])


def known(db: Database, to: Chat, before: int = LATER) -> list[str]:
    return [fact.value for fact in known_facts(db, to.id, before)]


def every_fact(db: Database) -> list[Fact]:
    return list_facts(db, states=("proposed", "kept", "rejected"))[0]


def test_what_the_owner_says_is_known_where_they_released_it(
    db: Database, ann: Chat, ben: Chat
) -> None:
    number = state(db, ann, "berlin")
    assert known(db, ann) == known(db, ben) == []
    release_facts(db, [number], [ben.id])
    assert (known(db, ann), known(db, ben)) == ([], ["berlin"])
    release_facts(db, [number])
    assert known(db, ann) == ["berlin"]
    with pytest.raises(InputError, match="released for everyone"):
        withdraw_facts(db, [number], [ben.id])
    withdraw_facts(db, [number])
    assert known(db, ann) == known(db, ben) == []
    assert get_fact(db, number).state == "kept"


def test_what_a_friend_says_stays_in_the_chats_with_them(
    db: Database, ann: Chat, ben: Chat
) -> None:
    number = state(db, ann, "rome", origin="peer")
    assert (known(db, ann), known(db, ben)) == (["rome"], [])
    with pytest.raises(InputError, match="about a friend"):
        release_facts(db, [number])
    assert known(db, ben) == []


def test_linked_chats_share_until_they_are_unlinked(db: Database, ann: Chat, ben: Chat) -> None:
    elsewhere = chat(db, "Ann", "telegram")
    own = state(db, ben, "berlin")
    state(db, ann, "rome", 50, origin="peer")
    release_facts(db, [own], [ann.id])
    assert known(db, elsewhere) == []
    link_chats(db, ann.id, elsewhere.id)
    assert known(db, elsewhere) == ["berlin", "rome"]
    state(db, elsewhere, "oslo", 200, origin="peer")
    assert known(db, ann) == ["oslo", "berlin"]
    unlink_chat(db, elsewhere.id)
    assert known(db, elsewhere) == ["oslo"]
    assert known(db, ann) == ["berlin", "rome"]


def test_withdrawn_from_a_person_it_is_known_in_none_of_their_chats(
    db: Database, ann: Chat, ben: Chat
) -> None:
    elsewhere = chat(db, "Ann", "telegram")
    number = state(db, ben, "berlin")
    release_facts(db, [number], [ann.id])
    link_chats(db, ann.id, elsewhere.id)
    withdraw_facts(db, [number], [elsewhere.id])
    assert known(db, ann) == known(db, elsewhere) == []


def test_a_newer_fact_replaces_the_older_one_and_only_what_was_said_before_counts(
    db: Database, ann: Chat
) -> None:
    older, newer = state(db, ann, "berlin", 100), state(db, ann, "paris", 200)
    again = state(db, ann, "paris", 300)
    release_facts(db, [older, newer, again])
    assert known(db, ann, 100) == []
    assert known(db, ann, 150) == known(db, ann, 200) == ["berlin"]
    assert known(db, ann, 250) == ["paris"]
    assert get_fact(db, older).replaced_by == again
    assert get_fact(db, newer).replaced_by is None


def test_when_the_newer_one_goes_the_older_one_counts_again(db: Database, ann: Chat) -> None:
    older, newer = state(db, ann, "berlin", 100), state(db, ann, "paris", 200)
    release_facts(db, [older])
    assert known(db, ann) == []
    reject_facts(db, [newer])
    assert known(db, ann) == ["berlin"]


def test_a_stated_end_is_kept_to(db: Database, ann: Chat) -> None:
    release_facts(db, [state(db, ann, "berlin", 100), state(db, ann, "rome", 200, until=300)])
    assert known(db, ann, 250) == ["rome"]
    assert known(db, ann, 300) == ["berlin"]


def test_that_something_holds_no_more_ends_that_alone(db: Database, ann: Chat) -> None:
    berlin = state(db, ann, "berlin", 100)
    state(db, ann, "-rome", 200)
    release_facts(db, [berlin])
    assert known(db, ann) == ["berlin"]
    state(db, ann, "-berlin", 300)
    assert known(db, ann) == []


def test_a_fact_goes_with_its_message(db: Database, ann: Chat) -> None:
    for value in ("berlin", "paris", "rome"):
        release_facts(db, [state(db, ann, value)])
    mark_recalled(db, ann.id, "I live in berlin 100", 150)
    change_wording(db, ann.id, "I live in paris 100", "I live in Lyon", at=150)
    db.execute("DELETE FROM messages WHERE external_id = 'I live in rome 100'")
    assert every_fact(db) == []
    assert db["releases"].count == 0


def test_numbers_of_facts_are_never_given_again(db: Database, ann: Chat) -> None:
    number = state(db, ann, "berlin")
    delete_facts(db, [number])
    assert state(db, ann, "paris") > number


def test_a_set_clock_takes_them_along(db: Database, ann: Chat) -> None:
    release_facts(db, [state(db, ann, "berlin", 1_000)])
    move_times(db, 2_000, 5_000)
    fact = every_fact(db)[0]
    assert (fact.said_at, fact.valid_from) == (6_000, 6_000)


def test_a_forgotten_chat_takes_its_facts_and_what_was_released_to_it(
    db: Database, ann: Chat, ben: Chat
) -> None:
    state(db, ben, "rome", origin="peer")
    add_fact(db, written("likes tea", ben))
    own = state(db, ann, "berlin")
    release_facts(db, [own], [ben.id])
    forget_chat(db, ben.id)
    assert [fact.value for fact in every_fact(db)] == ["berlin"]
    again = chat(db, "Cid")
    assert again.id == ben.id  # SQLite gives the number again
    assert known(db, again) == []
    forget_chat(db, ann.id)
    assert every_fact(db) == []


def test_nothing_is_known_to_a_number_that_is_no_chat(db: Database, ann: Chat) -> None:
    release_facts(db, [state(db, ann, "berlin")])
    assert known_facts(db, 99, LATER) == known_facts(db, 2**70, LATER) == []
    assert known(db, ann, 2**70) == ["berlin"]


def test_a_withdrawn_consent_takes_the_facts_of_the_chat(
    db: Database, ann: Chat, ben: Chat
) -> None:
    number = state(db, ann, "berlin")
    release_facts(db, [number])
    mark_read(db, ann.id, "rules", unread_messages(db, ann.id, "rules", 10))
    withdraw_consent(db, ann.id, None, 500)
    assert known(db, ben) == []
    assert every_fact(db) == []
    assert len(unread_messages(db, ann.id, "rules", 10)) == 1


def test_what_was_rejected_is_not_proposed_again(db: Database, ann: Chat, ben: Chat) -> None:
    first = state(db, ann, "hell")
    same = state(db, ben, "hell", 150)
    reject_facts(db, [first])
    assert get_fact(db, same).state == "rejected"
    state(db, ben, "hell", 200)
    state(db, ben, "hell", 300, origin="peer")
    assert [fact.state for fact in every_fact(db)] == ["proposed", *["rejected"] * 3]
    assert list_facts(db)[1] == 1


def test_the_owners_own_words_and_days(db: Database, ann: Chat, ben: Chat) -> None:
    number = state(db, ann, "berlin")
    release_facts(db, [number])
    changed = edit_fact(db, number, "I live in Berlin-Mitte", 0, 900)
    assert (changed.text, changed.state) == ("I live in Berlin-Mitte", "kept")
    assert known(db, ben, 899) == ["berlin"]
    assert known(db, ben, 900) == []
    with pytest.raises(InputError, match="end before it begins"):
        edit_fact(db, number, "x", 10, 10)
    with pytest.raises(InputError, match="no such fact"):
        edit_fact(db, 99, "x", 0, None)


def written(text: str, of: Chat | None = None, at: int = 100) -> NewFact:
    number = None if of is None else of.id
    about: About = "owner" if of is None else "friend"
    return NewFact(number, None, about, "likes", None, "", text, at, at, None, "kept", "owner")


def test_facts_that_the_owner_writes(db: Database, ann: Chat, ben: Chat) -> None:
    mine = add_fact(db, written("I like tea"))
    theirs = add_fact(db, written("likes tea", ann))
    assert [fact.text for fact in known_facts(db, ann.id, LATER)] == ["likes tea"]
    release_facts(db, [mine.id], [ben.id])
    assert [fact.text for fact in known_facts(db, ben.id, LATER)] == ["I like tea"]
    assert theirs.about == "friend"
    with pytest.raises(InputError, match="one friend"):
        add_fact(db, written("likes tea", chat(db, "us", kind="group")))


def test_a_wish_for_several_facts_is_done_for_all_or_none(db: Database, ann: Chat) -> None:
    number = state(db, ann, "berlin")
    for change in (release_facts, withdraw_facts, reject_facts, delete_facts):
        with pytest.raises(InputError, match="no such fact"):
            change(db, [number, 99])
    assert get_fact(db, number).state == "proposed"
    with pytest.raises(InputError, match="no such chat"):
        release_facts(db, [number], [ann.id, 99])
    assert known(db, ann) == []


def test_lists(db: Database, ann: Chat, ben: Chat) -> None:
    for at in range(100, 105):
        state(db, ann, f"town {at}", at)
    state(db, ben, "rome", 50, origin="peer")
    page, total = list_facts(db, about="owner", limit=2, offset=1)
    assert ([fact.said_at for fact in page], total) == ([103, 102], 5)
    assert [fact.value for fact in list_facts(db, chat_id=ben.id, kind="home")[0]] == ["rome"]
    assert list_facts(db, kind="work") == ([], 0)


def test_only_new_and_changed_messages_are_read_again(db: Database, ann: Chat, ben: Chat) -> None:
    def unread(of: Chat = ann) -> list[str]:
        found = unread_messages(db, of.id, "rules", 10)
        if found:
            mark_read(db, of.id, "rules", found)
        return [message.text for message in found]

    for text in ("one", "two"):
        say(db, ann, text)
    say(db, ann, "me, the twin", origin="twin")
    assert (unread(), unread()) == (["one", "two"], [])
    say(db, ann, "three")
    change_wording(db, ann.id, "one 100", "one!", at=5)
    change_wording(db, ann.id, "three 100", "three!", at=5)
    assert (unread(), unread()) == (["one!", "three!"], [])
    db.execute("DELETE FROM messages WHERE text = 'three!'")
    say(db, ann, "four")  # under the number of the deleted one
    assert unread() == ["four"]


def test_an_import_that_is_not_whole_is_not_read(db: Database, ann: Chat) -> None:
    number = say(db, ann, "imported")
    say(db, ann, "live")
    db.execute("INSERT INTO unfinished_messages VALUES (?)", [number])
    assert unread_messages(db, ann.id, "rules", 10) == []
    db.execute("DELETE FROM unfinished_messages")
    assert len(unread_messages(db, ann.id, "rules", 10)) == 2


def test_chats_that_become_one_keep_what_was_released_to_them(
    db: Database, ann: Chat, ben: Chat
) -> None:
    imported = chat(db, "Ann", "import")
    number = state(db, ben, "berlin")
    release_facts(db, [number], [imported.id])
    merge_chats(db, LoggedDouble(imported.id, ann.id, "Ann", "Ann"))
    assert known(db, ann) == ["berlin"]


def test_chats_that_become_one_keep_what_was_decided_about_their_facts(
    db: Database, ann: Chat, ben: Chat
) -> None:
    imported = chat(db, "Ann", "import")
    kept = state(db, imported, "berlin", 100)
    release_facts(db, [kept], [ben.id])
    reject_facts(db, [state(db, imported, "rome", 200)])
    merge_chats(db, LoggedDouble(imported.id, ann.id, "Ann", "Ann"))
    assert [(fact.chat_id, fact.value, fact.state) for fact in every_fact(db)] == [
        (ann.id, "rome", "rejected"),
        (ann.id, "berlin", "kept"),
    ]
    assert known(db, ben) == ["berlin"]
