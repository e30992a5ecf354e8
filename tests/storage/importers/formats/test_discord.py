"""DiscordChatExporter's JSON."""

import json
from pathlib import Path

import pytest
from sqlite_utils import Database

from storage.importers.import_files import import_paths
from tests.storage.importers.samples import (
    Sample,
    as_json,
    put,
    read,
    read_sample,
    sample_named,
    seen,
)

DISCORD = as_json(
    {
        "guild": {"id": "0", "name": "Direct Messages"},
        "channel": {"id": "77", "type": "DirectTextChat", "name": "Ann"},
        "messages": [
            {
                "id": "100",
                "type": "Default",
                "timestamp": "2024-10-04T03:43:05.123+00:00",
                "content": "hi",
                "author": {"id": "5", "name": "ann", "nickname": "Ann", "isBot": False},
                "attachments": [],
                "stickers": [],
            },
            {
                "id": "101",
                "type": "Reply",
                "timestamp": "2024-10-04T03:43:09+00:00",
                "content": "ho",
                "author": {"id": "6", "name": "ben", "nickname": "Ben", "isBot": False},
                "attachments": [],
                "stickers": [],
                "reference": {"messageId": "100"},
            },
            {
                "id": "102",
                "type": "Default",
                "timestamp": "2024-10-04T03:44:09+00:00",
                "content": "",
                "author": {"id": "6", "name": "ben", "nickname": "Ben", "isBot": False},
                "attachments": [{"id": "1", "url": "https://x/y.png", "fileName": "y.png"}],
                "stickers": [],
            },
        ],
    }
)

SAMPLES = (Sample("discord.json", DISCORD, me="Ben"),)


def test_discord(tmp_path: Path) -> None:
    messages = read_sample(tmp_path, "discord.json")
    assert seen(messages) == [
        ("Ann", None, "text", "hi"),
        ("Ben", None, "text", "ho"),
        ("Ben", None, "image", ""),
    ]
    assert {(m.chat_id, m.chat_kind) for m in messages} == {("77", "direct")}


@pytest.mark.parametrize("me", ["Ben", "ben", "6", "BEN"])
def test_the_owner_by_nickname_account_or_id(db: Database, tmp_path: Path, me: str) -> None:
    text = sample_named("discord.json").text.replace('"nickname": "Ben"', '"nickname": "Benny B"')
    path = put(tmp_path, Sample("discord.json", text if me != "Ben" else text.replace("y B", "")))
    assert import_paths(db, [path], me=me, dry_run=True).owner == 2


def test_the_lines_quoted_above_an_answer_are_not_their_words(tmp_path: Path) -> None:
    text = sample_named("discord.json").text.replace('"ho"', '"> why?\\n> so?\\nho > hi"')
    messages = read(put(tmp_path, Sample("discord.json", text)))
    assert (messages[1].text, messages[1].raw) == ("ho > hi", "> why?\n> so?")


def test_an_empty_line_in_a_quote_does_not_end_it(tmp_path: Path) -> None:
    text = sample_named("discord.json").text.replace('"ho"', '"> why?\\n>\\n> so?\\nho\\n>\\n>:("')
    messages = read(put(tmp_path, Sample("discord.json", text)))
    assert (messages[1].text, messages[1].raw) == ("ho\n>\n>:(", "> why?\n>\n> so?")


@pytest.mark.parametrize(
    ("said", "words"),
    [(">\n> so?\nho", "ho"), (">\nho", ">\nho"), (">:(\n> so?\nho", ">:(\n> so?\nho")],
)
def test_a_quote_may_begin_with_an_empty_line(tmp_path: Path, said: str, words: str) -> None:
    text = sample_named("discord.json").text.replace('"ho"', json.dumps(said))
    assert read(put(tmp_path, Sample("discord.json", text)))[1].text == words
