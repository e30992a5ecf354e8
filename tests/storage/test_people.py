"""Chats of one friend on several platforms."""

import pytest
from sqlite_utils import Database

from storage.chat_deletion import forget_chat
from storage.chats import Chat, get_chat, set_note, switch_chat, upsert_chat
from storage.errors import InputError
from storage.importers.merge_logged import LoggedDouble, merge_chats
from storage.people import TwoNotes, chats_elsewhere, link_chats, list_people, unlink_chat


def chat(db: Database, platform: str, name: str = "Anna", **more: str) -> Chat:
    return upsert_chat(db, platform, f"{platform} {name}", name, **more)  # type: ignore[arg-type]


@pytest.fixture
def annas(db: Database) -> tuple[Chat, Chat, Chat]:
    return chat(db, "wechat"), chat(db, "telegram"), chat(db, "whatsapp")


def note(db: Database, of: Chat) -> str | None:
    return get_chat(db, of.id).note


Annas = tuple[Chat, Chat, Chat]


def test_linked_chats_have_one_note_and_modes_of_their_own(db: Database, annas: Annas) -> None:
    one, other, third = annas
    set_note(db, other.id, "my sister")
    link_chats(db, one.id, other.id)
    assert (note(db, one), note(db, other), note(db, third)) == ("my sister", "my sister", None)
    set_note(db, one.id, "my big sister")
    assert note(db, other) == "my big sister"
    switch_chat(db, get_chat(db, one.id), "auto")
    assert get_chat(db, other.id).mode == "log"


def test_of_two_notes_the_owner_says_which(db: Database, annas: Annas) -> None:
    one, other, _ = annas
    set_note(db, one.id, "my sister")
    set_note(db, other.id, "from work")
    with pytest.raises(TwoNotes, match=r"Anna \(wechat\).*my sister.*Anna \(telegram\).*from work"):
        link_chats(db, one.id, other.id)
    assert list_people(db) == []
    link_chats(db, one.id, other.id, "from work")
    assert note(db, one) == note(db, other) == "from work"


def test_two_people_become_one_with_all_their_chats(db: Database, annas: Annas) -> None:
    one, other, third = annas
    fourth = chat(db, "qq")
    link_chats(db, one.id, other.id)
    link_chats(db, third.id, fourth.id)
    assert [[each.id for each in person] for person in list_people(db)] == [
        [one.id, other.id],
        [third.id, fourth.id],
    ]
    set_note(db, third.id, "my sister")
    linked = link_chats(db, other.id, third.id)
    assert {each.id for each in linked} == {one.id, other.id, third.id, fourth.id}
    assert [len(person) for person in list_people(db)] == [4]
    assert note(db, one) == "my sister"


def test_what_can_not_be_linked(db: Database, annas: Annas) -> None:
    one, other, _ = annas
    link_chats(db, one.id, other.id)
    group, own = chat(db, "qq", "us", kind="group"), chat(db, "qq", "me", kind="self")
    for pair in ((one, one), (one, other), (other, one), (one, group), (own, one)):
        with pytest.raises(InputError):
            link_chats(db, pair[0].id, pair[1].id)
    with pytest.raises(InputError, match="no such chat"):
        link_chats(db, one.id, 2**62)
    assert [len(person) for person in list_people(db)] == [2]


def test_unlinked_chats_keep_the_note(db: Database, annas: Annas) -> None:
    one, other, third = annas
    set_note(db, one.id, "my sister")
    link_chats(db, one.id, other.id)
    link_chats(db, one.id, third.id)
    unlink_chat(db, one.id)
    assert [each.id for each in chats_elsewhere(db, other.id)] == [third.id]
    unlink_chat(db, other.id)
    assert list_people(db) == []  # one chat alone is no person
    with pytest.raises(InputError, match="no other chat"):
        unlink_chat(db, third.id)
    set_note(db, one.id, "from work")
    assert note(db, other) == "my sister"


def test_a_forgotten_chat_takes_its_link_along(db: Database, annas: Annas) -> None:
    one, other, third = annas
    link_chats(db, one.id, other.id)
    link_chats(db, one.id, third.id)
    forget_chat(db, third.id)
    # SQLite gives the number again: the new chat is nobody's.
    assert chat(db, "signal").id == third.id
    assert chats_elsewhere(db, third.id) == []
    forget_chat(db, one.id)
    assert list_people(db) == []
    assert db["people"].count == 0


def test_a_chat_that_becomes_part_of_another_hands_on_its_link_and_note(
    db: Database, annas: Annas
) -> None:
    one, other, third = annas
    set_note(db, one.id, "my sister")
    link_chats(db, one.id, other.id)
    merge_chats(db, LoggedDouble(one.id, third.id, "Anna", "Anna"))
    assert [[each.id for each in person] for person in list_people(db)] == [[other.id, third.id]]
    assert note(db, third) == "my sister"
    merge_chats(db, LoggedDouble(other.id, third.id, "Anna", "Anna"))
    assert list_people(db) == []
