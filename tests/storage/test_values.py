"""What no file can hold never stops anything that stores texts."""

import json
from pathlib import Path

import pytest

from storage.chats import find_chat, set_note, upsert_chat, upsert_contact
from storage.database import open_database
from storage.drafts import edit_draft
from storage.importers.import_files import import_paths
from storage.invites import create_invite
from storage.keys import create_key, list_keys
from storage.messages import NewMessage, log_message, log_messages, messages_of_chat
from storage.outbox import record_decision
from storage.presence import logged_in
from storage.search import search_messages
from storage.values import row_number, storable, storable_values

DIRTY = "\ud83da\0b\udc00👋"
CLEAN = "?ab?👋"


def test_storable() -> None:
    assert storable(DIRTY) == CLEAN
    for text in ("", "a", "你好", "👋🏽"):
        assert storable(text) is text
    dirty = {DIRTY: [DIRTY, 1, None, (DIRTY,), {"a": DIRTY}]}
    assert storable_values(dirty) == {CLEAN: [CLEAN, 1, None, [CLEAN], {"a": CLEAN}]}


def test_every_text_is_stored_and_found_again(tmp_path: Path) -> None:
    db = open_database(tmp_path / "twin.db")
    chat = upsert_chat(db, "test", DIRTY, DIRTY, mode="draft")
    assert upsert_chat(db, "test", DIRTY, DIRTY).id == chat.id
    assert find_chat(db, DIRTY).name == CLEAN
    sender = upsert_contact(db, "test", DIRTY, DIRTY)
    set_note(db, chat.id, DIRTY)
    message = NewMessage(
        chat.id, "peer", DIRTY, 1, sender_id=sender, external_id=DIRTY, reply_to=DIRTY, raw=DIRTY
    )
    last = log_message(db, message)
    assert last is not None
    assert log_messages(db, [message, message._replace(external_id="2")]) == 1
    record_decision(db, chat.id, last, DIRTY, [DIRTY], state="draft")
    edit_draft(db, 1, DIRTY, now=2)
    create_invite(db, DIRTY)
    create_key(db, DIRTY, "chat")
    logged_in(db, "test", DIRTY, 1)
    assert [m.text for m in messages_of_chat(db, chat.id)] == [CLEAN, CLEAN]
    assert [key.name for key in list_keys(db)] == [CLEAN]
    assert len(search_messages(db, "ab")) == 2
    stored = "".join(db.conn.iterdump())
    assert "\0" not in stored
    stored.encode()
    db.close()


@pytest.mark.parametrize("dry_run", [True, False])
def test_an_import_is_no_way_in(tmp_path: Path, dry_run: bool) -> None:
    db = open_database(tmp_path / "twin.db")
    rows = [["2024-10-04 11:43:05", DIRTY, DIRTY], ["2024-10-04 11:43:06", "我", DIRTY]]
    (tmp_path / "chat.json").write_text(json.dumps(rows))
    assert import_paths(db, [tmp_path / "chat.json"], dry_run=dry_run).new == 2
    if not dry_run:
        assert import_paths(db, [tmp_path / "chat.json"]).new == 0
    stored = "".join(db.conn.iterdump())
    assert "\0" not in stored
    db.close()


def test_row_number() -> None:
    assert (row_number("12"), row_number("9" * 15)) == (12, 10**15 - 1)
    for other in ("", "-1", " 1", "1.0", "٣", "²", "9" * 16):
        assert row_number(other) is None
