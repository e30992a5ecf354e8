"""Telegram Desktop's result.json."""

from pathlib import Path
from typing import Any

import pytest
from sqlite_utils import Database

from storage.importers.file import ExportFile
from storage.importers.formats import telegram
from storage.importers.import_files import import_paths
from tests.storage.importers.samples import T0, Sample, as_json, put, read, read_sample, seen

MESSAGES: list[dict[str, Any]] = [
    {
        "id": 1,
        "type": "service",
        "date": "2024-10-04T11:43:00",
        "date_unixtime": str(T0 - 5),
        "actor": "Ann",
        "actor_id": "user5",
        "action": "create_group",
        "text": "",
        "text_entities": [],
    },
    {
        "id": 2,
        "type": "message",
        "date": "2024-10-04T11:43:05",
        "date_unixtime": str(T0),
        "from": "Ann",
        "from_id": "user5",
        "text": ["look ", {"type": "link", "text": "https://a.b"}, " now"],
        "text_entities": [],
    },
    {
        "id": 3,
        "type": "message",
        "date": "2024-10-04T11:43:09",
        "date_unixtime": str(T0 + 4),
        "from": "Ben",
        "from_id": "user6",
        "reply_to_message_id": 2,
        "text": "ok",
        "text_entities": [],
    },
    {
        "id": 4,
        "type": "message",
        "date": "2024-10-04T11:43:19",
        "date_unixtime": str(T0 + 14),
        "from": "Ben",
        "from_id": "user6",
        "forwarded_from": "Some Channel",
        "text": "news",
        "text_entities": [],
    },
    {
        "id": 5,
        "type": "message",
        "date": "2024-10-04T11:43:29",
        "date_unixtime": str(T0 + 24),
        "from": "Ann",
        "from_id": "user5",
        "file": "stickers/1.webp",
        "media_type": "sticker",
        "sticker_emoji": "👍",
        "text": "",
        "text_entities": [],
    },
]
CHAT = {"name": "Ann", "type": "personal_chat", "id": 5, "messages": MESSAGES}
TELEGRAM = as_json(CHAT)
FULL = as_json(
    {
        "about": "Here is the data you requested.",
        "personal_information": {"user_id": 6, "first_name": "Ben"},
        "contacts": {"about": "", "list": [{"user_id": 5, "first_name": "Ann"}]},
        "chats": {
            "about": "This page lists all chats.",
            "list": [
                CHAT,
                {
                    "type": "saved_messages",
                    "id": 6,
                    "messages": [MESSAGES[2] | {"id": 1}],
                },
            ],
        },
    }
)

SAMPLES = (
    Sample("result.json", TELEGRAM, me="Ben"),
    Sample("full.json", FULL),
)


def test_a_single_chat_does_not_name_the_owner(tmp_path: Path) -> None:
    assert seen(read_sample(tmp_path, "result.json")) == [
        ("Ann", False, "system", "create_group"),
        ("Ann", None, "text", "look https://a.b now"),
        ("Ben", None, "text", "ok"),
        ("Ben", None, "forward", "news"),
        ("Ann", None, "sticker", ""),
    ]


def test_the_full_export_names_the_owner_and_many_chats(tmp_path: Path) -> None:
    messages = read_sample(tmp_path, "full.json")
    assert [m.chat_name for m in messages] == ["Ann"] * 5 + ["Saved Messages"]
    assert [m.from_owner for m in messages] == [False, False, True, True, False, True]
    assert messages[-1].chat_kind == "self"


def chat_of(*messages: dict[str, Any], id_: int = 5) -> dict[str, Any]:
    return {"name": "Ann", "type": "personal_chat", "id": id_, "messages": list(messages)}


@pytest.mark.parametrize("key", ["forwarded_from", "forwarded_from_id"])
def test_a_key_that_is_there_makes_it_a_forward_whatever_its_value(
    tmp_path: Path, key: str
) -> None:
    message = {**MESSAGES[2], key: None}
    (read_back,) = read(put(tmp_path, Sample("result.json", as_json(chat_of(message)))))
    assert read_back.kind == "forward"


def test_a_text_chosen_from_a_bot_is_a_text(tmp_path: Path) -> None:
    message = {**MESSAGES[2], "via_bot": "@like"}
    (read_back,) = read(put(tmp_path, Sample("result.json", as_json(chat_of(message)))))
    assert read_back.kind == "text"


def test_what_is_newer_than_the_program_is_passed_over(tmp_path: Path) -> None:
    unsupported = ({"id": n, "type": "unsupported"} for n in range(10, 200))
    text = as_json(chat_of(MESSAGES[2], *unsupported))
    file = ExportFile(put(tmp_path, Sample("result.json", text)))
    assert len(list(telegram.read(file))) == 1
    assert not file.problems


def test_an_old_full_export_with_bare_numbers(tmp_path: Path) -> None:
    def said(id_: int, who: int, text: str) -> dict[str, Any]:
        times = {"date": f"2019-02-03T10:00:0{id_}", "edited": "1970-01-01T01:00:00"}
        return {
            "id": id_,
            "type": "message",
            "from": str(who),
            "from_id": who,
            "text": text,
        } | times

    lists = {
        "chats": {"list": [chat_of(said(1, 5, "hey"), said(2, 6, "yes?"), id_=2**32 + 5)]},
        "left_chats": {"list": [{**chat_of(said(3, 6, "bye"), id_=70), "type": "private_group"}]},
    }
    whole = {"personal_information": {"user_id": 6, "first_name": "Ben"}, "about": "", **lists}
    messages = read(put(tmp_path, Sample("result.json", as_json(whole))))
    assert [(m.chat_id, m.sender_id, m.from_owner, m.edited) for m in messages] == [
        ("5", "user5", False, False),
        ("5", "user6", True, False),
        ("70", "user6", True, False),
    ]


def test_a_single_old_chat_takes_a_bare_number_for_me(db: Database, tmp_path: Path) -> None:
    message = {**MESSAGES[2], "from_id": 6}
    path = put(tmp_path, Sample("result.json", as_json(chat_of(message))))
    for me in ("6", "user6", "ben"):
        assert import_paths(db, [path], me=me, dry_run=True).owner == 1
