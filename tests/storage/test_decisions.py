from sqlite_utils import Database

from storage.chats import upsert_chat
from storage.decisions import (
    ReplyPiece,
    has_typed,
    last_decisions,
    last_verdicts,
    undelivered_since,
    verdicts_on,
)
from storage.messages import NewMessage, log_message
from storage.outbox import add_piece, move_piece, record_decision


def test_each_decision_with_what_was_asked_and_said(db: Database) -> None:
    chat = upsert_chat(db, "test", "ann", "Ann").id
    other = upsert_chat(db, "test", "bob", "Bob").id

    def friend_wrote(text: str, chat_id: int = chat) -> int:
        return log_message(db, NewMessage(chat_id, "peer", text, 1)) or 0

    friend_wrote("hi")
    record_decision(db, chat, friend_wrote("there?"), "answered", ["yes"], now=5)
    record_decision(db, other, friend_wrote("psst", other), "mode is log", now=6)
    record_decision(db, chat, friend_wrote("bye"), "paused", now=7)
    latest, first = last_decisions(db, chat)
    assert (latest.asked, latest.reason, latest.said) == (["bye"], "paused", [])
    assert (first.asked, first.decided_at) == (["hi", "there?"], 5)
    assert first.said == [ReplyPiece("yes", "pending")]
    assert last_decisions(db, chat, limit=1) == [latest]


def test_a_verdict_belongs_to_the_last_message_of_its_burst(db: Database) -> None:
    chat = upsert_chat(db, "test", "ann", "Ann").id
    first, _, last = (log_message(db, NewMessage(chat, "peer", f"{n}", n)) or 0 for n in range(3))
    ben = upsert_chat(db, "test", "ben", "Ben").id
    assert last_verdicts(db, [chat, ben]) == {}
    record_decision(db, chat, first, "answered", ["yes"], now=5)
    record_decision(db, chat, last, "paused", now=7)
    verdict = last_verdicts(db, [chat, ben])[chat]
    assert last_verdicts(db, [ben]) == {}
    assert (verdict.reason, verdict.answered, verdict.decided_at) == ("paused", False, 7)
    both = verdicts_on(db, chat, range(first, last + 1))
    assert [(v.last_message_id, v.answered) for v in both] == [(first, True), (last, False)]
    assert verdicts_on(db, chat, [first + 1]) == verdicts_on(db, chat + 1, [first]) == []


def test_what_the_owner_types_is_no_draft_that_they_edited(db: Database, chat: int) -> None:
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
    found = undelivered_since(db, chat, 2, most=9)
    assert [(piece.text, piece.state) for piece in found] == [
        (state, state) for state in ("doubt", "draft", "cancelled")
    ]
    assert [piece.text for piece in undelivered_since(db, chat, 0, most=2)] == [
        "draft",
        "cancelled",
    ]
