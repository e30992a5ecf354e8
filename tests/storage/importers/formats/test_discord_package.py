"""Discord's own data package."""

from pathlib import Path
from typing import Any

import pytest
from sqlite_utils import Database

from storage.importers.import_files import import_paths
from tests.storage.importers.samples import Sample, as_csv, as_json, put, read, read_sample, seen

Row = dict[str, Any]
ROWS: list[Row] = [
    {
        "ID": 900100200300400500,
        "Timestamp": "2024-05-03 05:00:09",
        "Contents": "barely <a:zzz:77>\nyou? <@51>",
        "Attachments": "",
    },
    {
        "ID": "900100200300400501",
        "Timestamp": "2024-05-03 05:01:00.123000+00:00",
        "Contents": "",
        "Attachments": "https://cdn.discordapp.com/attachments/1/2/x.png",
    },
]
CHANNEL = {"id": "88", "type": "DM", "recipients": ["61", "51"]}
INDEX = {"87": None, "88": "Direct Message with nora#0", "89": "general in Camp"}
SAMPLES = (
    Sample(
        "c88/messages.json",
        as_json(ROWS),
        beside={"c88/channel.json": as_json(CHANNEL), "index.json": as_json(INDEX)},
    ),
    Sample("c89/messages.csv", as_csv(list(ROWS[0]), *(list(row.values()) for row in ROWS))),
)
SEEN = [
    ("You", True, "text", "barely :zzz:\nyou? <@51>"),
    ("You", True, "image", ""),
]


def test_json_with_the_friends_name_from_the_index(tmp_path: Path) -> None:
    messages = read_sample(tmp_path, "c88/messages.json")
    assert seen(messages) == SEEN
    assert {(m.chat_id, m.chat_name, m.chat_kind) for m in messages} == {("88", "nora", "direct")}
    assert [m.sent_at for m in messages] == [1714712409000, 1714712460123]


def test_csv_without_what_lies_beside_it(tmp_path: Path) -> None:
    messages = read_sample(tmp_path, "c89/messages.csv")
    assert seen(messages) == SEEN
    assert {(m.chat_id, m.chat_name, m.chat_kind) for m in messages} == {("89", "89", "group")}


@pytest.mark.parametrize(
    ("channel", "name"),
    [
        ({"id": "89", "type": "GUILD_TEXT", "name": "general", "guild": {"name": "x"}}, "general"),
        ({"id": "87", "type": 3, "recipients": ["1", "2", "3"]}, "87"),
    ],
)
def test_channels_of_many_are_groups(tmp_path: Path, channel: Row, name: str) -> None:
    beside = {"c9/channel.json": as_json(channel), "index.json": as_json(INDEX)}
    messages = read(put(tmp_path, Sample("c9/messages.json", as_json(ROWS), beside=beside)))
    assert {(m.chat_name, m.chat_kind) for m in messages} == {(name, "group")}


def test_it_completes_what_another_program_exported(db: Database, tmp_path: Path) -> None:
    said = {
        "id": "900100200300400500",
        "type": "Default",
        "timestamp": "2024-05-03T05:00:09+00:00",
        "content": "barely :zzz:\nyou? <@51>",
        "author": {"id": "61", "name": "ben"},
    }
    asked = said | {"id": "1", "content": "up?", "author": {"id": "51", "name": "nora"}}
    channel = {"id": "88", "type": "DirectTextChat", "name": "nora"}
    chat = {"guild": {"id": "0"}, "channel": channel, "messages": [asked, said]}
    exported = put(tmp_path / "dce", Sample("nora.json", as_json(chat)))
    assert import_paths(db, [exported], me="ben").new == 2
    put(tmp_path / "messages", SAMPLES[0])
    report = import_paths(db, [tmp_path / "messages"])
    assert report.new == 1
    assert db.execute("SELECT COUNT(*) FROM chats").fetchone() == (1,)
