import sqlite3
from pathlib import Path

import pytest
from sqlite_utils import Database

from storage.adapters import find_adapter, list_adapters, live_adapter, promote, rollback
from storage.chat_deletion import (
    Forgotten,
    chats_of_adapter,
    drop_forgotten,
    files_to_delete,
    forget_chat,
    forgotten_since,
    is_unfinished,
    mark_finished,
    times_forgotten,
    wipe,
)
from storage.chats import Chat, get_chat, list_chats, upsert_chat, upsert_contact
from storage.database import open_database
from storage.edits import change_wording
from storage.errors import InputError, TwinError
from storage.facts import NewFact, edit_fact, enter_facts
from storage.invites import create_invite, open_invites
from storage.messages import NewMessage, log_message, messages_of_chat
from storage.outbox import NOTICE, add_piece, record_decision
from storage.passages import PassageRow, store_passages
from storage.search import search_messages
from storage.stale_chats import stale_chats
from tests.registry import enter_adapter


def say(db: Database, chat: Chat, text: str, **more: object) -> int:
    known = log_message(db, NewMessage(chat.id, "peer", text, 1, **more))  # type: ignore[arg-type]
    assert known is not None
    return known


def add_passage(db: Database, chat: Chat, vector: bytes) -> None:
    [stale] = stale_chats(db)
    row = PassageRow(chat.id, 1, 2, 1, 1, b"digest", vector)
    assert store_passages(db, stale, [row], [], 1)


def register(db: Database, name: str, *chats: int) -> None:
    enter_adapter(db, name, chats=chats)


def marked(db: Database) -> set[str]:
    return {a.name for a in list_adapters(db) if a.forgotten_at is not None}


@pytest.fixture
def ann(db: Database) -> Chat:
    return upsert_chat(db, "web", "ann", "Ann")


@pytest.fixture
def ben(db: Database) -> Chat:
    return upsert_chat(db, "web", "ben", "Ben")


def test_it_takes_everything_of_that_chat_alone(db: Database, ben: Chat) -> None:
    _, chat = create_invite(db, "Cid")
    for each in (chat, ben):
        record_decision(db, each.id, say(db, each, "hi"), "auto", ["ho"])
    assert forget_chat(db, chat.id) == Forgotten(messages=1, media=0, contacts=1, adapters=[])
    assert open_invites(db) == []
    with pytest.raises(InputError):
        get_chat(db, chat.id)
    assert len(list(messages_of_chat(db, ben.id))) == 1
    assert db.execute("SELECT chat_id FROM outbox").fetchall() == [(ben.id,)]


def test_people_of_no_other_chat_go_too(db: Database, ann: Chat, ben: Chat) -> None:
    people = {name: upsert_contact(db, "web", name, name) for name in ("ann", "ben", "cid")}
    for name in people:
        say(db, ann, f"{name} was here", sender_id=people[name])
    say(db, ben, "me too", sender_id=people["cid"])
    assert forget_chat(db, ann.id).contacts == 1
    assert {row["name"] for row in db["contacts"].rows} == {"ben", "cid"}


def test_a_file_of_another_chat_too_stays(db: Database, ann: Chat, ben: Chat) -> None:
    say(db, ann, "mine", media="media/a.jpg")
    say(db, ann, "ours", media="media/b.jpg")
    say(db, ben, "ours", media="media/b.jpg")
    assert forget_chat(db, ann.id).media == 1
    assert files_to_delete(db) == ["media/a.jpg"]
    say(db, ben, "now mine", media="media/a.jpg")
    assert files_to_delete(db) == []


def test_no_word_stays_in_the_full_text_index(db: Database, ann: Chat, ben: Chat) -> None:
    for number in range(300):
        say(db, ann, f"zebra{number} 斑马{number}")
        say(db, ben, f"apple{number} 苹果{number}")
    forget_chat(db, ann.id)
    assert search_messages(db, "zebra7") == search_messages(db, "斑马") == []
    assert len(search_messages(db, "苹果7")) == 1
    db.execute("CREATE VIRTUAL TABLE temp.words USING fts5vocab(main, messages_fts, row)")
    words = {word for (word,) in db.execute("SELECT term FROM temp.words")}
    assert "apple7" in words
    assert not {word for word in words if "zebra" in word or word in "斑马"}


def test_what_the_bot_wrote_the_owner_about_it_goes_too(db: Database, ann: Chat) -> None:
    own = upsert_chat(db, "web", "me", "me", kind="self")
    add_piece(db, own.id, "Ann wrote about money", kind=NOTICE, approved=True, now=1)
    say(db, own, "Ann wrote about money", kind="notice")
    say(db, own, "/twin on Ann", kind="command")
    say(db, own, "buy milk")
    forget_chat(db, ann.id)
    assert db["outbox"].count == 0
    assert [message.text for message in messages_of_chat(db, own.id)] == ["buy milk"]


def test_a_crash_in_the_middle_leaves_all_of_it(
    db: Database, ann: Chat, monkeypatch: pytest.MonkeyPatch
) -> None:
    def crash(*_: object) -> None:
        raise KeyboardInterrupt

    say(db, ann, "zebra", media="media/a.jpg")
    register(db, "one", ann.id)
    monkeypatch.setattr("storage.chat_deletion.mark_forgotten", crash)
    with pytest.raises(KeyboardInterrupt):
        forget_chat(db, ann.id)
    assert [row["name"] for row in list_chats(db)] == ["Ann"]
    assert len(search_messages(db, "zebra")) == 1
    assert files_to_delete(db) == []
    assert not is_unfinished(db)
    assert marked(db) == set()


def test_adapters_that_learnt_from_it_or_may_have_are_marked(
    db: Database, ann: Chat, ben: Chat
) -> None:
    register(db, "both", ann.id, ben.id)
    register(db, "ben", ben.id)
    register(db, "unknown")
    promote(db, "both")
    assert forget_chat(db, ann.id).adapters == ["both", "unknown"]
    assert {a.name: a.status for a in list_adapters(db)} == {
        "both": "live",
        "ben": "candidate",
        "unknown": "pruned",
    }
    assert chats_of_adapter(db, find_adapter(db, "both").id) == {ben.id}


def test_a_marked_adapter_never_answers_again(db: Database, ann: Chat, ben: Chat) -> None:
    register(db, "old", ann.id)
    register(db, "new", ben.id)
    promote(db, "old")
    forget_chat(db, ann.id)
    with pytest.raises(InputError, match="forgotten; train again"):
        promote(db, "old")
    since = forgotten_since(db)
    assert since is not None
    promote(db, "new")
    assert forgotten_since(db) is None
    assert find_adapter(db, "old").status == "pruned"
    with pytest.raises(InputError, match="may answer again"):
        rollback(db)


def test_a_live_adapter_can_be_dropped_and_is_still_to_be_replaced(
    db: Database, ann: Chat, ben: Chat
) -> None:
    register(db, "one", ann.id)
    promote(db, "one")
    assert drop_forgotten(db) == []
    forget_chat(db, ann.id)
    assert drop_forgotten(db) == ["one"]
    assert live_adapter(db) is None
    assert forgotten_since(db) is not None


def test_an_adapter_is_not_entered_when_a_chat_was_forgotten_meanwhile(
    db: Database, ann: Chat
) -> None:
    before = times_forgotten(db)
    forget_chat(db, ann.id)
    with pytest.raises(TwinError, match="forgotten while"):
        enter_adapter(db, "late", chats=[ann.id], forgotten_before=before)
    assert list_adapters(db) == []
    assert db["adapter_chats"].count == 0


def test_a_reader_in_the_way_is_reported_and_later_it_succeeds(
    db: Database, ann: Chat, tmp_path: Path
) -> None:
    db.execute("PRAGMA busy_timeout = 0")
    message = say(db, ann, "zebra", external_id="1")
    change_wording(db, ann.id, "1", "okapi", at=2)
    fact = NewFact(ann.id, message, "friend", "home", "home", "quagga", "I live in Quagga", 1, 1)
    enter_facts(db, [fact])
    edit_fact(db, 1, "I live in Tapir", 1, None)
    add_passage(db, ann, b"numbat")
    bot = open_database(tmp_path / "twin.db")
    bot.execute("BEGIN")
    bot.execute("SELECT * FROM messages").fetchone()
    forget_chat(db, ann.id)
    assert "another process" in (wipe(db) or "")
    bot.execute("COMMIT")
    assert wipe(db) is None  # although it is still open there
    words = (b"zebra", b"okapi", b"quagga", b"Quagga", b"Tapir", b"numbat")
    left = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    assert not {word for word in words if word in left}
    assert is_unfinished(db)
    mark_finished(db, times_forgotten(db))
    assert not is_unfinished(db)
    bot.close()


def test_a_full_disk_is_reported() -> None:
    class Full:
        def execute(self, _: str) -> None:
            raise sqlite3.OperationalError("database or disk is full")

    assert wipe(Full()) == "database or disk is full"  # type: ignore[arg-type]
