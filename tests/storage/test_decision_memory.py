from sqlite_utils import Database

from storage.chat_deletion import forget_chat
from storage.chats import upsert_chat
from storage.decision_memory import ShownMessage, memory_of_decisions
from storage.decisions import last_decisions
from storage.drafts import list_drafts
from storage.messages import NewMessage, log_message, mark_recalled
from storage.outbox import record_decision


def said(db: Database, chat: int, text: str, at: int) -> int:
    return log_message(db, NewMessage(chat, "owner", text, at, external_id=text)) or 0


def shown(db: Database, decision: int) -> list[str]:
    return [each.text for each in memory_of_decisions(db, [decision]).get(decision, [])]


def test_what_a_reply_stood_on_is_kept_until_it_is_taken_back_or_forgotten(
    db: Database, chat: int
) -> None:
    elsewhere = upsert_chat(db, "matrix", "a", "Ann").id
    old, older, other = said(db, chat, "b", 2), said(db, chat, "a", 1), said(db, elsewhere, "c", 3)
    asked = log_message(db, NewMessage(chat, "peer", "who?", 9)) or 0
    memory = (old, older, other, 999)
    [piece] = record_decision(db, chat, asked, "answered", ["me"], state="draft", memory=memory)
    number = piece.decision_id or 0
    assert shown(db, number) == ["a", "b", "c"]
    mark_recalled(db, chat, "a", 10)
    assert shown(db, number) == ["b", "c"]
    forget_chat(db, elsewhere)
    assert shown(db, number) == ["b"]
    forget_chat(db, chat)
    assert db.execute("SELECT COUNT(*) FROM decision_memory").fetchone() == (0,)


def test_what_was_taken_back_while_the_model_thought_is_not_noted(db: Database, chat: int) -> None:
    old = said(db, chat, "a", 1)
    asked = log_message(db, NewMessage(chat, "peer", "who?", 9)) or 0
    mark_recalled(db, chat, "a", 10)
    [piece] = record_decision(db, chat, asked, "answered", ["me"], memory=[old])
    assert shown(db, piece.decision_id or 0) == []


def test_it_is_told_with_the_decision_and_the_draft(db: Database, chat: int) -> None:
    old = said(db, chat, "a", 1)
    asked = log_message(db, NewMessage(chat, "peer", "who?", 9)) or 0
    record_decision(db, chat, asked, "draft", ["me"], state="draft", memory=[old])
    [record] = last_decisions(db, chat)
    [draft] = list_drafts(db)
    assert record.memory == draft.memory == [ShownMessage(old, chat, 1, "a")]
