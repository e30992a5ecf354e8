"""A sticker in the outbox repeats a message of the owner's, as long as that is there."""

import pytest
from sqlite_utils import Database

from storage.chat_deletion import forget_chat
from storage.chats import upsert_chat
from storage.decisions import last_decisions, undelivered_since
from storage.drafts import approve_draft, edit_draft, list_drafts
from storage.echoes import find_echo
from storage.media_texts import store_media_text
from storage.messages import NewMessage, log_message, mark_recalled
from storage.outbox import Piece, add_piece, move_piece, record_decision
from storage.people import link_chats
from storage.pieces import StickerOf
from storage.stickers import own_sticker, replies_with_stickers

AT = 1_700_000_000_000
GIF = "media/qq/a.gif"


@pytest.fixture
def sticker(db: Database, chat: int) -> int:
    row = NewMessage(chat, "owner", "", AT, kind="sticker", external_id="s", media=GIF, raw="{}")
    number = log_message(db, row)
    assert number is not None
    store_media_text(db, number, GIF, "我太\n难了", reader="r", at=AT)
    return number


def decide(db: Database, chat: int, sticker: int, state: str = "draft") -> list[Piece]:
    asked = log_message(db, NewMessage(chat, "peer", "ugh", AT + 5))
    assert asked is not None
    said = ["me too", StickerOf(sticker)]
    return record_decision(db, chat, asked, "mode is draft", said, state=state, now=AT)  # type: ignore[arg-type]


def test_it_is_the_owners_and_of_that_friend(db: Database, chat: int, sticker: int) -> None:
    found = own_sticker(db, sticker, chat)
    assert found is not None
    assert (found.platform, found.media, found.text) == ("wechat", GIF, "我太\n难了")
    other = upsert_chat(db, "web", "ann", "Ann").id
    assert own_sticker(db, sticker, other) is None
    link_chats(db, chat, other)
    assert own_sticker(db, sticker, other) == found
    for change in ("origin = 'peer'", "origin = 'twin'", "kind = 'image'"):
        db.execute(f"UPDATE messages SET {change} WHERE id = ?", [sticker])
        assert own_sticker(db, sticker, chat) is None
        db.execute("UPDATE messages SET origin = 'owner', kind = 'sticker'")
    mark_recalled(db, chat, "s", AT)
    assert own_sticker(db, sticker, chat) is None
    assert own_sticker(db, None, chat) is None


def test_a_draft_shows_it_and_so_does_what_was_decided(
    db: Database, chat: int, sticker: int
) -> None:
    text, piece = decide(db, chat, sticker)
    assert (piece.kind, piece.text, piece.sticker) == ("sticker", "", sticker)
    [draft] = list_drafts(db)
    assert (draft.lines, draft.stickers) == (["me too", "[sticker: 我太 难了]"], {1: sticker})
    [record] = last_decisions(db, chat)
    assert [(one.text, one.sticker_of) for one in record.said] == [
        ("me too", None),
        ("[sticker: 我太 难了]", AT),
    ]
    unsaid = undelivered_since(db, chat, 0, most=9)
    assert [(one.text, one.sticker) for one in unsaid][1] == ("[sticker: 我太 难了]", sticker)
    approved = approve_draft(db, text.decision_id or 0, words="owner", now=AT)
    assert [(one.kind, one.words) for one in approved] == [("text", "owner"), ("sticker", "twin")]


def test_edited_it_goes_where_its_mark_stands(db: Database, chat: int, sticker: int) -> None:
    number = decide(db, chat, sticker)[0].decision_id or 0
    sent = edit_draft(db, number, "[sticker: 我太 难了]\nsame here", now=AT)
    assert [(one.kind, one.text, one.sticker) for one in sent] == [
        ("sticker", "", sticker),
        ("text", "same here", None),
    ]
    number = decide(db, chat, sticker)[0].decision_id or 0
    assert [one.text for one in edit_draft(db, number, "me neither", now=AT)] == ["me neither"]
    rows = db.execute("SELECT rejected, chosen FROM corrections ORDER BY id").fetchall()
    assert rows == [("me too", "same here"), ("me too", "me neither")]


@pytest.mark.parametrize("mark", ["[sticker]", "[sticker: 我太 难了]"])
def test_edited_no_friend_reads_its_mark(db: Database, chat: int, sticker: int, mark: str) -> None:
    for text, expected in (
        (f"a\nb\nc\n{mark}\nd\ne\nf", ["a", "b\nc", "", "d", "e\nf"]),
        (f"{mark}\na\nb\nc\nd", ["", "a", "b", "c", "d"]),
        (f"a\n{mark}\n{mark}", ["a", ""]),
        (f" {mark} ", [""]),
        (f"a\nb\nc\nd\ne\nf\n{mark}", ["a", "b\nc", "d", "e\nf", ""]),
    ):
        number = decide(db, chat, sticker)[0].decision_id or 0
        sent = edit_draft(db, number, text, now=AT)
        assert [one.text for one in sent] == expected
        assert {one.sticker for one in sent if not one.text} == {sticker}


def test_forgotten_it_is_not_there_any_more(db: Database, chat: int, sticker: int) -> None:
    other = upsert_chat(db, "web", "ann", "Ann").id
    link_chats(db, chat, other)
    piece = add_piece(db, other, "", kind="sticker", sticker=sticker)
    forget_chat(db, chat)
    row = db.execute("SELECT sticker FROM outbox WHERE id = ?", [piece.id]).fetchone()
    assert row == (None,)


def test_how_many_replies_had_one(db: Database, chat: int, sticker: int) -> None:
    for state in ("sent", "doubt", "draft", "rejected", "cancelled", "dry", "edited"):
        decide(db, chat, sticker, state)
    asked = log_message(db, NewMessage(chat, "peer", "?", AT + 9))
    assert asked is not None
    record_decision(db, chat, asked, "answered", ["words"], notice="a twin", state="sent")
    assert replies_with_stickers(db, chat, 50) == (4, 5)
    assert replies_with_stickers(db, chat, 1) == (0, 1)


def sent(db: Database, chat: int, sticker: int, **more: str) -> Piece:
    piece = add_piece(db, chat, "", kind="sticker", sticker=sticker, now=AT)
    move_piece(db, piece.id, "sending", now=AT)
    move_piece(db, piece.id, "sent", now=AT + 500)
    return piece


def test_its_echo_is_a_sticker_or_picture_about_then(db: Database, chat: int, sticker: int) -> None:
    piece = sent(db, chat, sticker)
    assert find_echo(db, chat, None, "1", AT + 90_000, kind="sticker") is None
    assert find_echo(db, chat, None, "1", AT, kind="voice") is None
    assert find_echo(db, chat, "👍", "1", AT) is None  # the owner's own words
    echo = find_echo(db, chat, None, "1", AT + 900, kind="image")
    assert echo is not None
    assert (echo.piece.id, echo.is_again) == (piece.id, False)
    # One piece explains one message: the next is the owner's.
    assert find_echo(db, chat, None, "2", AT + 900, kind="sticker") is None


def test_one_that_is_in_the_log_has_no_echo_to_come(db: Database, chat: int, sticker: int) -> None:
    sent(db, chat, sticker)
    log_message(db, NewMessage(chat, "twin", "", AT + 500, kind="sticker"))
    assert find_echo(db, chat, None, "9", AT + 900, kind="sticker") is None
