"""Messenger's and Instagram's JSON."""

import json
from pathlib import Path
from typing import Any

import pytest
from sqlite_utils import Database

from storage.importers.file import ExportFile
from storage.importers.formats import messenger
from storage.importers.import_files import import_paths
from tests.storage.importers.samples import T0, Sample, as_json, put, read, read_sample, seen

Row = dict[str, Any]


def garbled(said: str) -> str:
    """As the export has it: a sign for each byte."""
    return said.encode().decode("latin-1")


def row(second: int, sender: str, content: str | None = None, **fields: Any) -> Row:
    said = {} if content is None else {"content": garbled(content)}
    return {
        "sender_name": garbled(sender),
        "timestamp_ms": (T0 + second) * 1000 + 123,
        **said,
        **fields,
        "is_geoblocked_for_viewer": False,
        "is_unsent_image_by_messenger_kid_parent": False,
    }


def thread(*rows: Row, people: tuple[str, ...] = ("Mira Groß", "Ben Stone"), **more: Any) -> Row:
    """A part of a chat; the newest message comes first."""
    return {
        "participants": [{"name": garbled(name)} for name in people],
        "messages": list(reversed(rows)),
        "title": garbled(people[0]),
        "is_still_participant": True,
        "thread_path": "inbox/miragross_10206072096154041",
        "magic_words": [],
        **more,
    }


MIRA, BEN = "Mira Groß", "Ben Stone"
MESSAGES = [
    row(0, MIRA, "You are now connected on Messenger"),
    row(1, MIRA, "schön 😀\nwirklich"),
    row(2, BEN, "naïve — 你好", reactions=[{"reaction": garbled("❤"), "actor": garbled(MIRA)}]),
    row(3, MIRA, photos=[{"uri": "messages/inbox/a/photos/1.jpg", "creation_timestamp": T0}]),
    row(4, BEN, sticker={"uri": "messages/stickers_used/1.png", "ai_stickers": []}),
    row(5, MIRA, "Mira Groß hat einen Anhang gesendet.", share={"link": "https://a.b/c"}),
    row(6, BEN, "look https://a.b", share={"link": "https://a.b"}),
    row(7, MIRA, "Mira Groß called you.", type="Call", call_duration=65),
    row(8, BEN, audio_files=[{"uri": "messages/inbox/a/audio/1.mp4"}]),
    row(9, MIRA, is_unsent=True),
    row(10, BEN, "Reacted 😍 to your message "),
    row(11, MIRA, "Mira Groß set the nickname for Ben Stone to Benni."),
]
ENCRYPTED: Row = {
    "participants": ["Mira Groß", "Ben Stone"],
    "threadName": "Mira Groß_7",
    "messages": [
        {
            "isUnsent": unsent,
            "media": [{"uri": uri}] if uri else [],
            "reactions": [{"actor": "Ben Stone", "reaction": "👍"}],
            "senderName": sender,
            "text": said,
            "timestamp": (T0 + second) * 1000,
            "type": type_,
        }
        for second, sender, said, type_, uri, unsent in (
            (40, MIRA, "", "text", "", True),
            (30, BEN, "You sent an attachment.", "placeholder", "", False),
            (20, MIRA, "", "media", "./media/1.jpeg", False),
            (10, BEN, "schön wär's", "text", "", False),
            (0, MIRA, "Reacted 👍 to your message", "text", "", False),
        )
    ],
}
INSTAGRAM = as_json(
    thread(
        row(0, "mira", "hi"),
        row(1, "ben", "Liked a message"),
        row(2, "mira", photos=[{"uri": "your_instagram_activity/messages/inbox/m/1.jpg"}]),
        row(3, "ben", "haha", share={"link": "https://instagram.com/stories/mira/1"}),
        row(4, "ben", "You sent an attachment.", share={"link": "https://instagram.com/p/1"}),
        people=("mira", "ben"),
        thread_path="inbox/mira_17842000000000000",
    )
)

SAMPLES = (
    Sample("message_1.json", json.dumps(thread(*MESSAGES), indent=2), me=BEN),
    Sample("Mira Groß_7.json", as_json(ENCRYPTED), me=BEN),
    Sample("instagram.json", INSTAGRAM, me="ben"),
)


def test_messages_newest_first_with_their_letters_mended(tmp_path: Path) -> None:
    assert list(reversed(seen(read_sample(tmp_path, "message_1.json")))) == [
        (MIRA, None, "system", "You are now connected on Messenger"),
        (MIRA, None, "text", "schön 😀\nwirklich"),
        (BEN, None, "text", "naïve — 你好"),
        (MIRA, None, "image", ""),
        (BEN, None, "sticker", ""),
        (MIRA, None, "link", ""),
        (BEN, None, "text", "look https://a.b"),
        (MIRA, None, "call", ""),
        (BEN, None, "voice", ""),
        (MIRA, None, "system", ""),
        (BEN, None, "system", "Reacted 😍 to your message "),
        (MIRA, None, "system", "Mira Groß set the nickname for Ben Stone to Benni."),
    ]


def test_the_chat_has_the_number_of_its_path_and_its_title(tmp_path: Path) -> None:
    messages = read_sample(tmp_path, "message_1.json")
    assert {(m.chat_id, m.chat_name, m.chat_kind, m.platform) for m in messages} == {
        ("10206072096154041", MIRA, "direct", "messenger")
    }
    assert messages[0].sent_at == (T0 + 11) * 1000 + 123
    assert [m.recalled for m in messages].index(True) == 2


def test_an_end_to_end_encrypted_chat(tmp_path: Path) -> None:
    messages = read_sample(tmp_path, "Mira Groß_7.json")
    assert seen(messages) == [
        (MIRA, None, "system", ""),
        (BEN, None, "system", "You sent an attachment."),
        (MIRA, None, "image", ""),
        (BEN, None, "text", "schön wär's"),
        (MIRA, None, "system", "Reacted 👍 to your message"),
    ]
    assert [m.recalled for m in messages] == [True, False, False, False, False]
    assert {(m.chat_id, m.chat_id_is_name) for m in messages} == {(MIRA, True)}


def test_instagram_is_known_by_its_folders(tmp_path: Path) -> None:
    messages = read_sample(tmp_path, "instagram.json")
    assert {m.platform for m in messages} == {"instagram"}
    assert [(m.kind, m.text) for m in reversed(messages)] == [
        ("text", "hi"),
        ("system", "Liked a message"),
        ("image", ""),
        ("text", "haha"),
        ("link", ""),
    ]


def test_a_chat_of_a_like_alone_has_its_owner(db: Database, tmp_path: Path) -> None:
    like = thread(row(0, BEN, "Liked a message"))
    path = put(tmp_path, Sample("message_1.json", json.dumps(like)))
    assert import_paths(db, [path], me=BEN).owner == 1
    assert db.execute("SELECT kind, origin FROM messages").fetchall() == [("system", "owner")]


def test_both_exports_of_a_chat_and_its_parts_are_one_chat(db: Database, tmp_path: Path) -> None:
    older = thread(row(-9, MIRA, "earlier"))
    (tmp_path / "inbox/mira").mkdir(parents=True)
    for number, part in enumerate((thread(*MESSAGES), older), 1):
        path = tmp_path / f"inbox/mira/message_{number}.json"
        path.write_text(json.dumps(part))
    put(tmp_path, SAMPLES[1])
    assert import_paths(db, [tmp_path], me="ben stone").new == 18
    assert db.execute("SELECT name, kind FROM chats").fetchall() == [(MIRA, "direct")]


@pytest.mark.parametrize(
    "said",
    [
        "Ben Stone sent an attachment.",
        "Ben Stone a envoyé une pièce jointe.",
        "Ben Stoneさんが添付ファイルを送信しました。",
        "أرسل Ben Stone مرفقًا.",
        "你傳送了一個附件。",
        "Ben Stone tasti sendis aldonaĵon.",  # a language that nobody listed
    ],
)
def test_a_line_in_the_place_of_an_attachment_is_nobodys_words(tmp_path: Path, said: str) -> None:
    (message,) = read_rows(tmp_path, row(0, BEN, said, share={"link": "https://a.b"}))
    assert (message.kind, message.text, message.raw) == ("link", "", said)


@pytest.mark.parametrize(
    "said",
    [
        "You sent an attachment. Which one?",
        "Ben Stone here, call me",
        "Liked a message of yours",
        "Reacted badly to your message",
        "You added Tom to the group.",
        "He called you.",
        "Ben",
        "Ã¼ is what they write",
    ],
)
def test_words_that_look_like_such_lines_stay_words(tmp_path: Path, said: str) -> None:
    (message,) = read_rows(tmp_path, row(0, BEN, said))
    assert (message.kind, message.text) == ("text", said)


def test_a_caption_that_begins_like_the_name_is_their_words(tmp_path: Path) -> None:
    picture, link = {"photos": [{"uri": "photos/1.jpg"}]}, {"share": {"link": "https://x.y"}}
    rows = [
        row(0, "Sam", "Same here", **picture),
        row(1, "Al", "Also this https://x.y", **link),
        row(2, "Al", "Al ha pubblicato un link", **link),
        row(3, "阿本", "阿本分享了链接", **link),
        row(4, "Will", "Will you come too?", **picture),
        row(5, "Mark", "Mark my words:\nit rains", **picture),
        row(6, "Will", "Will you come?! 😊", **picture),
        row(7, "May", "May I?)", **picture),
        row(8, "Sam", 'Sam shared "Ready?".', **link),
    ]
    assert [m.text for m in read_rows(tmp_path, *rows)] == [
        *("Same here", "Also this https://x.y", "", ""),
        *("Will you come too?", "Mark my words:\nit rains"),
        *("Will you come?! 😊", "May I?)", ""),
    ]


@pytest.mark.parametrize(
    ("sender", "said", "kind"),
    [
        (MIRA, f"{MIRA} hat die Gruppe „Berge“ genannt.", "system"),
        (MIRA, f"{MIRA}s Garten", "text"),
        (MIRA, f"{MIRA}\nTalweg 1", "text"),
        ("Mira", "Mira was here.", "text"),
    ],
)
def test_nobody_begins_a_line_with_their_whole_name(
    tmp_path: Path, sender: str, said: str, kind: str
) -> None:
    (message,) = read_rows(tmp_path, row(0, sender, said))
    assert (message.kind, message.text) == (kind, said)


def test_two_people_of_one_name_are_never_one(db: Database, tmp_path: Path) -> None:
    same = thread(row(0, BEN, "whose?"), people=(BEN, BEN), thread_path="inbox/ben_1")
    put(tmp_path, Sample("a/message_1.json", json.dumps(same)))
    put(tmp_path, Sample("b/message_1.json", json.dumps(thread(row(0, BEN, "mine")))))
    report = import_paths(db, [tmp_path], me=BEN)
    assert (report.messages, len(report.problems)) == (1, 1)


def test_a_name_of_one_letter_hides_no_line(tmp_path: Path) -> None:
    (message,) = read_rows(tmp_path, row(0, "a", "You sent an attachment."))
    assert (message.kind, message.text) == ("other", "")


def test_members_captions_and_what_is_empty(tmp_path: Path) -> None:
    rows = [
        row(0, MIRA, "Mira hat Ben hinzugefügt.", type="Subscribe", users=[{"name": "Ben"}]),
        row(1, BEN, "our garden", photos=[{"uri": "photos/1.jpg"}], type="Generic"),
        row(2, BEN, type="Generic"),
        row(3, "", "from an account that is gone"),
        row(4, MIRA, "Mira Groß unsent a message"),
    ]
    messages = read_rows(tmp_path, *rows)
    assert [(m.sender_name, m.kind, m.text) for m in messages] == [
        (MIRA, "system", "Mira hat Ben hinzugefügt."),
        (BEN, "image", "our garden"),
        (BEN, "other", ""),
        ("Deleted account", "text", "from an account that is gone"),
        (MIRA, "system", ""),
    ]
    assert messages[-1].recalled


@pytest.mark.parametrize(
    ("type_", "said", "kind", "words"),
    [
        ("text", "", "other", ""),
        ("link", "https://a.b", "text", "https://a.b"),
        ("video_call", "", "call", ""),
        ("poll", "Where?", "other", ""),
    ],
)
def test_types_of_encrypted_chats(
    tmp_path: Path, type_: str, said: str, kind: str, words: str
) -> None:
    first = ENCRYPTED["messages"][3] | {"type": type_, "text": said}
    chat = ENCRYPTED | {"messages": [first]}
    (message,) = read(put(tmp_path, Sample("Mira_7.json", as_json(chat))))
    assert (message.kind, message.text) == (kind, words)


def test_the_members_of_a_large_group_fill_the_head(tmp_path: Path) -> None:
    people = tuple(f"Person {number} of a large group" for number in range(600))
    text = json.dumps(thread(row(0, BEN, "hi"), people=people), indent=2)
    (message,) = read(put(tmp_path, Sample("message_1.json", text)))
    assert (message.chat_kind, message.text) == ("group", "hi")


def test_a_broken_row_is_reported_and_the_others_are_read(tmp_path: Path) -> None:
    rows = [row(0, BEN, "hi"), {"sender_name": "x"}, row(1, BEN) | {"content": 5}, 7]
    text = json.dumps(thread(*rows))  # type: ignore[arg-type]
    file = ExportFile(put(tmp_path, Sample("message_1.json", text)))
    assert [m.text for m in messenger.read(file)] == ["hi"]
    assert len(file.problems) == 3


def read_rows(tmp_path: Path, *rows: Row) -> list[Any]:
    """The messages of a chat with these rows, the oldest first."""
    path = put(tmp_path, Sample("message_1.json", json.dumps(thread(*rows))))
    return list(reversed(read(path)))
