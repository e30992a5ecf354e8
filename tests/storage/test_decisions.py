from sqlite_utils import Database

from storage.chats import upsert_chat
from storage.decisions import ReplyPiece, last_decisions, last_verdicts, verdicts_on
from storage.messages import NewMessage, log_message
from storage.outbox import record_decision


def test_each_decision_with_what_was_asked_and_said(db: Database) -> None:
    chat = upsert_chat(db, "test", "ann", "Ann").id
    other = upsert_chat(db, "test", "bob", "Bob").id

    def heard(text: str, chat_id: int = chat) -> int:
        return log_message(db, NewMessage(chat_id, "peer", text, 1)) or 0

    heard("hi")
    record_decision(db, chat, heard("there?"), "answered", ["yes"], now=5)
    record_decision(db, other, heard("psst", other), "mode is log", now=6)
    record_decision(db, chat, heard("bye"), "paused", now=7)
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
