"""An export of a chat that the twin answered: its words don't come back as the owner's."""

from pathlib import Path

import pytest
from sqlite_utils import Database

from storage.chats import upsert_chat
from storage.importers.base import ImportedMessage
from storage.importers.import_files import import_paths
from storage.importers.sent_by_twin import SentByTwin
from storage.messages import messages_of_chat
from storage.outbox import Words, add_piece, move_piece
from tests.alterations import ALTERATIONS
from tests.storage.importers.samples import T0, as_json

META = {"name": "小明", "platform": "wechat", "type": "private", "ownerId": "wxid_me"}
SENT = "see  you at eight 🙂 & bring <b>wine</b>, I'll be there a little later"


def exported(folder: Path, *said: tuple[str, int, str]) -> Path:
    """A file of (sender, seconds after the twin wrote, text)."""
    messages = [
        {"sender": who, "accountName": who, "timestamp": T0 + at, "type": 0, "content": text}
        for who, at, text in said
    ]
    path = folder / "export.json"
    told = {"meta": META, "members": [], "messages": messages}
    path.write_text(as_json({"chatlab": {"version": "0.0.2", "exportedAt": T0}} | told))
    return path


@pytest.fixture
def chat(db: Database) -> int:
    """A chat in which the twin wrote at T0."""
    return upsert_chat(db, "wechat", "wxid_f", "小明").id


def wrote(db: Database, chat: int, text: str, words: Words = "twin", at: int = 0) -> None:
    now = (T0 + at) * 1000
    piece = add_piece(db, chat, text, words=words, now=now)
    move_piece(db, piece.id, "sending", now=now)
    move_piece(db, piece.id, "sent", now=now + 200)


def test_the_twins_words_are_left_out_however_they_are_written(
    db: Database, chat: int, tmp_path: Path
) -> None:
    told = []
    for number, alter in enumerate(ALTERATIONS.values()):
        wrote(db, chat, SENT, at=300 * number)
        told.append(("wxid_me", 300 * number + 1, alter(SENT)))
    import_paths(db, [exported(tmp_path, ("wxid_f", -9, "when?"), *told)])
    assert [message.text for message in messages_of_chat(db, chat)] == ["when?"]


@pytest.mark.parametrize(
    ("at", "text"), [(1, "no, I can't"), (61, SENT), (-3600, SENT), (31, SENT[:40])]
)
def test_the_owners_words_are_imported(
    db: Database, chat: int, tmp_path: Path, at: int, text: str
) -> None:
    wrote(db, chat, SENT)
    import_paths(db, [exported(tmp_path, ("wxid_f", -9, "when?"), ("wxid_me", at, text))])
    assert sorted(m.origin for m in messages_of_chat(db, chat)) == ["owner", "peer"]


def test_what_the_owner_typed_on_their_pages_is_theirs(
    db: Database, chat: int, tmp_path: Path
) -> None:
    wrote(db, chat, SENT, words="owner")
    import_paths(db, [exported(tmp_path, ("wxid_f", -9, "when?"), ("wxid_me", 1, SENT))])
    assert sorted(m.origin for m in messages_of_chat(db, chat)) == ["owner", "peer"]


def test_markup_is_read_on_its_way_in(db: Database, chat: int, tmp_path: Path) -> None:
    marked = 'ok<span class="emoji emoji1f604"></span><br/>bye'
    typed = "write <br/> or &amp;"
    path = exported(tmp_path, ("wxid_f", 0, marked), ("wxid_me", 3, typed))
    import_paths(db, [path])
    assert [message.text for message in messages_of_chat(db, chat)] == ["ok😄\nbye", typed]
    raw = db.execute("SELECT raw FROM messages ORDER BY sent_at").fetchall()
    assert raw == [(marked,), (None,)]


def test_the_twins_stickers_are_no_owners_and_explain_no_emoji(db: Database, chat: int) -> None:
    now = T0 * 1000
    piece = add_piece(db, chat, "", kind="sticker", now=now)
    move_piece(db, piece.id, "sending", now=now)
    move_piece(db, piece.id, "sent", now=now + 200)
    told = SentByTwin(db)

    def holds(kind: str, at: int, text: str = "") -> bool:
        message = ImportedMessage(
            chat_id="wxid_f",
            chat_name="Ann",
            sender_id="wxid_me",
            sender_name="me",
            sent_at=now + at * 1000,
            text=text,
            kind=kind,
            from_owner=True,
        )
        return told.holds(chat, message)

    assert [holds(kind, 3) for kind in ("sticker", "image", "voice", "text")] == [
        *(True, True, False, False),
    ]
    assert not holds("sticker", 90)
    assert not holds("text", 3, "👍")
