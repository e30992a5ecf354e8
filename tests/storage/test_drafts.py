import pytest
from sqlite_utils import Database

from storage.chats import upsert_chat
from storage.drafts import approve_draft, edit_draft, list_drafts, reject_draft
from storage.errors import InputError
from storage.messages import NewMessage, log_message
from storage.outbox import Piece, approved_pieces, record_decision


@pytest.fixture
def number(db: Database) -> int:
    """A draft of two lines, with the program's notice before them."""
    chat = upsert_chat(db, "test", "ann", "Ann").id
    message = log_message(db, NewMessage(chat, "peer", "lunch?", 1))
    assert message is not None
    pieces = record_decision(
        db, chat, message, "mode is draft", ["yes", "when?"], state="draft", notice="twin", now=5
    )
    assert pieces[0].decision_id is not None
    return pieces[0].decision_id


def said(pieces: list[Piece]) -> list[tuple[str, str]]:
    assert all(piece.approved for piece in pieces)
    return [(piece.text, piece.words) for piece in pieces]


def test_a_draft_is_what_one_decision_would_say(db: Database, number: int) -> None:
    [draft] = list_drafts(db)
    assert (draft.number, draft.chat_name, draft.asked) == (number, "Ann", "lunch?")
    assert draft.lines == ["twin", "yes", "when?"]


def test_approved_it_waits_to_be_sent(db: Database, number: int) -> None:
    pieces = approve_draft(db, number, words="twin", now=9)
    assert said(pieces) == [("twin", "twin"), ("yes", "twin"), ("when?", "twin")]
    assert approved_pieces(db) == pieces
    assert list_drafts(db) == []


def test_approved_it_may_count_as_the_owners_words_but_never_the_notice(
    db: Database, number: int
) -> None:
    pieces = approve_draft(db, number, words="owner", now=9)
    assert said(pieces) == [("twin", "twin"), ("yes", "owner"), ("when?", "owner")]


def test_edited_the_owners_lines_go_out_and_the_twins_are_kept(db: Database, number: int) -> None:
    assert said(edit_draft(db, number, " sure\n\nnoon ", now=9)) == [
        ("twin", "twin"),
        ("sure", "owner"),
        ("noon", "owner"),
    ]
    states = db.execute("SELECT text, state FROM outbox ORDER BY id").fetchall()
    assert ("yes", "edited") in states
    with pytest.raises(InputError, match="no words"):
        edit_draft(db, number, " \n", now=9)


def test_half_a_character_in_the_owners_words_is_no_crash(db: Database, number: int) -> None:
    assert ("no", "owner") in said(edit_draft(db, number, "no\ud83d", now=9))


def test_rejected_it_is_gone(db: Database, number: int) -> None:
    reject_draft(db, number, now=9)
    assert list_drafts(db) == []
    assert approved_pieces(db) == []


def test_a_draft_is_settled_once(db: Database, number: int) -> None:
    approve_draft(db, number, words="twin", now=9)
    for again in (
        lambda: approve_draft(db, number, words="twin", now=9),
        lambda: edit_draft(db, number, "no", now=9),
        lambda: reject_draft(db, number, now=9),
        lambda: reject_draft(db, 99, now=9),
    ):
        with pytest.raises(InputError, match="none of that number waits"):
            again()
    assert len(approved_pieces(db)) == 3
