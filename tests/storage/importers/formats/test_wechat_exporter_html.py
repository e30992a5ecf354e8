"""WechatExporter's HTML."""

from pathlib import Path

import pytest

from storage.errors import InputError
from storage.importers.detect import importer_named
from storage.importers.file import ExportFile
from tests.storage.importers.samples import Sample, put, read, read_sample, seen

RULE = "- - - - - - - - - - - - - - -"


def message(
    side: str, name: str, time: str, inside: str, kind: str = "chat", type_: str = "1"
) -> str:
    who = f'<span class="dspname {side}" wxId="wx_{name}">{name}</span>'
    return f"""\
\t\t\t\t<div class="msg {kind} {side} " msgid="7" msgtype="{type_}">
\t\t\t\t\t<div class="avatar-box">
\t\t\t\t\t\t<img src="Files/Portrait/a.jpg" class="avatar">
\t\t\t\t\t</div>
\t\t\t\t\t<div class="nt-box">{who} {time}</div>
\t\t\t\t\t<div class="content-box">
\t\t\t\t\t\t<div class="triangle"></div>
\t\t\t\t\t\t{inside}
\t\t\t\t\t</div>
\t\t\t\t</div>
"""


def words(said: str) -> str:
    return f'<span class="dont-break-out msg-text"><pre>{said}</pre></span>'


def page(*messages: str, total: int | None = None) -> str:
    count = len(messages) if total is None else total
    return f"""\
<!doctype html>
<html>
\t<head>
\t\t<meta charset="utf-8">
\t\t<style type=text/css>
\t\tspan.msg-text pre
\t\t{{ margin: 0px 0px; }}
\t\t.chat.left div.avatar-box,
\t\t{{ float: left; }}
\t\t</style>
\t</head>
\t<body uid="" sid="">
\t\t<div class="main">
\t\t\t<div class="header">
\t\t\t\t<span class="sname">小明</span>
\t\t\t</div>
\t\t\t<div class="msgs" id="msgs-div">
{"".join(messages)}\t\t\t</div>
\t\t</div>
\t</body>
\t<script>
\t\tvar numberOfMsgs = parseInt('{count}') || 0;
\t</script>
</html>
"""


QUOTE = (
    '<span class="dont-break-out refermsg msg-text"><pre>「小明：在吗」</pre></span><br />'
    f"<span>{RULE}</span><br />{words('我在')}"
)
FACE = '<img src="a.png" title="[微笑]" rawemoji="微笑" class="wxemoji" />'
SHARE = (
    f'<div><a href="https://x.org"><b>标题</b></a>{words("描述")}</div>'
    '<div class="appinfo"><img src="a.png" class="app-icon" /></div>'
)
NOTICE = (
    '<div class="msg chat-notice " msgid="8"><span class="dont-break-out">'
    "System Message: 你撤回了一条消息</span></div>\n"
)
PAGE = page(
    message("left", "小明", "2023-05-01 10:00:00", words(f"在吗 &lt;b&gt;\n第二行{FACE}")),
    message("right", "阿本", "2023-05-01 10:00:10", QUOTE, type_="49"),
    NOTICE,
    message("left", "小明", "2023-05-01 10:01:00", '<img class="lazyload image" />', "media", "3"),
    message("left", "小明", "2023-05-01 10:01:01", '<img src="a.gif" alt="x" />', "media", "47"),
    message("left", "小明", "2023-05-01 10:01:02", SHARE, type_="49"),
    message("left", "小明", "2023-05-01 10:01:03", SHARE, type_="file"),
    message("right", "阿本", "2023-05-01 10:01:04", words("[Photo]"), type_="3"),
)

SAMPLES = (Sample("wechat exporter.html", PAGE),)


def test_a_chat_of_two(tmp_path: Path) -> None:
    messages = read_sample(tmp_path, "wechat exporter.html")
    assert seen(messages) == [
        ("小明", False, "text", "在吗 <b>\n第二行[微笑]"),
        ("阿本", True, "text", "我在"),
        ("", False, "system", "你撤回了一条消息"),
        ("小明", False, "image", ""),
        ("小明", False, "sticker", ""),
        ("小明", False, "link", ""),
        ("小明", False, "file", ""),
        ("阿本", True, "image", ""),
    ]
    assert {(m.chat_name, m.chat_kind) for m in messages} == {("小明", "direct")}
    assert [m.sender_id for m in messages[:2]] == ["wx_小明", "wx_阿本"]
    assert messages[2].recalled
    assert messages[2].sent_at == messages[1].sent_at


def test_a_page_whose_messages_are_in_scripts_beside_it_is_refused(tmp_path: Path) -> None:
    one = message("left", "小明", "2023-05-01 10:00:00", words("在吗"))
    file = ExportFile(put(tmp_path, Sample("a.html", page(one, total=3000))))
    with pytest.raises(InputError, match="1 of 3000 messages"):
        list(importer_named("wechat-exporter-html").read(file))


def test_a_message_without_a_time_is_left_out_and_reported(tmp_path: Path) -> None:
    text = page(
        message("left", "小明", "", words("在吗")),
        message("left", "小明", "2023-05-01 10:00:00", words("好")),
    )
    file = ExportFile(put(tmp_path, Sample("a.html", text)))
    assert len(list(importer_named("wechat-exporter-html").read(file))) == 1
    assert [problem.cause for problem in file.problems] == ["a message without a time"]


def test_a_group(tmp_path: Path) -> None:
    text = page(
        message("left", "甲", "2023-05-01 10:00:00", words("早")),
        message("left", "乙", "2023-05-01 10:00:01", words("早")),
    )
    messages = read(put(tmp_path, Sample("a.html", text)))
    assert {m.chat_kind for m in messages} == {"group"}
