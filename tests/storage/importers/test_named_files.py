"""Where each format names the file of a message, in the shape that its program writes."""

from pathlib import Path
from typing import Any

import pytest

from storage.importers.file_kinds import harmless_suffix, path_alone
from tests.storage.importers.formats.test_messenger import ENCRYPTED, MIRA, row, thread
from tests.storage.importers.formats.test_wechat_exporter_html import message as wechat
from tests.storage.importers.formats.test_wechat_exporter_html import page
from tests.storage.importers.samples import T0, Sample, as_csv, as_json, put, read, sample_named

NOT_EXPORTED = "(File not included. Change data exporting settings to download.)"


def telegram(**fields: Any) -> str:
    message = {"type": "message", "from": "Mira", "from_id": "user1", "text": "", **fields}
    rows = [{"id": 1, "date_unixtime": str(T0), **message}]
    return as_json({"name": "Mira", "type": "personal_chat", "id": 1, "messages": rows})


def discord(**fields: Any) -> str:
    author = {"id": "11", "name": "mira", "nickname": "Mira", "isBot": False}
    message = {"id": "1", "type": "Default", "timestamp": "2024-05-01T10:00:01.123+02:00"}
    rows = [{**message, "content": "", "author": author, "attachments": [], **fields}]
    channel = {"id": "5", "type": "DirectTextChat", "name": "Mira"}
    return as_json({"guild": {"id": "0", "name": "x"}, "channel": channel, "messages": rows})


def qq(**content: Any) -> str:
    sender = {"uid": "u_f", "uin": "2", "name": "小雨"}
    rows = [{"id": "1", "timestamp": T0 * 1000, "sender": sender, "type": "type_1"}]
    rows[0]["content"] = {"text": "[图片]", "elements": [], **content}
    info = {"name": "小雨", "type": "private", "selfUid": "u_me", "selfUin": "1"}
    return as_json({"metadata": {}, "chatInfo": info, "statistics": {}, "messages": rows})


def weflow(type_: str, content: str) -> str:
    session = {"wxid": "wxid_f", "nickname": "小明", "type": "私聊"}
    message = {"createTime": T0, "type": type_, "content": content, "isSend": 0}
    rows = [{"localId": 1, **message, "senderUsername": "wxid_f", "senderDisplayName": "小明"}]
    return as_json({"weflow": {}, "session": session, "messages": rows})


def chatlab(type_: int, content: str) -> str:
    meta = {"name": "小明", "platform": "wechat", "type": "private", "ownerId": "me"}
    rows = [{"sender": "wxid_f", "accountName": "小明", "timestamp": T0, "type": type_}]
    rows[0]["content"] = content
    return as_json({"chatlab": {"version": "0.0.2"}, "meta": meta, "members": [], "messages": rows})


def telegram_page(wrap: str) -> str:
    return f"""\
<!DOCTYPE html>
<html>
 <body>
  <div class="text bold">Mira</div>
  <div class="message default clearfix" id="message1">
   <div class="body">
    <div class="pull_right date details" title="01.05.2023 10:00:00 UTC+02:00">10:00</div>
    <div class="from_name">Mira</div>
    <div class="media_wrap clearfix">
{wrap}
    </div>
   </div>
  </div>
 </body>
</html>
"""


WEFLOW_CSV = ["id", "MsgSvrID", "type_name", "is_sender", "talker", "msg", "src", "CreateTime"]
WEFLOW_TXT = "2024-10-04 11:43:05 '小明'\nmedia\\images\\a.jpg\n\n2024-10-04 11:43:06 '我'\n在\n\n"
DISCORD_CSV = ["AuthorID", "Author", "Date", "Content", "Attachments", "Reactions"]
IPHONE = "[24.12.23, 14:18:31] Mira: \u200e<{said}>\n[24.12.23, 14:20:00] Ben: ok\n"
ANDROID = "12/24/23, 14:18 - Mira: {said}\n12/24/23, 14:20 - Ben: ok\n"
PHOTO_PAGE = '<a class="photo_wrap clearfix pull_left" href="photos/photo_1@1.jpg"><img></a>'
VOICE_PAGE = (
    '<a class="media clearfix pull_left block_link media_voice_message" '
    'href="voice_messages/audio_1@1.ogg"><div class="title bold">Voice message</div></a>'
)
LEFT_OUT_PAGE = (
    '<div class="media clearfix pull_left media_photo"><div class="title">Photo</div></div>'
)
NAMED: tuple[tuple[str, str, str, str], ...] = (
    # file, text, kind, the file that is named
    ("_chat.txt", IPHONE.format(said="attached: 00000003-PHOTO-2023-12-24-14-18-31.jpg"), "image",
     "00000003-PHOTO-2023-12-24-14-18-31.jpg"),
    ("_chat.txt", IPHONE.format(said="Anhang: 00000004-AUDIO-2023-12-24.opus"), "voice",
     "00000004-AUDIO-2023-12-24.opus"),
    ("_chat.txt", IPHONE.format(said="附件：00000005-STICKER-2023-12-24.webp"), "sticker",
     "00000005-STICKER-2023-12-24.webp"),
    ("WhatsApp Chat with Mira.txt", ANDROID.format(said="IMG-20231224-WA0001.jpg (file attached)"),
     "image", "IMG-20231224-WA0001.jpg"),
    ("WhatsApp Chat with Mira.txt", ANDROID.format(said="PTT-20231224-WA0002.opus (档案附件)"),
     "voice", "PTT-20231224-WA0002.opus"),
    ("result.json", telegram(photo="photos/photo_1@01-05-2023.jpg"), "image",
     "photos/photo_1@01-05-2023.jpg"),
    ("result.json", telegram(file="voice_messages/audio_1@1.ogg", media_type="voice_message"),
     "voice", "voice_messages/audio_1@1.ogg"),
    ("result.json", telegram(photo=NOT_EXPORTED), "image", ""),
    ("messages.html", telegram_page(PHOTO_PAGE), "image", "photos/photo_1@1.jpg"),
    ("messages.html", telegram_page(VOICE_PAGE), "voice", "voice_messages/audio_1@1.ogg"),
    ("messages.html", telegram_page(LEFT_OUT_PAGE), "image", ""),
    ("mira.json", discord(attachments=[{"url": "m_Files/y-1A2B3.png", "fileName": "y.png"}]),
     "image", "m_Files/y-1A2B3.png"),
    ("mira.json", discord(stickers=[{"name": "x", "sourceUrl": "m_Files/7-ABCDE.png"}]), "sticker",
     "m_Files/7-ABCDE.png"),
    ("mira.csv", as_csv(DISCORD_CSV, ["11", "mira", "2024-05-01T10:00:00+00:00", "",
                                      "m_Files\\a.png,m_Files\\b.png", ""]),
     "image", "m_Files\\a.png"),
    ("message_1.json", as_json(thread(row(1, MIRA, photos=[{"uri": "messages/inbox/m/1.jpg"}]))),
     "image", "messages/inbox/m/1.jpg"),
    ("message_1.json", as_json(thread(row(1, MIRA, sticker={"uri": "messages/s/1.png"}))),
     "sticker", "messages/s/1.png"),
    ("mira.json", as_json({**ENCRYPTED, "messages": ENCRYPTED["messages"][2:3]}), "image",
     "./media/1.jpeg"),
    ("qq.json", qq(resources=[{"type": "image", "localPath": "resources/images/a.jpg"}],
                   elements=[{"type": "image", "data": {"filename": "a.jpg"}}]),
     "image", "resources/images/a.jpg"),
    ("qq.json", qq(elements=[{"type": "image", "data": {"localPath": "images/a.jpg",
                                                        "url": "https://x.y/a"}}]),
     "image", "resources/images/a.jpg"),
    ("qq.json", qq(elements=[{"type": "ptt", "data": {"localPath": "audios/a.mp3",
                                                      "url": "resources/audios/a.mp3"}}]),
     "voice", "resources/audios/a.mp3"),
    ("小明.json", weflow("图片消息", "media/images/a.jpg"), "image", "media/images/a.jpg"),
    ("小明.json", weflow("语音消息", "media\\小明\\voices\\voice_1.wav"), "voice",
     "media\\小明\\voices\\voice_1.wav"),
    ("小明.json", weflow("图片消息", "[图片]"), "image", ""),
    ("小明.csv", as_csv(WEFLOW_CSV, [1, "7", "voice", 0, "小明", "[语音]", "media/voices/1.wav",
                                   "2024-10-04T03:43:05.000Z"]), "voice", "media/voices/1.wav"),
    ("小明.txt", WEFLOW_TXT,
     "image", "media\\images\\a.jpg"),
    ("chatlab.json", chatlab(2, "media/voices/1.wav"), "voice", "media/voices/1.wav"),
    ("chatlab.json", chatlab(1, "[图片]"), "image", ""),
    ("小明.html", page(wechat("left", "小明", "2023-05-01 10:01:00",
        '<img rawUrl="小明_files/1.jpg" src="小明_files/t.jpg" class="image" />', "media", "3")),
     "image", "小明_files/1.jpg"),
    ("小明.html", page(wechat("left", "小明", "2023-05-01 10:01:01", '<img src="Emoji/a.gif" />',
                            "media", "47")), "sticker", "Emoji/a.gif"),
)  # fmt: skip


@pytest.mark.parametrize(("name", "text", "kind", "file"), NAMED)
def test_the_file_of_a_message(tmp_path: Path, name: str, text: str, kind: str, file: str) -> None:
    first = read(put(tmp_path, Sample(name, text)))[0]
    assert (first.kind, first.file) == (kind, file)


def test_words_name_no_file(tmp_path: Path) -> None:
    for said in ("a.jpg", "photos/", "https://a.b/c.jpg", "and/or"):
        assert path_alone(said) == ""
    assert path_alone("media/a b/照片.jpg") == "media/a b/照片.jpg"
    assert [harmless_suffix(name) for name in ("a.JPG", "a.exe", "a", ".png", "a.b/c")] == [
        ".jpg",
        "",
        "",
        ".png",
        "",
    ]


def test_signal_names_files_by_hashes(tmp_path: Path) -> None:
    text = sample_named("main.jsonl").text
    where = '"size": 5, "plaintextHash": "q6s=", "localKey": "zc0="'
    pointed = text.replace('"size": 5', where)
    files = [message.file for message in read(put(tmp_path, Sample("main.jsonl", pointed)))]
    (named,) = {file for file in files if file}
    assert named.startswith("files/")
    assert len(named) == len("files/ab/") + 64
