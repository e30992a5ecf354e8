import pytest
from sqlite_utils import Database

from storage.chats import upsert_chat
from storage.errors import InputError
from storage.invites import (
    chat_of_invite,
    create_invite,
    invites_of,
    open_invites,
    renew_invite,
    revoke_invites,
)


def test_a_link_opens_its_chat_which_is_answered_at_once(db: Database) -> None:
    token, chat = create_invite(db, "Ann")
    other, other_chat = create_invite(db, "Ann")
    assert (chat.name, chat.mode, chat.platform) == ("Ann", "auto", "web")
    assert chat.id != other_chat.id
    assert chat_of_invite(db, token) == chat
    assert open_invites(db) == [(token, chat), (other, other_chat)]


def test_the_secret_is_long_and_not_the_chats_id(db: Database) -> None:
    token, chat = create_invite(db, "Ann")
    assert len(token) >= 32
    assert token not in chat.external_id
    assert chat.external_id not in token
    assert chat_of_invite(db, chat.external_id) is None
    assert chat_of_invite(db, "") is None


def test_revoking_closes_the_link_and_keeps_the_chat(db: Database) -> None:
    token, chat = create_invite(db, "Ann")
    kept, _ = create_invite(db, "Bob")
    assert revoke_invites(db, chat.id) == 1
    assert revoke_invites(db, chat.id) == 0
    assert chat_of_invite(db, token) is None
    assert chat_of_invite(db, kept) is not None
    assert db.execute("SELECT COUNT(*) FROM chats").fetchone()[0] == 2


def test_a_new_link_to_the_same_chat_ends_the_old_one(db: Database) -> None:
    token, chat = create_invite(db, "Ann")
    renewed = renew_invite(db, chat)
    assert chat_of_invite(db, token) is None
    assert chat_of_invite(db, renewed) == chat
    assert open_invites(db) == [(renewed, chat)]


def test_a_chat_of_another_platform_has_no_link(db: Database) -> None:
    chat = upsert_chat(db, "wechat", "wxid_ann", "Ann")
    with pytest.raises(InputError, match="a chat of wechat has no link"):
        renew_invite(db, chat)


def test_the_links_of_one_chat_and_a_friend_needs_a_name(db: Database) -> None:
    token, chat = create_invite(db, " Ann ")
    create_invite(db, "Bob")
    assert chat.name == "Ann"
    assert invites_of(db, chat.id) == [token]
    again = renew_invite(db, chat)
    assert invites_of(db, chat.id) == [again]
    for empty in ("", " \n"):
        with pytest.raises(InputError, match="needs a name"):
            create_invite(db, empty)
