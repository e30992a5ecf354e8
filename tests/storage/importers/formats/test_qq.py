"""QQChatExporter's JSON, whole, in chunks and of older versions."""

from pathlib import Path
from typing import Any

import pytest

from tests.storage.importers.samples import T0, Sample, as_json, read_sample

INFO = {
    "name": "小明",
    "type": "private",
    "selfUid": "u_me",
    "selfUin": "10001",
    "selfName": "我",
}
MESSAGES: list[dict[str, Any]] = [
    {
        "id": "740001",
        "seq": "1",
        "timestamp": T0 * 1000,
        "sender": {"uid": "u_f", "uin": "23333", "name": "小明"},
        "type": "type_1",
        "content": {"text": "在吗", "elements": [{"type": "text", "data": {"text": "在吗"}}]},
        "recalled": False,
        "system": False,
    },
    {
        "id": "740002",
        "seq": "2",
        "timestamp": T0 * 1000 + 4000,
        "sender": {"uid": "u_me", "uin": "10001", "name": "我"},
        "type": "type_3",
        "content": {
            "text": "[回复 小明: 在吗]\n在",
            "elements": [
                {"type": "reply", "data": {"referencedMessageId": "740001", "content": "在吗"}},
                {"type": "text", "data": {"text": "在"}},
            ],
        },
        "recalled": False,
        "system": False,
    },
    {
        "id": "740003",
        "seq": "3",
        "timestamp": T0 * 1000 + 9000,
        "sender": {"uid": "u_f", "uin": "23333", "name": "小明"},
        "type": "type_1",
        "content": {"text": "[图片]", "elements": [{"type": "image", "data": {"filename": "a"}}]},
        "recalled": True,
        "system": False,
    },
]
QQ = as_json(
    {
        "metadata": {"name": "QQChatExporter V5", "version": "5.0.0"},
        "chatInfo": INFO,
        "statistics": {"totalMessages": 3},
        "messages": MESSAGES,
    }
)
CHUNK = "\n".join(as_json(message, None) for message in MESSAGES)
MANIFEST = as_json({"metadata": {"version": "5.0.0"}, "chatInfo": INFO, "chunked": {}})
OLD = as_json(
    {
        "metadata": {"version": "4.0.0"},
        "chatInfo": INFO,
        "messages": [
            {
                "messageId": "740001",
                "timestamp": "2024-10-04T03:43:05.000Z",
                "sender": {"uid": "u_f", "uin": "23333", "name": "小明"},
                "content": {"text": "在吗"},
                "isRecalled": False,
            },
            {
                "messageId": "740002",
                "timestamp": "2024-10-04T03:43:09.000Z",
                "sender": {"uid": "u_me", "uin": "10001", "name": "我"},
                "content": {"text": "在"},
                "isRecalled": True,
            },
        ],
    }
)

SAMPLES = (
    Sample("qq.json", QQ),
    Sample("old.json", OLD),
    Sample("manifest.json", MANIFEST, beside={"chunks/0001.jsonl": CHUNK}),
)


@pytest.mark.parametrize("name", ["qq.json", "old.json", "manifest.json"])
def test_qq_recalls(tmp_path: Path, name: str) -> None:
    assert [m.recalled for m in read_sample(tmp_path, name)][-1] is True
