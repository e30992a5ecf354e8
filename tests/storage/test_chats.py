import pytest
from sqlite_utils import Database

from storage.chats import (
    find_chat,
    get_chat,
    list_chats,
    pause_chat,
    set_mode,
    set_note,
    switch_chat,
    upsert_chat,
    upsert_contact,
)
from storage.errors import InputError
from storage.messages import NewMessage, log_message


def test_a_chat_starts_at_log_and_keeps_the_owners_choice(db: Database) -> None:
    chat = upsert_chat(db, "web", "a", "Ann")
    assert (chat.mode, chat.kind) == ("log", "direct")
    set_mode(db, chat.id, "off")
    again = upsert_chat(db, "web", "a", "Annie", mode="auto")
    assert (again.id, again.name, again.mode) == (chat.id, "Annie", "off")
    assert upsert_chat(db, "wechat", "a", "Ann").id != chat.id


def test_a_name_is_not_replaced_by_a_mere_id(db: Database) -> None:
    upsert_chat(db, "wechat", "wxid_1", "小明")
    assert upsert_chat(db, "wechat", "wxid_1", "wxid_1").name == "小明"
    contact = upsert_contact(db, "wechat", "wxid_1", "小明")
    assert upsert_contact(db, "wechat", "wxid_1", "wxid_1") == contact
    assert db.table("contacts").get(contact)["name"] == "小明"


def test_unknown_mode_is_refused(db: Database) -> None:
    chat = upsert_chat(db, "web", "a", "Ann")
    with pytest.raises(InputError, match="off, log, draft, auto"):
        set_mode(db, chat.id, "on")
    assert get_chat(db, chat.id).mode == "log"


def test_find_by_number_name_or_part(db: Database) -> None:
    ann = upsert_chat(db, "web", "a", "Ann")
    annie = upsert_chat(db, "web", "b", "Annie")
    number = upsert_chat(db, "web", "c", "10086")
    assert find_chat(db, str(ann.id)) == ann
    assert find_chat(db, "Ann") == ann
    assert find_chat(db, "NIE") == annie
    assert find_chat(db, "10086") == number
    with pytest.raises(InputError, match=r"2 chats match.*1 \(Ann\), 2 \(Annie\)"):
        find_chat(db, "an")
    for unknown in ("Bob", "99", "²", "9" * 30):
        with pytest.raises(InputError, match="no such chat"):
            find_chat(db, unknown)


def test_list_counts_messages_newest_chat_first(db: Database) -> None:
    old = upsert_chat(db, "web", "a", "Ann").id
    new = upsert_chat(db, "web", "b", "Bob").id
    upsert_chat(db, "web", "c", "Cid")
    log_message(db, NewMessage(old, "peer", "hi", 1000))
    log_message(db, NewMessage(new, "peer", "hi", 2000))
    log_message(db, NewMessage(new, "owner", "ho", 3000))
    rows = [(r["name"], r["messages"], r["owner_messages"]) for r in list_chats(db)]
    assert rows == [("Bob", 2, 1), ("Ann", 1, 0), ("Cid", 0, 0)]


def test_note_and_pause(db: Database) -> None:
    chat = upsert_chat(db, "web", "a", "Ann").id
    set_note(db, chat, "an old friend")
    pause_chat(db, chat, 5000)
    assert (get_chat(db, chat).note, get_chat(db, chat).paused_until) == ("an old friend", 5000)
    pause_chat(db, chat, None)
    assert get_chat(db, chat).paused_until is None


@pytest.mark.parametrize(
    ("mode", "until"), [("auto", None), ("draft", None), ("log", 5000), ("off", 5000)]
)
def test_where_replies_are_wanted_the_pause_ends(
    db: Database, mode: str, until: int | None
) -> None:
    chat = upsert_chat(db, "web", "a", "Ann")
    pause_chat(db, chat.id, 5000)
    switch_chat(db, chat, mode)
    changed = get_chat(db, chat.id)
    assert (changed.mode, changed.paused_until) == (mode, until)


def test_the_chat_with_oneself_is_not_switched(db: Database) -> None:
    chat = upsert_chat(db, "wechat", "me", "me", kind="self")
    with pytest.raises(InputError, match="with yourself"):
        switch_chat(db, chat, "auto")
    assert get_chat(db, chat.id).mode == "log"
