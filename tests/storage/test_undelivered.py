import pytest
from sqlite_utils import Database

from storage.chats import upsert_chat
from storage.messages import NewMessage, log_message
from storage.outbox import add_piece, move_piece, record_decision
from storage.undelivered import has_typed, unsaid_since


@pytest.fixture
def chat(db: Database) -> int:
    return upsert_chat(db, "wechat", "a", "Ann").id


def test_what_the_owner_types_is_told_from_a_draft_he_edited(db: Database, chat: int) -> None:
    asked = log_message(db, NewMessage(chat, "peer", "hi", 1)) or 0
    (draft,) = record_decision(db, chat, asked, "auto", ["one"])
    edited = add_piece(db, chat, "two", decision_id=draft.decision_id, words="owner")
    assert not draft.is_typed
    assert not edited.is_typed
    assert not has_typed(db, chat)
    typed = add_piece(db, chat, "three", words="owner", approved=True)
    assert typed.is_typed
    assert has_typed(db, chat)
    move_piece(db, typed.id, "sent")
    assert not has_typed(db, chat)


def test_what_did_not_reach_the_friend(db: Database, chat: int) -> None:
    for number, state in enumerate(("sent", "failed", "doubt", "draft", "cancelled")):
        add_piece(db, chat, state, state, now=number)  # type: ignore[arg-type]
    add_piece(db, upsert_chat(db, "wechat", "b", "Bob").id, "other", "failed", now=9)
    unsaid = unsaid_since(db, chat, 2, most=9)
    assert [(piece.text, piece.state) for piece in unsaid] == [
        (state, state) for state in ("doubt", "draft", "cancelled")
    ]
    assert [piece.text for piece in unsaid_since(db, chat, 0, most=2)] == ["draft", "cancelled"]
