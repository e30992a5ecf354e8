"""Snapchat's chat_history.json and snap_history.json."""

from pathlib import Path
from typing import Any

from tests.storage.importers.samples import Sample, as_json, put, read, read_sample, seen

Row = dict[str, Any]


def row(second: int, sender: str, content: str | None, type_: str = "TEXT", **more: Any) -> Row:
    return {
        "From": sender,
        "Media Type": type_,
        "Created": f"2024-04-20 01:29:{second:02} UTC",
        "Content": content,
        "Conversation Title": None,
        "IsSender": sender == "ben_k",
        "Created(microseconds)": 1713576540686 + second * 1000,
        "IsSaved": True,
        "Media IDs": "",
        **more,
    }


def group(second: int, sender: str, content: str, type_: str = "TEXT") -> Row:
    return row(second, sender, content, type_, **{"Conversation Title": "Bergziegen"})


# The newest message stands first.
CHATS = {
    "mira.g": [
        row(9, "mira.g", "", "STATUSCALLMISSEDAUDIO"),
        row(8, "ben_k", "https://example.com/a", "SHARE"),
        row(7, "mira.g", "", "STICKER"),
        row(6, "mira.g", "", "NOTE"),
        row(5, "ben_k", "", "STATUSERASEDMESSAGE"),
        row(4, "ben_k", "", "MEDIA", **{"Media IDs": "b~EiQ"}),
        row(3, "ben_k", "ja 😀"),
        row(2, "mira.g", "hey\nbist du da?"),
        row(1, "mira.g", None),
    ],
    "7f3c1a52-0d5e-5c7f-9a5e-0c4f8a1d2e3b": [
        group(2, "mira.g", "", "STATUSPARTICIPANTREMOVED"),
        group(1, "jon", "who's in?"),
    ],
}
FRIENDS = {"Friends": [{"Username": "mira.g", "Display Name": "Mira Groß"}]}
TEXT = {"Media Type": "TEXT", "Created": "2021-01-01 12:00:00 UTC"}
OLD = {
    "Received Saved Chat History": [
        {
            "From": "jon",
            "Media Type": "TEXT",
            "Created": "2021-01-01 12:00:05 UTC",
            "Text": "it&#39;s",
        },
    ],
    "Sent Saved Chat History": [
        {"To": "jon", **TEXT, "Text": "what?"},
    ],
    "Received Unsaved Chat History": [],
}

SAMPLES = (
    Sample("chat_history.json", as_json(CHATS), beside={"friends.json": as_json(FRIENDS)}),
    Sample("old/chat_history.json", as_json(OLD)),
)


def test_chats_of_two_and_groups(tmp_path: Path) -> None:
    messages = read_sample(tmp_path, "chat_history.json")
    assert seen([m for m in messages if m.chat_id == "mira.g"][::-1]) == [
        ("Mira Groß", False, "text", "hey\nbist du da?"),
        ("ben_k", True, "text", "ja 😀"),
        ("ben_k", True, "other", ""),
        ("ben_k", True, "system", ""),
        ("Mira Groß", False, "voice", ""),
        ("Mira Groß", False, "sticker", ""),
        ("ben_k", True, "link", ""),
        ("Mira Groß", False, "call", ""),
    ]
    assert [m.text for m in messages if m.recalled] == [""]
    assert {(m.chat_name, m.chat_kind) for m in messages} == {
        ("Mira Groß", "direct"),
        ("Bergziegen", "group"),
    }
    assert messages[0].sent_at == 1713576549686
    assert seen(messages[-2:])[0] == ("", False, "system", "STATUSPARTICIPANTREMOVED")


def test_until_2022_the_keys_said_who_sent(tmp_path: Path) -> None:
    messages = read_sample(tmp_path, "old/chat_history.json")
    assert seen(messages) == [
        ("jon", False, "text", "it's"),
        ("You", True, "text", "what?"),
    ]
    assert {m.chat_id for m in messages} == {"jon"}
    assert messages[0].sent_at == 1609502405000


def test_a_picture_keeps_its_caption(tmp_path: Path) -> None:
    history = {"mira.g": [row(1, "ben_k", "unser Boot", "MEDIA")]}
    path = put(tmp_path, Sample("chat_history.json", as_json(history)))
    assert seen(read(path)) == [("ben_k", True, "other", "unser Boot")]


def test_snaps_are_pictures(tmp_path: Path) -> None:
    snap = {name: row(1, "mira.g", "")[name] for name in ("From", "Media Type", "Created")}
    history = {"mira.g": [{**snap, "Media Type": "IMAGE", "IsSender": False}]}
    path = put(tmp_path, Sample("snap_history.json", as_json(history)))
    assert seen(read(path)) == [("mira.g", False, "image", "")]
