"""One small export of every format, in the exact shape that its program writes."""

import csv
import io
import json
from dataclasses import dataclass, field
from typing import Any

T0 = 1728013385  # 2024-10-04T03:43:05Z


@dataclass(frozen=True)
class Sample:
    """A file, the format it must be recognized as, and who the owner is where it does not say."""

    format: str
    name: str
    text: str
    me: str | None = None
    beside: dict[str, str] = field(default_factory=dict)


def as_json(value: Any, indent: int | None = 1) -> str:
    return json.dumps(value, ensure_ascii=False, indent=indent)


def as_csv(*rows: list[Any]) -> str:
    out = io.StringIO()
    csv.writer(out).writerows(rows)
    return out.getvalue()


RECIPE = as_json([["2024-10-04 11:43:05", "小明", "在吗"], ["2024-10-04 11:43:09", "我", "在"]])
PYWXDUMP_HEADER = [
    "id",
    "MsgSvrID",
    "type_name",
    "is_sender",
    "talker",
    "room_name",
    "msg",
    "src",
    "CreateTime",
]
PYWXDUMP_ROWS: list[list[Any]] = [
    [1, "7594861486645126963", "文本", 0, "wxid_f", "wxid_f", "在吗", "", "2024-10-04 11:43:05"],
    [2, "7594861486645126964", "文本", 1, "wxid_me", "wxid_f", "在", "", "2024-10-04 11:43:09"],
    [3, "7594861486645126965", "图片", 0, "wxid_f", "wxid_f", "", "a.dat", "2024-10-04 11:44:00"],
]
WEFLOW_MESSAGES = [
    {
        "localId": 1,
        "createTime": T0,
        "formattedTime": "2024-10-04 11:43:05",
        "type": "文本消息",
        "content": "在吗",
        "isSend": 0,
        "senderUsername": "wxid_f",
        "senderDisplayName": "小明",
    },
    {
        "localId": 2,
        "createTime": T0 + 4,
        "formattedTime": "2024-10-04 11:43:09",
        "type": "引用消息",
        "content": "在",
        "isSend": 1,
        "senderUsername": "wxid_me",
        "senderDisplayName": "我",
        "replyToMessageId": "7594861486645126963",
        "quotedContent": "在吗",
    },
    {
        "localId": 3,
        "createTime": T0 + 5,
        "formattedTime": "2024-10-04 11:43:10",
        "type": "系统消息",
        "content": "你撤回了一条消息",
        "isSend": None,
        "senderUsername": "",
        "senderDisplayName": "",
    },
]
SESSION = {
    "wxid": "wxid_f",
    "nickname": "明",
    "remark": "小明",
    "displayName": "小明",
    "type": "私聊",
}
WEFLOW = as_json({"weflow": {"version": "1.0.3"}, "session": SESSION, "messages": WEFLOW_MESSAGES})
ECHOTRACE = as_json({"session": SESSION, "messages": WEFLOW_MESSAGES})
WEFLOW_CSV = "\ufeff" + as_csv(
    ["id", "MsgSvrID", "type_name", "is_sender", "talker", "msg", "src", "CreateTime"],
    [1, "7594861486645126963", "text", 0, "小明", "在吗", "", "2024-10-04T03:43:05.000Z"],
    [2, "7594861486645126964", "text", 1, "我", "在", "", "2024-10-04T03:43:09.000Z"],
    [3, "7594861486645126965", "image", 0, "小明", "图片", "a.jpg", "2024-10-04T03:44:00.000Z"],
)
MEMOTRACE_HEADER = [
    "localId",
    "TalkerId",
    "Type",
    "SubType",
    "IsSender",
    "CreateTime",
    "Status",
    "StrContent",
    "StrTime",
]
MEMOTRACE = "\ufeff" + as_csv(
    [*MEMOTRACE_HEADER, "Remark", "NickName", "Sender"],
    [1, 7, 1, 0, 0, T0, "", "在吗", "2024-10-04 11:43:05", "小明", "明", "wxid_f"],
    [2, 7, 1, 0, 1, T0 + 4, "", "在", "2024-10-04 11:43:09", "", "我", "wxid_me"],
    [3, 7, 3, 0, 0, T0 + 5, "", "<msg/>", "2024-10-04 11:43:10", "小明", "明", "wxid_f"],
    [4, 9, 1, 0, 0, T0 + 6, "", "hi", "2024-10-04 11:43:11", "", "Ann", "wxid_ann"],
)
MEMOTRACE_OLD = "\ufeff" + as_csv(
    MEMOTRACE_HEADER,
    [1, 7, 1, 0, 0, T0, "", "在吗", "2024-10-04 11:43:05", "7594861486645126963"],
    [2, 7, 1, 0, 1, T0 + 4, "", "在", "2024-10-04 11:43:09", "7594861486645126964"],
)
MEMOTRACE_CHINESE = "\ufeff" + as_csv(
    ["消息ID", "类型", "发送人", "时间", "内容", "备注", "昵称", "更多信息"],
    ["1", "文本", "小明", "2024-10-04 11:43:05", "在吗", "小明", "明", ""],
    ["2", "文本", "我", "2024-10-04 11:43:09", "在", "", "我", ""],
)
CONVERSATIONS = as_json(
    [
        {
            "conversations": [
                {"role": "system", "content": "be me"},
                {"role": "user", "content": "在吗"},
                {"role": "assistant", "content": "在"},
            ]
        },
        {"conversations": [{"role": "user", "content": "吃了吗"}]},
    ]
)
MEMOTRACE_TXT = """\
2024-10-04 11:43:05 小明
在吗
有空吗

2024-10-04 11:43:09 我
在

2024-10-04 11:43:20 小明
[图片]

"""
CHATLOG = as_json(
    [
        {
            "seq": 1728013385000,
            "time": "2024-10-04T11:43:05+08:00",
            "talker": "wxid_f",
            "talkerName": "小明",
            "isChatRoom": False,
            "sender": "wxid_f",
            "senderName": "小明",
            "isSelf": False,
            "type": 1,
            "subType": 0,
            "content": "在吗",
        },
        {
            "seq": 1728013389000,
            "time": "2024-10-04T11:43:09+08:00",
            "talker": "wxid_f",
            "talkerName": "小明",
            "isChatRoom": False,
            "sender": "wxid_me",
            "senderName": "我",
            "isSelf": True,
            "type": 49,
            "subType": 57,
            "content": "在",
            "contents": {"refer": {"content": "在吗", "sender": "wxid_f"}},
        },
    ]
)
CHATLOG_CSV = as_csv(
    ["Time", "SenderName", "Sender", "TalkerName", "Talker", "Content"],
    ["2024-10-04 11:43:05", "小明", "wxid_f", "小明", "wxid_f", "在吗"],
    ["2024-10-04 11:43:09", "我", "wxid_me", "小明", "wxid_f", "在"],
    ["2024-10-04 11:44:00", "小明", "wxid_f", "小明", "wxid_f", "![图片](http://127.0.0.1/x)"],
)
CHATLAB_META = {"name": "小明", "platform": "wechat", "type": "private", "ownerId": "wxid_me"}
CHATLAB_VERSION = {"version": "0.0.2", "exportedAt": T0, "generator": "WeFlow"}
CHATLAB_MESSAGES = [
    {
        "sender": "wxid_f",
        "accountName": "小明",
        "timestamp": T0,
        "type": 0,
        "content": "在吗",
        "platformMessageId": "7594861486645126963",
    },
    {
        "sender": "wxid_me",
        "accountName": "我",
        "timestamp": T0 + 4,
        "type": 25,
        "content": "在",
        "replyToMessageId": "7594861486645126963",
    },
    {"sender": "wxid_f", "accountName": "小明", "timestamp": T0 + 9, "type": 1, "content": None},
]
CHATLAB = as_json(
    {
        "chatlab": CHATLAB_VERSION,
        "meta": CHATLAB_META,
        "members": [{"platformId": "wxid_f", "accountName": "小明"}],
        "messages": CHATLAB_MESSAGES,
    }
)
CHATLAB_JSONL = "\n".join(
    as_json(row, None)
    for row in (
        {"_type": "header", "chatlab": CHATLAB_VERSION, "meta": CHATLAB_META},
        {"_type": "member", "platformId": "wxid_f", "accountName": "小明"},
        *({"_type": "message"} | message for message in CHATLAB_MESSAGES),
    )
)
TELEGRAM_MESSAGES: list[dict[str, Any]] = [
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
TELEGRAM_CHAT = {"name": "Ann", "type": "personal_chat", "id": 5, "messages": TELEGRAM_MESSAGES}
TELEGRAM = as_json(TELEGRAM_CHAT)
TELEGRAM_FULL = as_json(
    {
        "about": "Here is the data you requested.",
        "personal_information": {"user_id": 6, "first_name": "Ben"},
        "contacts": {"about": "", "list": [{"user_id": 5, "first_name": "Ann"}]},
        "chats": {
            "about": "This page lists all chats.",
            "list": [
                TELEGRAM_CHAT,
                {
                    "type": "saved_messages",
                    "id": 6,
                    "messages": [TELEGRAM_MESSAGES[2] | {"id": 1}],
                },
            ],
        },
    }
)
WHATSAPP = """\
12/12/19, 02:08 - Messages and calls are end-to-end encrypted.
12/12/19, 02:09 - Anna: hi
there
12/13/19, 02:10 - Ben: hello
12/13/19, 02:11 - Anna: <Media omitted>
"""
WHATSAPP_IPHONE = """\
[23.07.23, 10:17:53] Anna: hi
\u200e[23.07.23, 10:18:00] Ben: \u200eimage omitted
[24.07.23, 10:18:01] Ben: yes: really \u200e<This message was edited>
[24.07.23, 10:18:09] Anna: \u200eThis message was deleted.
"""
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
QQ_INFO = {
    "name": "小明",
    "type": "private",
    "selfUid": "u_me",
    "selfUin": "10001",
    "selfName": "我",
}
QQ_MESSAGES: list[dict[str, Any]] = [
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
        "chatInfo": QQ_INFO,
        "statistics": {"totalMessages": 3},
        "messages": QQ_MESSAGES,
    }
)
QQ_CHUNK = "\n".join(as_json(message, None) for message in QQ_MESSAGES)
QQ_MANIFEST = as_json({"metadata": {"version": "5.0.0"}, "chatInfo": QQ_INFO, "chunked": {}})
QQ_OLD = as_json(
    {
        "metadata": {"version": "4.0.0"},
        "chatInfo": QQ_INFO,
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
QQ_TXT = """\
消息记录（此消息记录为文本格式，不支持重新导入）

================================================================
消息分组:我的好友
================================================================
消息对象:小明
================================================================

2019-07-16 18:15:05 小明(23333)
在吗
有空吗

2019-07-16 8:15:09 我(10001)
[图片]

"""
LINE = """\
[LINE] 与小明的聊天记录
保存日期：2026/02/01 10:00

2026/1/30(金)
11:43\t小明\t在吗
11:44\t我\t"在
怎么了"
11:45\t小明\t[照片]
11:46\t小明已收回消息

2026/1/31(土)
09:00\t小明\t☎ 通话时间 1:23
"""
LINE_ENGLISH = """\
[LINE] Chat history with Ann
Saved on: 1/31/2026, 10:00

Fri, 1/30/2026
11:43 PM\tAnn\thi
11:44 PM\tBen\tho
"""
LINE_WINDOWS = """\
2026.01.30 Friday
23:41 Ann Lee joined the group.
23:42 Ann Lee hi there
23:42 Ann Lee are you up?
23:43 Ben yes
why do you ask?
23:44 Ben Stickers
23:45 Ann Lee no reason
23:45 Ann Lee 在吗
2026.01.31 Saturday
09:00 Ann Lee good morning
09:01 已收回訊息
09:02 Ben morning, slept well?
"""
IMESSAGE = """\
May 17, 2022  5:29:42 PM (Read by you after 2 minutes)
Ann
hi
there

May 17, 2022  5:30:00 PM
Me
/Users/ben/Library/Messages/Attachments/IMG_1.HEIC

May 17, 2022  5:31:00 PM
Me
what
Tapbacks:
Liked by Ann

"""

SAMPLES = {
    sample.name: sample
    for sample in (
        Sample("recipe", "recipe.json", RECIPE, "我"),
        Sample("pywxdump", "wxid_f_0_3.csv", as_csv(PYWXDUMP_HEADER, *PYWXDUMP_ROWS)),
        Sample(
            "pywxdump",
            "pywxdump.json",
            as_json(
                [
                    dict(zip(PYWXDUMP_HEADER, row, strict=True)) | {"extra": {}}
                    for row in PYWXDUMP_ROWS
                ]
            ),
        ),
        Sample("weflow", "weflow.json", WEFLOW),
        Sample("weflow", "echotrace.json", ECHOTRACE),
        Sample("weflow-csv", "weflow.csv", WEFLOW_CSV),
        Sample("memotrace", "memotrace.csv", MEMOTRACE),
        Sample("memotrace", "old.csv", MEMOTRACE_OLD),
        Sample("memotrace", "chinese.csv", MEMOTRACE_CHINESE, "我"),
        Sample("memotrace-conversations", "conversations.json", CONVERSATIONS),
        Sample("memotrace-txt", "memotrace.txt", MEMOTRACE_TXT, "我"),
        Sample("chatlog", "chatlog.json", CHATLOG),
        Sample("chatlog", "chatlog.csv", CHATLOG_CSV),
        Sample("chatlab", "chatlab.json", CHATLAB),
        Sample("chatlab", "chatlab.jsonl", CHATLAB_JSONL),
        Sample("telegram", "result.json", TELEGRAM, "Ben"),
        Sample("telegram", "full.json", TELEGRAM_FULL),
        Sample("whatsapp", "WhatsApp Chat with Anna.txt", WHATSAPP, "Ben"),
        Sample("whatsapp", "_chat.txt", WHATSAPP_IPHONE, "Ben"),
        Sample("discord", "discord.json", DISCORD, "Ben"),
        Sample("qq", "qq.json", QQ),
        Sample("qq", "old.json", QQ_OLD),
        Sample("qq", "manifest.json", QQ_MANIFEST, beside={"chunks/0001.jsonl": QQ_CHUNK}),
        Sample("qq-txt", "qq.txt", QQ_TXT, "10001"),
        Sample("line", "line.txt", LINE),
        Sample("line", "line-english.txt", LINE_ENGLISH),
        Sample("line", "[LINE]Ann Lee.txt", LINE_WINDOWS),
        Sample("imessage", "imessage.txt", IMESSAGE),
    )
}
