"""QQ's own .mht."""

from dataclasses import replace
from pathlib import Path

import pytest

from storage.errors import InputError
from storage.importers.detect import importer_named
from storage.importers.file import ExportFile
from tests.storage.importers.samples import Sample, put, read, read_sample, sample_named, seen

HEAD = """\
From: <Save by Tencent MsgMgr>
Subject: Tencent IM Message
MIME-Version: 1.0
Content-Type:multipart/related;
\tcharset="utf-8"
\ttype="text/html";
\tboundary="----=_NextPart_DFBDCFAB_606C_4402_A865.8F2"

------=_NextPart_DFBDCFAB_606C_4402_A865.8F2
Content-Type: text/html
Content-Transfer-Encoding:7bit

<html xmlns="http://www.w3.org/1999/xhtml"><head><meta http-equiv="Content-Type" \
content="text/html; charset=UTF-8" /><title>QQ Message</title><style type="text/css">\
body{font-size:12px;}</style></head><body><table width=100% cellspacing=0>\
<tr><td><div style=padding-left:10px;><br><b>消息记录</b></div></td></tr>
"""
END = """</table></body></html>

------=_NextPart_DFBDCFAB_606C_4402_A865.8F2
Content-Type:image/jpeg
Content-Transfer-Encoding:base64
Content-Location:{3D48C238-CD47-4d17-9C8F-3593C6D4738B}.dat

/9j/4AAQSkZJRgABAQEAYABgAAD/

------=_NextPart_DFBDCFAB_606C_4402_A865.8F2--
"""
PICTURE = '<IMG src="{3D48C238-CD47-4d17-9C8F-3593C6D4738B}.dat">'
_DATE_STYLE = "border-bottom-width:1px;color:#3568BB;font-weight:bold;padding-left:10px;"


def heading(list_: str, chat: str) -> str:
    rows = (f"消息分组:{list_}", f"消息对象:{chat}", "&nbsp;")
    return "".join(f"<tr><td><div style=padding-left:10px;>{row}</div></td></tr>\n" for row in rows)


def date(day: str) -> str:
    return f"<tr><td style={_DATE_STYLE}>日期: {day}</td></tr>\n"


def said(name: str, time: str, *what: str, green: bool = False) -> str:
    colour = "#42B475" if green else "#006EFE"
    font = "<font style=\"font-size:10pt;font-family:'宋体',sans-serif;\" color='000000'>"
    words = "".join(part if part.startswith("<IMG") else f"{font}{part}</font>" for part in what)
    return (
        f"<tr><td><div style=color:{colour};padding-left:10px;>"
        f"<div style=float:left;margin-right:6px;>{name}</div>{time}</div>"
        f"<div style=padding-left:20px;>{words}</div></td></tr>\n"
    )


DIRECT = (
    HEAD
    + heading("我的好友", "小雨")
    + date("2012/4/11")
    + said("小雨", "12:28:18", "在吗<br>第二行 &lt;b&gt;")
    + said("阿本", "12:28:30", "在&nbsp;呢", green=True)
    + said("小雨", "12:34:43", PICTURE)
    + date("2012-4-12")
    + said("阿本", "7:59:41", "好", green=True)
    + END
)
ALL = (
    HEAD
    + heading("我的QQ群", "跑团群")
    + date("2019/9/23")
    + said("【管理员】旧名(87200175)", "20:43:38", "来吗")
    + said("老头&lt;old@qq.com&gt;", "20:44:09", "来")
    + said("系统消息(10000)", "20:45:00", "阿本加入本群。")
    + said("系统消息(1000000)", "20:46:00", "旧名撤回了一条消息")
    + heading("我的好友", "大山")
    + date("2019/9/24")
    + said("大山", "8:00:00", "借我钱")
    + END
)

SAMPLES = (Sample("小雨.mht", DIRECT), Sample("all.mht", ALL, me="87200175"))


def test_the_owner_of_a_chat_of_two_is_green(tmp_path: Path) -> None:
    messages = read_sample(tmp_path, "小雨.mht")
    assert seen(messages) == [
        ("小雨", False, "text", "在吗\n第二行 <b>"),
        ("阿本", True, "text", "在 呢"),
        ("小雨", False, "image", ""),
        ("阿本", True, "text", "好"),
    ]
    assert {(m.chat_name, m.chat_kind) for m in messages} == {("小雨", "direct")}
    assert messages[3].sent_at - messages[0].sent_at == (19 * 3600 + 31 * 60 + 23) * 1000


def test_a_caption_stays_with_its_picture(tmp_path: Path) -> None:
    text = DIRECT.replace(PICTURE, "看" + PICTURE)
    message = read(put(tmp_path, Sample("小雨.mht", text)))[2]
    assert (message.kind, message.text) == ("image", "看")


def test_many_chats_in_one_file(tmp_path: Path) -> None:
    messages = read_sample(tmp_path, "all.mht")
    assert [(m.chat_name, m.chat_kind, m.sender_id, m.kind, m.text) for m in messages] == [
        ("跑团群", "group", "87200175", "text", "来吗"),
        ("跑团群", "group", "old@qq.com", "text", "来"),
        ("跑团群", "group", "", "system", "阿本加入本群。"),
        ("跑团群", "group", "", "system", "旧名撤回了一条消息"),
        ("大山", "direct", "大山", "text", "借我钱"),
    ]
    assert [m.recalled for m in messages] == [False, False, False, True, False]
    assert [m.from_owner for m in messages] == [None, None, False, False, None]


def test_one_message_may_have_the_wrong_colour(tmp_path: Path) -> None:
    text = DIRECT.replace("#006EFE", "#42B475", 1)
    messages = read(put(tmp_path, Sample("小雨.mht", text)))
    assert [m.from_owner for m in messages] == [False, True, False, True]


def test_a_colour_that_both_sides_have_is_no_sign(tmp_path: Path) -> None:
    text = DIRECT.replace("#006EFE", "#42B475")
    messages = read(put(tmp_path, Sample("小雨.mht", text)))
    assert {m.from_owner for m in messages} == {None}


def test_a_line_in_place_of_what_a_phone_shows_is_no_word(tmp_path: Path) -> None:
    packet = "[QQ红包]我发了一个“专享红包”，请使用新版手机QQ查收红包。"
    text = HEAD + heading("我的好友", "小雨") + date("2012-4-12") + said("小雨", "7:59:41", packet)
    (message,) = read(put(tmp_path, Sample("小雨.mht", text + END)))
    assert (message.kind, message.text, message.raw) == ("transfer", "", packet)


def test_a_page_that_breaks_off_is_refused(tmp_path: Path) -> None:
    cut = DIRECT[: DIRECT.index("</table>")]
    file = ExportFile(put(tmp_path, replace(sample_named("小雨.mht"), text=cut)))
    with pytest.raises(InputError, match="cut off"):
        list(importer_named("qq-mht").read(file))


def test_a_message_without_a_date_is_left_out_and_reported(tmp_path: Path) -> None:
    text = DIRECT.replace(date("2012/4/11"), "")
    file = ExportFile(put(tmp_path, Sample("a.mht", text)))
    assert len(list(importer_named("qq-mht").read(file))) == 1
    assert len(file.problems) == 3
