"""MemoTrace's HTML, and the JSON that it puts beside."""

import html
import json
from pathlib import Path
from typing import Any

import pytest

from storage.errors import InputError
from storage.importers.detect import importer_named
from storage.importers.file import ExportFile
from tests.storage.importers.samples import Sample, put, read, read_sample, seen

APP = 49


def message(number: int, kind: int, own: bool, name: str = "小明", **more: Any) -> dict[str, Any]:
    return {
        "type": kind if kind == 10000 else str(kind),
        "is_send": own,
        "timestamp": 1728013385 + number,
        "server_id": f"759486148664512{number:04}",
        "display_name": "阿本" if own else name,
        "avatar_src": "./avatar/a.png",
        "xml_dict": {"msg": {"@from": "x & y"}},
        **more,
    }


MESSAGES = [
    message(1, 1, False, text="在吗 <b> & 'x'"),
    message(
        5,
        57 << 32 | APP,
        True,
        text="在",
        quote_server_id="7594861486645120001",
        quote_type=1,
        quote_text="小明: 在吗",
    ),
    message(6, 3, False, path="./image/a", thumb_path="./image/a_t"),
    message(7, 19 << 32 | APP, True, title="聊天记录", description="a", messages=[{"text": "x"}]),
    message(8, 10000, False, text='"小明" 撤回了一条消息'),
    message(9, 2000 << 32 | APP, True, text="转账", pay_memo="", fee_desc="￥8.00"),
    message(10, 1, True, text="https://x.org/?a=1&amp=2"),
    message(11, 50, False, invite_type=1, display_content="通话时长 01:00", duration=60),
]
SEEN = [
    ("小明", False, "text", "在吗 <b> & 'x'"),
    ("阿本", True, "text", "在"),
    ("小明", False, "image", ""),
    ("阿本", True, "forward", ""),
    ("", False, "system", '"小明" 撤回了一条消息'),
    ("阿本", True, "transfer", ""),
    ("阿本", True, "text", "https://x.org/?a=1&amp=2"),
    ("小明", False, "call", ""),
]


def escaped(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: escaped(inner) for key, inner in value.items()}
    is_text = isinstance(value, str) and not value.startswith("http")
    return html.escape(value) if is_text else value


def page(messages: list[dict[str, Any]], wxid: str = "wxid_f", title: str = "小明") -> str:
    listed = json.dumps([escaped(one) for one in messages], ensure_ascii=False, indent=4)
    style = "        body { margin: 0; }\n" * 1000
    return (
        '<!DOCTYPE html>\n<html lang="zh-CN">\n\n<head>\n    <meta charset="UTF-8">\n'
        f"    <style>\n{style}    </style>\n    <title>{title}</title>\n</head>\n<body>\n"
        f'    <script>\n        const wxid="{wxid}";\n        const avatarPaths = [];\n'
        f"        const chatMessages = {listed};\n        var timelineData = {{}};\n"
        "    </script>\n</body>\n</html>\n"
    )


SAMPLES = (
    Sample("memotrace.html", page(MESSAGES)),
    Sample("小明.html.json", json.dumps(MESSAGES, ensure_ascii=False, indent=4)),
)


def test_a_page(tmp_path: Path) -> None:
    messages = read_sample(tmp_path, "memotrace.html")
    assert seen(messages) == SEEN
    assert {(m.chat_id, m.chat_name, m.chat_kind) for m in messages} == {
        ("wxid_f", "小明", "direct")
    }
    assert messages[0].sent_at == 1728013386000
    assert [m.recalled for m in messages] == [False] * 4 + [True] + [False] * 3
    assert (messages[1].raw, messages[1].reply_to) == ("小明: 在吗", "7594861486645120001")


def test_the_json_beside_it(tmp_path: Path) -> None:
    messages = read_sample(tmp_path, "小明.html.json")
    assert seen(messages) == SEEN
    assert {(m.chat_name, m.chat_id_is_name) for m in messages} == {("小明", True)}


def test_a_group(tmp_path: Path) -> None:
    said = [message(1, 1, False, "甲", text="早"), message(2, 1, False, "乙", text="早")]
    messages = read(put(tmp_path, Sample("a.html", page(said, "1@chatroom", "群"))))
    assert [(m.sender_id, m.chat_kind, m.chat_name) for m in messages] == [
        ("甲", "group", "群"),
        ("乙", "group", "群"),
    ]


def test_a_page_that_breaks_off_is_refused(tmp_path: Path) -> None:
    text = page(MESSAGES)
    file = ExportFile(put(tmp_path, Sample("a.html", text[: text.index("];\n        var")])))
    with pytest.raises(InputError, match=r"line \d+: the page breaks off"):
        list(importer_named("memotrace-html").read(file))


def test_a_broken_message_is_left_out_and_reported(tmp_path: Path) -> None:
    text = page(MESSAGES).replace('"is_send": true', '"is_send": maybe', 1)
    file = ExportFile(put(tmp_path, Sample("a.html", text)))
    assert len(list(importer_named("memotrace-html").read(file))) == len(MESSAGES) - 1
    assert [problem.cause for problem in file.problems] == ["broken JSON"]


def test_another_page_is_not_memotraces(tmp_path: Path) -> None:
    file = ExportFile(put(tmp_path, Sample("a.html", "<!DOCTYPE html>\n<html></html>\n")))
    assert not importer_named("memotrace-html").recognizes(file)
