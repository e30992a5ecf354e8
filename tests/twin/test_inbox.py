from dataclasses import replace

import pytest
from sqlite_utils import Database

from storage.chats import list_chats, set_mode
from storage.messages import (
    NewMessage,
    dedupe_key,
    log_live,
    log_message,
    messages_of_chat,
)
from storage.outbox import add_piece, move_piece, record_decision, state_of
from tests.twin.fakes import FakeTime, chat_with, said
from twin.connectors.base import MediaSaved, MessageEdited, MessageFailed, MessageRecalled
from twin.inbox import Inbox
from twin.replying.bursts import open_burst
from twin.whose import is_command

AT = FakeTime().seconds


class Notes:
    def __init__(self) -> None:
        self.messages: list[int] = []
        self.recalled: list[int] = []
        self.edited: list[int] = []
        self.taken_over: list[int] = []
        self.commands: list[str] = []
        self.files: list[int] = []

    def friend_wrote(self, chat_id: int, message_id: int) -> None:
        self.messages.append(message_id)

    def friend_recalled(self, chat_id: int, message_id: int) -> None:
        self.recalled.append(message_id)

    def friend_edited(self, chat_id: int, message_id: int) -> None:
        self.edited.append(message_id)

    def owner_wrote(self, chat_id: int) -> None:
        self.taken_over.append(chat_id)

    def owner_commanded(self, chat_id: int, text: str) -> None:
        self.commands.append(text)

    def media_came(self, message_id: int) -> None:
        self.files.append(message_id)


@pytest.fixture
def notes() -> Notes:
    return Notes()


@pytest.fixture
def inbox(db: Database, notes: Notes) -> Inbox:
    return Inbox(db, notes)


def log_of(db: Database, chat_id: int) -> list[tuple[str, str]]:
    return [(message.origin, message.text) for message in messages_of_chat(db, chat_id)]


async def test_a_stranger_is_logged_and_not_answered_by_default(
    db: Database, inbox: Inbox, notes: Notes
) -> None:
    await inbox.handle("fake", said("hi", AT))
    (chat,) = list_chats(db)
    assert chat["mode"] == "log"
    assert log_of(db, chat["id"]) == [("peer", "hi")]
    assert len(notes.messages) == 1


async def test_off_is_not_even_logged(db: Database, inbox: Inbox, notes: Notes) -> None:
    chat = chat_with(db, "ann")
    set_mode(db, chat.id, "off")
    await inbox.handle("fake", said("secret", AT, id="1"))
    assert log_of(db, chat.id) == []
    assert db["contacts"].count == 0
    assert notes.messages == []


async def test_the_same_event_counts_once(db: Database, inbox: Inbox, notes: Notes) -> None:
    chat = chat_with(db, "ann")
    await inbox.handle("fake", said("hi", AT, id="1"))
    await inbox.handle("fake", said("hi", AT, id="1"))
    await inbox.handle("fake", said("hi", AT, id="2"))
    assert log_of(db, chat.id) == [("peer", "hi")] * 2
    assert len(notes.messages) == 2


async def test_what_the_owner_types_is_his(db: Database, inbox: Inbox, notes: Notes) -> None:
    chat = chat_with(db, "ann")
    await inbox.handle("fake", said("me here", AT, from_owner=True))
    assert log_of(db, chat.id) == [("owner", "me here")]
    assert notes.taken_over == [chat.id]
    assert notes.messages == []


async def test_what_the_platform_says_for_the_owner_is_no_takeover(
    db: Database, inbox: Inbox, notes: Notes
) -> None:
    """Telegram greets newcomers in the owner's name: the friend's question is still open."""
    chat = chat_with(db, "ann")
    await inbox.handle("fake", said("are you there?", AT))
    await inbox.handle("fake", replace(said("Welcome!", AT, from_owner=True), kind="system"))
    assert log_of(db, chat.id) == [("peer", "are you there?"), ("owner", "Welcome!")]
    assert notes.taken_over == []
    assert [message.text for message in open_burst(db, chat.id)] == ["are you there?"]


@pytest.mark.parametrize(
    ("text", "steers", "is_order"),
    [
        ("/twin on Ann", True, True),
        ("／twin on Ann", True, True),
        ("／TWIN\u3000status", True, True),
        ("／twin on Ann", False, False),
        ("//twin", True, False),
        ("twin on Ann", True, False),
        ("／", True, False),
    ],
)
def test_an_order_begins_with_either_slash(text: str, steers: bool, is_order: bool) -> None:
    event = replace(said(text, AT, from_owner=True), steers=steers)
    assert is_command(event) is is_order


async def test_the_echo_of_a_piece_is_the_twins_and_the_next_is_not(
    db: Database, inbox: Inbox, notes: Notes
) -> None:
    chat = chat_with(db, "ann")
    at = FakeTime().seconds
    await inbox.handle("fake", said("hi", at, id="1"))
    now = int(at * 1000)
    (piece,) = record_decision(db, chat.id, notes.messages[0], "answered", ["hello"], now=now)
    move_piece(db, piece.id, "sending", now=now)
    await inbox.handle("fake", said("hello", at, id="2", from_owner=True))
    await inbox.handle("fake", said("hello", at, id="2", from_owner=True))
    assert notes.taken_over == []
    await inbox.handle("fake", said("hello", at, id="3", from_owner=True))
    assert [origin for origin, _ in log_of(db, chat.id)] == ["peer", "twin", "owner"]


LONG_REPLY = "the first half of it &\nthe second half"


@pytest.mark.parametrize(
    "heard",
    [
        [LONG_REPLY, LONG_REPLY.replace("&", "&amp;")],
        LONG_REPLY.split("\n"),
        [LONG_REPLY.replace("\n", "<br/>"), *LONG_REPLY.split("\n")],
    ],
    ids=["in another form", "in parts", "whole and in parts"],
)
async def test_an_echo_that_is_told_again_is_logged_once(
    db: Database, inbox: Inbox, notes: Notes, heard: list[str]
) -> None:
    chat, at = chat_with(db, "ann"), FakeTime().seconds
    await inbox.handle("fake", said("hi", at, id="1"))
    now = int(at * 1000)
    (piece,) = record_decision(db, chat.id, notes.messages[0], "answered", [LONG_REPLY], now=now)
    move_piece(db, piece.id, "sent", now=now)
    for number, text in enumerate(heard):
        await inbox.handle("fake", said(text, at, id=f"echo{number}", from_owner=True))
    assert log_of(db, chat.id) == [("peer", "hi"), ("twin", LONG_REPLY)]
    assert notes.taken_over == []


async def test_an_echo_is_known_by_the_platforms_time_though_all_it_tells_is_late(
    db: Database, notes: Notes
) -> None:
    """Equally late messages look like those of a platform whose clock is behind."""
    time, late = FakeTime(), 90
    inbox, chat = Inbox(db, notes, time.clock), chat_with(db, "ann")
    for number in range(3):
        await inbox.handle("fake", said("hi", time.seconds - late, id=str(number)))
        await time.advance(60)
    now = time.now()
    (piece,) = record_decision(db, chat.id, notes.messages[-1], "answered", ["hello"], now=now)
    move_piece(db, piece.id, "sent", now=now)
    await time.advance(late)
    await inbox.handle("fake", said("hello", now / 1000, id="echo", from_owner=True))
    assert notes.taken_over == []
    assert log_of(db, chat.id)[-1] == ("twin", "hello")


async def test_a_repeated_message_of_the_owner_uses_up_no_echo(
    db: Database, inbox: Inbox, notes: Notes
) -> None:
    chat = chat_with(db, "ann")
    at = FakeTime().seconds
    await inbox.handle("fake", said("ok", at, id="1", from_owner=True))
    peer = log_live(db, NewMessage(chat.id, "peer", "so?", int(at * 1000)))
    assert peer is not None
    now = int(at * 1000)
    (piece,) = record_decision(db, chat.id, peer, "answered", ["ok"], now=now)
    move_piece(db, piece.id, "sent", now=now)
    await inbox.handle("fake", said("ok", at, id="1", from_owner=True))
    await inbox.handle("fake", said("ok", at, id="2", from_owner=True))
    assert [origin for origin, _ in log_of(db, chat.id)] == ["owner", "peer", "twin"]


async def test_a_recalled_message_is_marked(db: Database, inbox: Inbox) -> None:
    chat = chat_with(db, "ann")
    await inbox.handle("fake", said("oops", AT, id="1"))
    await inbox.handle("fake", MessageRecalled("ann", "1"))
    await inbox.handle("fake", MessageRecalled("nobody", "1"))
    (message,) = messages_of_chat(db, chat.id)
    assert message.recalled_at is not None


@pytest.mark.parametrize("origin", ["peer", "twin"])
async def test_an_export_of_a_live_chat_adds_nothing_twice(db: Database, origin: str) -> None:
    """Above all, what the twin said must not come back as the owner's words."""
    chat, at = chat_with(db, "ann"), int(AT * 1000)
    for _ in range(2):
        log_live(db, NewMessage(chat.id, "peer" if origin == "peer" else "twin", "ha", at))
    for nth in range(2):
        key = dedupe_key(at, origin == "twin", "text", "ha", nth)
        imported = NewMessage(
            chat.id,
            "peer" if origin == "peer" else "owner",
            "ha",
            at,
            source="import",
            dedupe_key=key,
        )
        assert log_message(db, imported) is None
    assert log_of(db, chat.id) == [(origin, "ha")] * 2


async def test_what_an_import_brought_before_is_not_answered(
    db: Database, inbox: Inbox, notes: Notes
) -> None:
    chat, at = chat_with(db, "ann"), int(AT * 1000)
    key = dedupe_key(at, False, "text", "hi", 0)
    log_message(db, NewMessage(chat.id, "peer", "hi", at, source="import", dedupe_key=key))
    await inbox.handle("fake", said("hi", AT, id="1"))
    assert log_of(db, chat.id) == [("peer", "hi")]
    assert notes.messages == []


async def test_halves_of_characters_and_zero_bytes_come_no_further(
    db: Database, inbox: Inbox, notes: Notes
) -> None:
    dirty = "\ud83da\0b"
    event = replace(
        said(dirty, AT, id=dirty), chat_name=dirty, sender_name=dirty, raw=dirty, reply_to=dirty
    )
    await inbox.handle("fake", event)
    await inbox.handle("fake", event)
    await inbox.handle("fake", MessageRecalled("ann", dirty))
    command = replace(said(f"/twin pause {dirty}", AT, from_owner=True), steers=True)
    await inbox.handle("fake", command)
    [chat] = list_chats(db)
    assert chat["name"] == "?ab"
    messages = list(messages_of_chat(db, chat["id"]))
    assert messages[0].text == "?ab"
    assert messages[0].recalled_at is not None
    assert notes.commands == ["/twin pause ?ab"]
    assert len(messages) == 2


async def test_what_is_told_late_as_history_is_logged_and_nothing_follows(
    db: Database, inbox: Inbox, notes: Notes
) -> None:
    """A bridge fills in last week: the friend's newest message still waits for its answer."""
    chat = chat_with(db, "ann")
    await inbox.handle("fake", said("and now?", AT, id="new"))
    for back in (3, 2):
        for from_owner in (False, True):
            event = said(
                "once", AT - back * 86_400, id=f"{back}{from_owner}", from_owner=from_owner
            )
            await inbox.handle("fake", replace(event, is_history=True))
            await inbox.handle("fake", replace(event, is_history=True))
    order = replace(said("/twin off", AT - 86_400, from_owner=True), steers=True, is_history=True)
    await inbox.handle("fake", order)
    assert log_of(db, chat.id) == [
        *[("peer", "once"), ("owner", "once")] * 2,
        ("owner", "/twin off"),
        ("peer", "and now?"),
    ]
    assert len(notes.messages) == 1
    assert notes.taken_over == []
    assert notes.commands == []
    assert [m.kind for m in messages_of_chat(db, chat.id)][-2:] == ["command", "text"]
    assert [message.text for message in open_burst(db, chat.id)] == ["and now?"]


async def test_what_the_twin_sent_is_its_own_in_the_history_too(
    db: Database, inbox: Inbox, notes: Notes
) -> None:
    """Nobody knew whether it had arrived, and after a gap the platform's history shows it."""
    chat = chat_with(db, "ann")
    await inbox.handle("fake", said("coming?", AT - 60, id="1"))
    [piece] = record_decision(db, chat.id, 1, "answered", ["on my way"], now=round(AT * 1000))
    move_piece(db, piece.id, "sending", now=round(AT * 1000))
    move_piece(db, piece.id, "doubt", now=round(AT * 1000))
    for text, at in (("on my way", AT), ("on my way", AT - 86_400)):
        event = said(text, at, id=f"{at}", from_owner=True)
        await inbox.handle("fake", replace(event, is_history=True))
    assert [origin for origin, _ in log_of(db, chat.id)] == ["owner", "peer", "twin"]
    assert state_of(db, piece.id)[0] == "sent"
    assert notes.taken_over == []


async def test_only_who_wrote_a_message_can_change_it(
    db: Database, inbox: Inbox, notes: Notes
) -> None:
    """Some servers take from anybody in a group what says to be an edit."""
    chat = chat_with(db, "ann")
    await inbox.handle("fake", said("hi", AT, id="1"))
    await inbox.handle("fake", said("I will pay", AT, id="2", from_owner=True))
    notes.taken_over.clear()
    for number in ("1", "2", "3"):
        forged = MessageEdited("ann", number, "forged", round(AT * 1000), sender_id="bob")
        await inbox.handle("fake", forged)
    await inbox.handle("fake", replace(forged, external_id="1", sender_id="me", from_owner=True))
    await inbox.handle("fake", said("told later", AT, id="3"))
    assert [text for _, text in log_of(db, chat.id)] == ["hi", "I will pay", "told later"]
    assert (notes.edited, notes.taken_over) == ([], [])
    await inbox.handle("fake", replace(forged, external_id="1", sender_id="ann"))
    await inbox.handle("fake", replace(forged, external_id="2", sender_id="me", from_owner=True))
    assert [text for _, text in log_of(db, chat.id)] == ["forged", "forged", "told later"]


async def test_the_owners_change_of_something_old_is_no_takeover(
    db: Database, inbox: Inbox, notes: Notes
) -> None:
    chat = chat_with(db, "ann")
    event = said("see you at nine", AT - 86_400, id="1", from_owner=True)
    await inbox.handle("fake", replace(event, is_history=True))
    await inbox.handle("fake", MessageEdited("ann", "1", "see you at ten", round(AT * 1000)))
    assert log_of(db, chat.id) == [("owner", "see you at ten")]
    assert notes.taken_over == []


async def test_history_of_a_chat_that_is_off_is_not_logged(db: Database, inbox: Inbox) -> None:
    chat = chat_with(db, "ann")
    set_mode(db, chat.id, "off")
    await inbox.handle("fake", replace(said("secret", AT, id="1"), is_history=True))
    assert log_of(db, chat.id) == []


async def test_what_was_not_delivered_is_no_context_and_ends_its_reply(
    db: Database, inbox: Inbox, notes: Notes
) -> None:
    chat = chat_with(db, "ann")
    await inbox.handle("fake", said("hi", AT, id="1"))
    (message,) = messages_of_chat(db, chat.id)
    first, second = record_decision(db, chat.id, message.id, "answered", ["hello", "you"])
    move_piece(db, first.id, "sent", external_id="2", now=int(AT * 1000))
    await inbox.handle("fake", said("hello", AT, id="2", from_owner=True))
    for told in ("unknown", "2", "2"):
        await inbox.handle("fake", MessageFailed("ann", told))
    await inbox.handle("fake", MessageFailed("nobody", "2"))
    assert [state_of(db, piece.id)[0] for piece in (first, second)] == ["failed", "cancelled"]
    _, echo = messages_of_chat(db, chat.id)
    assert (echo.origin, echo.recalled_at is None) == ("twin", False)
    assert notes.taken_over == []


async def test_what_arrived_although_it_was_said_to_have_failed_is_still_the_twins(
    db: Database, inbox: Inbox, notes: Notes
) -> None:
    """A bridge gave up waiting, and then brings what it sent as typed on the owner's phone."""
    chat, at = chat_with(db, "ann"), int(AT * 1000)
    piece = add_piece(db, chat.id, "see you at eight", now=at)
    move_piece(db, piece.id, "sent", external_id="1", now=at)
    await inbox.handle("fake", said("see you at eight", AT, id="1", from_owner=True))
    await inbox.handle("fake", MessageFailed("ann", "1"))
    for id_ in ("2", "2"):
        await inbox.handle("fake", said("see you at eight", AT + 5, id=id_, from_owner=True))
    logged = [(m.origin, m.recalled_at is None) for m in messages_of_chat(db, chat.id)]
    assert sorted(logged) == [("twin", False), ("twin", True)]
    assert notes.taken_over == []


async def test_a_failure_of_what_the_owner_wrote_is_theirs_to_mend(
    db: Database, inbox: Inbox
) -> None:
    chat = chat_with(db, "ann")
    await inbox.handle("fake", said("from my phone", AT, id="1", from_owner=True))
    await inbox.handle("fake", MessageFailed("ann", "1"))
    (message,) = messages_of_chat(db, chat.id)
    assert message.recalled_at is None


async def test_a_saved_file_is_noted_and_passed_on(
    inbox: Inbox, notes: Notes, db: Database
) -> None:
    chat_with(db, "ann")
    await inbox.handle("fake", replace(said("", AT, id="m1"), kind="voice"))
    await inbox.handle("fake", MediaSaved("ann", "m1", "media/fake/a.ogg"))
    await inbox.handle("fake", MediaSaved("ann", "none", "media/fake/b.ogg"))
    await inbox.handle("fake", MediaSaved("bob", "m1", "media/fake/c.ogg"))
    assert notes.files == notes.messages
    rows = db.execute("SELECT media FROM messages").fetchall()
    assert rows == [("media/fake/a.ogg",)]
