"""WhatsApp-Chat-Exporter's JSON."""

from pathlib import Path
from typing import Any

import pytest

from storage.importers.file import ExportFile
from storage.importers.formats import whatsapp_exporter
from tests.storage.importers.samples import Sample, as_json, put, read, read_sample, seen

Row = dict[str, Any]
MIRA, GROUP = "4915112345678@s.whatsapp.net", "4915112345678-1600000000@g.us"


def row(at: float, data: str | None, *, own: bool = False, **more: Any) -> Row:
    """A message as the program writes it, with all of its keys."""
    return {
        "from_me": own,
        "timestamp": at,
        "time": "10:00",
        "media": False,
        "key_id": f"3EB0{at}",
        "meta": False,
        "data": data,
        "sender": None,
        "safe": False,
        "mime": None,
        "message_type": 0,
        "received_timestamp": None,
        "read_timestamp": None,
        "reply": None,
        "quoted_data": None,
        "caption": None,
        "thumb": None,
        "sticker": False,
        "reactions": {},
        **more,
    }


def chat(name: str | None, *rows: Row) -> Row:
    return {
        "name": name,
        "type": "android",
        "my_avatar": None,
        "their_avatar": None,
        "their_avatar_thumb": None,
        "status": None,
        "media_base": "",
        "messages": {str(number): one for number, one in enumerate(rows, 1)},
    }


T = 1682935200.123
DIRECT = chat(
    "Mira Groß",
    row(T, "This chat is now end-to-end encrypted", meta=True, message_type=7),
    row(T + 1, "hey <br>bist du da?"),
    row(T + 2, "ja", own=True, reply=f"3EB0{T + 1}", quoted_data="hey <br>bist du da?"),
    row(T + 3, "WhatsApp/Media/a.jpg", own=True, media=True, mime="image/jpeg"),
    row(T + 4, "The media is missing", media=True, mime="media", meta=True),
    row(T + 5, "Message deleted", own=True, meta=True, message_type=15),
    row(T + 6, "Location shared: (52.5, 13.4)", meta=True, message_type=5),
    row(T + 7, "A voice call was missed", meta=True),
    row(T + 8, "WhatsApp/x.webp", media=True, mime="image/webp", sticker=True),
    row(T + 9, "a.opus", media=True, mime="audio/ogg; codecs=opus", message_type=2, caption='"ja"'),
    row(T + 10, 'vCard file(s):<br><a href="N.vcf">N</a>', media=True, mime="text/x-vcard"),
    row(T + 11, None),
)
TEAM = chat(
    "Bergziegen",
    row(T, 'Mira created a group with name: "Bergziegen"', meta=True),
    row(T + 1, "who's in?", sender="Mira Groß"),
    row(T + 2, "me", own=True),
)
CALLS = chat("WhatsApp Calls", row(T, "A voice call from Mira was missed.", meta=True))
EXPORT = {MIRA: DIRECT, GROUP: TEAM, "000000000000000": CALLS}

SAMPLES = (Sample("whatsapp-exporter.json", as_json(EXPORT, indent=None)),)


def test_chats_of_two_and_groups(tmp_path: Path) -> None:
    messages = read_sample(tmp_path, "whatsapp-exporter.json")
    assert seen([m for m in messages if m.chat_id == MIRA]) == [
        ("", False, "system", "This chat is now end-to-end encrypted"),
        ("Mira Groß", False, "text", "hey\nbist du da?"),
        ("You", True, "text", "ja"),
        ("You", True, "image", ""),
        ("Mira Groß", False, "other", ""),
        ("You", True, "system", ""),
        ("Mira Groß", False, "location", ""),
        ("Mira Groß", False, "call", ""),
        ("Mira Groß", False, "sticker", ""),
        ("Mira Groß", False, "voice", ""),
        ("Mira Groß", False, "contact", ""),
    ]
    assert [m.recalled for m in messages].index(True) == 5
    assert messages[2].reply_to == messages[1].external_id
    assert messages[1].sent_at == 1682935201123
    assert seen([m for m in messages if m.chat_id == GROUP]) == [
        ("", False, "system", 'Mira created a group with name: "Bergziegen"'),
        ("Mira Groß", False, "text", "who's in?"),
        ("You", True, "text", "me"),
    ]
    assert {(m.chat_name, m.chat_kind) for m in messages} == {
        ("Mira Groß", "direct"),
        ("Bergziegen", "group"),
    }


def test_a_picture_keeps_its_caption(tmp_path: Path) -> None:
    picture = row(T, "a.jpg", own=True, media=True, mime="image/jpeg", caption="das <br>Boot")
    (message,) = read(put(tmp_path, Sample("r.json", as_json({MIRA: chat("M", picture)}))))
    assert (message.kind, message.text, message.raw) == ("image", "das\nBoot", "a.jpg")


def test_hundreds_in_a_group_whose_sender_the_phone_had_lost(tmp_path: Path) -> None:
    rows = (row(T + n, f"hi {n}") for n in range(200))
    messages = read(put(tmp_path, Sample("r.json", as_json({GROUP: chat("Bergziegen", *rows)}))))
    assert {(m.sender_name, m.from_owner) for m in messages} == {("Unknown", False)}
    assert [m.text for m in messages] == [f"hi {n}" for n in range(200)]


def test_a_person_without_a_name_goes_by_the_number(tmp_path: Path) -> None:
    path = tmp_path / "whatsapp-exporter.json"
    few = {"from_me": False, "timestamp": 1682935200.0, "time": "10:00"}
    rows = {"1": {**few, "media": False, "data": "hi", "sender": None}}
    path.write_text(as_json({"49@s.whatsapp.net": {"name": None, "messages": rows}}))
    (message,) = read(path)
    assert (message.sender_name, message.chat_name, message.text) == ("49", "49", "hi")


@pytest.mark.parametrize("timestamp", [None, "soon", -5, 1e300, True])
def test_a_message_without_a_time_is_reported(tmp_path: Path, timestamp: Any) -> None:
    broken = {**row(T, "hi"), "timestamp": timestamp}
    path = put(tmp_path, Sample("r.json", as_json({MIRA: chat("M", broken, row(T, "ho"))})))
    file = ExportFile(path)
    assert [m.text for m in whatsapp_exporter.read(file)] == ["ho"]
    assert len(file.problems) == 1
