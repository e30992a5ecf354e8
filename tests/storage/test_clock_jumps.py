"""Times that go along when somebody sets the machine's clock."""

import pytest
from sqlite_utils import Database

from storage.chats import upsert_chat
from storage.clock_jumps import move_times, no_future_times
from storage.messages import NewMessage, log_message, messages_of_chat

HOUR = 3_600_000
NOW = 1_000 * HOUR


@pytest.mark.parametrize("by", [8 * HOUR, -8 * HOUR, 48 * HOUR, -48 * HOUR])
def test_live_messages_keep_their_order_and_imported_ones_their_time(db: Database, by: int) -> None:
    chat = upsert_chat(db, "fake", "ann", "ann").id
    for ago in range(40, -1, -1):
        log_message(db, NewMessage(chat, "peer", f"{ago}", NOW - ago * HOUR))
        imported = NewMessage(chat, "peer", "export", NOW - ago * HOUR, source="import:x")
        log_message(db, imported)
    move_times(db, NOW, by)
    messages = list(messages_of_chat(db, chat))
    live = [message.text for message in messages if message.text != "export"]
    assert live == [f"{ago}" for ago in range(40, -1, -1)]
    exported = [message.sent_at for message in messages if message.text == "export"]
    assert exported == [NOW - ago * HOUR for ago in range(40, -1, -1)]


def test_after_a_start_nothing_lies_in_the_future(db: Database) -> None:
    chat = upsert_chat(db, "fake", "ann", "ann").id
    for text, at in (("past", NOW - 1), ("far", NOW + 9 * HOUR), ("near", NOW + HOUR)):
        log_message(db, NewMessage(chat, "peer", text, at))
    no_future_times(db, NOW)
    assert [m.sent_at for m in messages_of_chat(db, chat)] == [NOW - 1, NOW, NOW]
