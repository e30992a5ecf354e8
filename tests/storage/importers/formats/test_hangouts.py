"""Google Hangouts' Hangouts.json."""

from pathlib import Path
from typing import Any

import pytest

from storage.importers.base import ImportedMessage
from storage.importers.file import ExportFile
from storage.importers.formats import hangouts
from tests.storage.importers.samples import Sample, as_json, put, read, read_sample, seen

Row = dict[str, Any]
MIRA, BEN = "117", "104"


def person(id_: str) -> Row:
    return {"gaia_id": id_, "chat_id": id_}


def event(second: int, sender: str, type_: str = "REGULAR_CHAT_MESSAGE", **more: Any) -> Row:
    return {
        "conversation_id": {"id": "UgwA"},
        "sender_id": person(sender),
        "timestamp": f"{1682935200 + second}123456",
        "self_event_state": {"user_id": person(BEN), "notification_level": "RING"},
        **more,
        "event_id": f"8-H0Z{second}",
        "advances_sort_timestamp": True,
        "event_otr": "ON_THE_RECORD",
        "delivery_medium": {"medium_type": "BABEL_MEDIUM"},
        "event_type": type_,
        "event_version": "1",
    }


def segments(*pieces: Row) -> Row:
    return {"message_content": {"segment": list(pieces)}}


def said(second: int, sender: str, *lines: str, **more: Any) -> Row:
    pieces: list[Row] = []
    for line in lines:
        pieces += [{"type": "LINE_BREAK"}, {"type": "TEXT", "text": line}]
    return event(second, sender, chat_message=segments(*pieces[1:]), **more)


def attached(second: int, sender: str, *types: str, text: str = "", **item: Any) -> Row:
    embed = {"embed_item": {"type": list(types), "id": "x", **item}, "id": "y"}
    words = {"segment": [{"type": "TEXT", "text": text}]} if text else {}
    return event(second, sender, chat_message={"message_content": {**words, "attachment": [embed]}})


def known(*names: str | None, type_: str = "STICKY_ONE_TO_ONE", **more: Any) -> Row:
    ids = (MIRA, BEN, "120")
    people = [
        {"id": person(id_), **({"fallback_name": name} if name else {})}
        for id_, name in zip(ids, names, strict=False)
    ]
    return {
        "conversation_id": {"id": "UgwA"},
        "conversation": {
            "id": {"id": "UgwA"},
            "type": type_,
            **more,
            "self_conversation_state": {"self_read_state": {"participant_id": person(BEN)}},
            "participant_data": people,
        },
    }


PHOTO = {"url": "https://plus.google.com/photos/1", "media_type": "PHOTO"}
LINK = {"type": "LINK", "text": "http://a.b", "link_data": {"link_target": "http://a.b"}}
EVENTS = [
    said(0, MIRA, "hey Ben,", "kommst du?"),
    event(1, BEN, chat_message=segments({"type": "TEXT", "text": "ja: "}, LINK)),
    attached(2, MIRA, "PLUS_PHOTO", plus_photo=PHOTO),
    attached(3, BEN, "PLUS_AUDIO_V2"),
    attached(4, MIRA, "PLACE_V2", "THING_V2", "THING", text="Café, https://maps.google.com/1"),
    event(5, MIRA, "HANGOUT_EVENT", hangout_event={"event_type": "START_HANGOUT"}),
    event(6, BEN, "ADD_USER", membership_change={"type": "JOIN"}),
    event(7, BEN, "RENAME_CONVERSATION", conversation_rename={"new_name": "Trip"}),
    said(8, BEN, "你好"),
]
CHAT = {"conversation": known("Mira Groß", "Ben W"), "events": EVENTS}
SAMPLES = (Sample("Hangouts.json", as_json({"conversations": [CHAT]})),)


def of(tmp_path: Path, chat: Row) -> list[ImportedMessage]:
    text = as_json({"conversations": [chat]}, indent=None)
    return read(put(tmp_path, Sample("Hangouts.json", text)))


def test_hangouts(tmp_path: Path) -> None:
    messages = read_sample(tmp_path, "Hangouts.json")
    assert seen(messages) == [
        ("Mira Groß", False, "text", "hey Ben,\nkommst du?"),
        ("Ben W", True, "text", "ja: http://a.b"),
        ("Mira Groß", False, "image", ""),
        ("Ben W", True, "voice", ""),
        ("Mira Groß", False, "location", ""),
        ("Mira Groß", False, "call", ""),
        ("", False, "system", "ADD_USER"),
        ("", False, "system", "RENAME_CONVERSATION"),
        ("Ben W", True, "text", "你好"),
    ]
    assert {(m.chat_id, m.chat_name, m.chat_kind) for m in messages} == {
        ("UgwA", "Mira Groß", "direct")
    }
    assert (messages[0].sent_at, messages[0].external_id) == (1682935200123, "8-H0Z0")


def test_the_shape_of_before_2017(tmp_path: Path) -> None:
    state = {
        "conversation_id": {"id": "UgwA"},
        "conversation": known("Mira", "Ben")["conversation"],
        "event": EVENTS[:2],
    }
    chat = {"conversation_id": {"id": "UgwA"}, "conversation_state": state}
    text = as_json({"conversation_state": [chat], "continuation_end_timestamp": "0"})
    messages = read(put(tmp_path, Sample("Hangouts.json", text)))
    assert seen(messages)[1] == ("Ben", True, "text", "ja: http://a.b")
    assert (messages[0].chat_id, messages[0].chat_name) == ("UgwA", "Mira")


def test_a_caption_stays_and_what_was_heard_is_nobodys_words(tmp_path: Path) -> None:
    photo = attached(0, MIRA, "PLUS_PHOTO", plus_photo=PHOTO, text="am See")
    heard = said(1, MIRA, "call me bag") | {"event_type": "VOICEMAIL"}
    messages = of(tmp_path, CHAT | {"events": [photo, heard]})
    assert [(m.kind, m.text) for m in messages] == [("image", "am See"), ("voice", "")]


@pytest.mark.parametrize(
    ("conversation", "name", "kind"),
    [
        (known("Mira", "Ben", "Li", type_="GROUP"), "Mira, Li", "group"),
        (known("Mira", "Ben", "Li", type_="GROUP", name="Trip"), "Trip", "group"),
        (known(None, "Ben"), MIRA, "direct"),
    ],
)
def test_names_of_chats(tmp_path: Path, conversation: Row, name: str, kind: str) -> None:
    (one,) = of(tmp_path, {"conversation": conversation, "events": EVENTS[:1]})
    assert (one.chat_name, one.chat_kind) == (name, kind)


def test_without_a_mark_the_owner_is_not_guessed(tmp_path: Path) -> None:
    conversation = known("Mira", "Ben")
    del conversation["conversation"]["self_conversation_state"]
    row = said(0, BEN, "hi") | {"self_event_state": None}
    (one,) = of(tmp_path, {"conversation": conversation, "events": [row]})
    assert one.from_owner is None


@pytest.mark.parametrize("broken", [{"timestamp": "x"}, {"sender_id": {}}])
def test_a_broken_row_is_left_out_and_reported(tmp_path: Path, broken: Row) -> None:
    events = [said(0, MIRA, "x") | broken, None, said(1, MIRA, "ok")]
    text = as_json({"conversations": [CHAT | {"events": events}]})
    file = ExportFile(put(tmp_path, Sample("Hangouts.json", text)))
    assert [m.text for m in hangouts.read(file)] == ["ok"]
    assert len(file.problems) == 2
