"""DiscordChatExporter's JSON."""

from pathlib import Path

from tests.storage.importers.samples import Sample, as_json, read_sample, seen

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
