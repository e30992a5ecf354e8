"""Suggestions of chats that are with one friend."""

import pytest
from sqlite_utils import Database

from storage.chats import Chat, upsert_chat, upsert_contact
from storage.messages import NewMessage, log_message
from storage.people import link_chats
from twin.people import MOST_ALIKE, number_in, suggest_people


def suggested(db: Database) -> list[tuple[str, str, str]]:
    return [(s.one.platform, s.other.platform, s.why) for s in suggest_people(db)]


def chat(db: Database, platform: str, id_: str, name: str, kind: str = "direct") -> Chat:
    return upsert_chat(db, platform, id_, name, kind=kind)


@pytest.mark.parametrize(
    ("platform", "name"),
    [
        ("matrix", "@whatsapp_4915112345678:example.org"),
        ("matrix", "@signal_+4915112345678:example.org"),
        ("whatsapp", "4915112345678@s.whatsapp.net"),
        ("whatsapp", "4915112345678:12@s.whatsapp.net"),
        ("whatsapp", "4915112345678@c.us"),
        ("whatsapp", "4915112345678"),
        ("sms", "0151 12345678"),
        ("wechat", "+49 151 12345678"),
        ("import", "+49 (151) 123-456-78"),
        ("import", "0049 151/12345678"),
        ("imessage", "iMessage;-;+4915112345678"),
        ("import", "tel:+49-151-12345678"),
        ("import", "＋４９ １５１ １２３４５６７８"),
    ],
)
def test_one_number_in_every_notation(platform: str, name: str) -> None:
    number = number_in(name, platform)
    assert number is not None
    known = number_in("+4915112345678", "sms")
    assert known is not None
    assert number.is_of(known)
    assert known.is_of(number)


@pytest.mark.parametrize(
    ("platform", "name"),
    [
        ("qq", "4915112345678"),
        ("telegram", "business:4915112345678"),
        ("telegram", "491511234567"),
        ("matrix", "@telegram_4915112345678:example.org"),
        ("matrix", "@whatsapp_lid-4915112345678:example.org"),
        ("whatsapp", "4915112345678@lid"),
        ("whatsapp", "4915112345678-1600000000@g.us"),
        ("sms", "12345"),
        ("sms", "+"),
        ("sms", ""),
        ("sms", "+491511234567890123"),
        ("import", "Anna +4915112345678"),
        ("import", "0" * 30),
        ("sms", "²²²²²²²²²²²"),
    ],
)
def test_what_is_no_telephone_number_of_somebody(platform: str, name: str) -> None:
    found = number_in(name, platform)
    assert found is None or not found.is_of(number_in("+4915112345678", "sms") or found)


def test_numbers_of_two_countries_are_two() -> None:
    one, other = number_in("+1 151 12345678", "sms"), number_in("+49 151 12345678", "sms")
    assert one is not None
    assert other is not None
    assert not one.is_of(other)


def test_equal_numbers_come_first_whatever_the_names_are(db: Database) -> None:
    chat(db, "wechat", "wxid_1", "张三")
    chat(db, "qq", "12345678901", "  張三 ")
    room = chat(db, "matrix", "!room:example.org", "Anna")
    chat(db, "sms", "+49 151 12345678", "Mum")
    ghost = upsert_contact(db, "matrix", "@whatsapp_4915112345678:example.org", "Anna")
    log_message(db, NewMessage(room.id, "peer", "hi", 1, sender_id=ghost))
    log_message(db, NewMessage(room.id, "owner", "hi", 2))
    assert suggested(db) == [("matrix", "sms", "number"), ("wechat", "qq", "name")]


def test_equal_names_behind_bridges(db: Database) -> None:
    """Several networks on one platform: on one of them, two friends have one name."""
    chat(db, "matrix", "!1", "Ann (WhatsApp)")
    chat(db, "matrix", "!2", "Ann (Signal)")
    chat(db, "matrix", "!3", "Ann (Signal)")
    chat(db, "telegram", "4", "Ann")
    chat(db, "telegram", "5", "Ann (Signal)")
    found = {(s.one.external_id, s.other.external_id) for s in suggest_people(db)}
    assert found == {("!1", "!2"), ("!1", "!3"), ("!1", "4"), ("!2", "4"), ("!3", "4")}
    chat(db, "whatsapp", "6", "Ann")  # as imported; the bridge brings the same chat
    found = {(s.one.external_id, s.other.external_id) for s in suggest_people(db)}
    assert ("!1", "6") in found


def test_what_is_not_suggested(db: Database) -> None:
    one, other = chat(db, "wechat", "1", "Anna"), chat(db, "qq", "2", "anna")
    chat(db, "qq", "3", "Ben")
    chat(db, "qq", "4", "Ben")  # two friends of one name
    chat(db, "wechat", "5", "us", kind="group")
    chat(db, "qq", "6", "us", kind="group")
    chat(db, "web", "7", "me", kind="self")
    chat(db, "qq", "8", "me", kind="self")
    assert suggested(db) == [("wechat", "qq", "name")]
    link_chats(db, one.id, other.id)
    assert suggested(db) == []


def test_a_name_that_many_have_tells_nobody(db: Database) -> None:
    for number in range(MOST_ALIKE + 1):
        chat(db, f"platform {number}", "1", "Deleted Account")
    assert suggested(db) == []
