"""Who agreed to be learnt from, and who does not any more."""

import pytest
from sqlite_utils import Database

from storage.adapters import list_adapters, live_adapter, promote
from storage.chat_deletion import (
    chats_of_adapter,
    check_none_forgotten,
    forget_chat,
    is_unfinished,
    times_forgotten,
)
from storage.chats import Chat, upsert_chat, upsert_contact
from storage.consent import (
    Consent,
    chats_on,
    consent_of,
    consents,
    record_consent,
    withdraw_consent,
)
from storage.errors import InputError, TwinError
from storage.importers.merge_logged import LoggedDouble, merge_chats
from storage.messages import NewMessage, log_message
from tests.registry import enter_adapter


@pytest.fixture
def ann(db: Database) -> Chat:
    return upsert_chat(db, "telegram", "ann", "Ann")


def test_the_newest_statement_counts(db: Database, ann: Chat) -> None:
    assert consent_of(db, ann.id) is None
    assert record_consent(db, ann.id, None, 5) == Consent("Ann", True, 5)
    withdraw_consent(db, ann.id, " her\nmother ", 7)
    assert consent_of(db, ann.id) == Consent("her mother", False, 7)
    record_consent(db, ann.id, "", 9)
    assert consents(db) == {ann.id: Consent("Ann", True, 9)}


def test_in_a_group_everyone_is_named(db: Database) -> None:
    group = upsert_chat(db, "telegram", "g", "Friends", kind="group")
    for by in (None, "", "  "):
        with pytest.raises(InputError, match="--by"):
            record_consent(db, group.id, by, 1)
    assert record_consent(db, group.id, "Ann, Ben", 1).by == "Ann, Ben"
    withdraw_consent(db, group.id, None, 2)  # one is enough, whoever it is
    assert consent_of(db, group.id) == Consent("Friends", False, 2)


def test_nobody_is_asked_about_the_owners_own_chat(db: Database) -> None:
    own = upsert_chat(db, "telegram", "me", "me", kind="self")
    for act in (record_consent, withdraw_consent):
        with pytest.raises(InputError):
            act(db, own.id, None, 1)
    with pytest.raises(InputError, match="no such chat"):
        record_consent(db, 99, None, 1)
    assert consents(db) == {}


def test_withdrawing_marks_adapters_as_forgetting_does(db: Database, ann: Chat) -> None:
    ben = upsert_chat(db, "telegram", "ben", "Ben")
    for name, chats in (("live", [ann.id]), ("old", [ann.id, ben.id]), ("clean", [ben.id])):
        enter_adapter(db, name, chats=chats)
    enter_adapter(db, "unknown", chats=[])
    promote(db, "live")
    before = times_forgotten(db)
    assert set(withdraw_consent(db, ann.id, None, 1)) == {"live", "old", "unknown"}
    marked = {each.name: each.status for each in list_adapters(db) if each.forgotten_at}
    assert marked == {"live": "live", "old": "pruned", "unknown": "pruned"}
    live = live_adapter(db)
    assert live is not None
    assert chats_of_adapter(db, live.id) == set()
    # A run that reads the chat now is thrown away, and its files are to be deleted.
    with pytest.raises(TwinError, match="consent"):
        check_none_forgotten(db, before)
    assert is_unfinished(db)


def test_it_is_forgotten_with_the_chat(db: Database, ann: Chat) -> None:
    record_consent(db, ann.id, None, 1)
    forget_chat(db, ann.id)
    assert db["consents"].count == 0
    # SQLite gives the number again.
    assert upsert_chat(db, "telegram", "ben", "Ben").id == ann.id
    assert consents(db) == {}


def test_a_refusal_stays_when_a_chat_becomes_part_of_another(db: Database, ann: Chat) -> None:
    new = upsert_chat(db, "telegram", "ann2", "Ann B.")
    record_consent(db, new.id, None, 1)
    withdraw_consent(db, ann.id, None, 2)
    merge_chats(db, LoggedDouble(ann.id, new.id, "Ann", "Ann B."))
    assert consents(db) == {new.id: Consent("Ann", False, 2)}


def test_a_bridge_brings_chats_of_the_platform_too(db: Database, ann: Chat) -> None:
    own = upsert_chat(db, "telegram", "me", "me", kind="self")
    rooms = {}
    for network in ("telegram", "whatsapp", "telegramx"):
        rooms[network] = upsert_chat(db, "matrix", f"!{network}:example.org", "Ben").id
        ghost = upsert_contact(db, "matrix", f"@{network}_4711:example.org", "Ben")
        log_message(db, NewMessage(rooms[network], "peer", "hi", 1, sender_id=ghost))
    # Where the bridge gives its accounts other names.
    named = upsert_chat(db, "matrix", "!named:example.org", "Ben (Telegram)").id
    upsert_chat(db, "wechat", "ben", "Ben (Telegram)")
    upsert_chat(db, "matrix", "!other:example.org", "Telegram")
    assert chats_on(db, ["telegram"]) == {ann.id, rooms["telegram"], named}
    assert own.id not in chats_on(db, ["telegram"])
    assert chats_on(db, []) == set()
