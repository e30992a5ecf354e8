"""What the list of chats says."""

from collections.abc import Mapping

from storage.messages import Origin
from twin.dashboard.words import Words

SEARCH = Words("Search by name", "按名字搜索")
FOUND = Words("{first}–{last} of {total}", "第 {first}–{last} 个，共 {total} 个")
NONE = Words("No chat.", "没有聊天。")
NEWER = Words("Previous page", "上一页")
OLDER = Words("Next page", "下一页")
NO_MESSAGE = Words("No message yet.", "还没有消息。")
RECALLED = Words("Message taken back", "消息已撤回")
PAUSED = Words("paused until {time}", "暂停至 {time}")
ANSWERED = Words("Last burst: {reason}", "上一轮消息：{reason}")
WHO: Mapping[Origin, Words] = {
    "peer": Words("Friend", "朋友"),
    "owner": Words("You", "你"),
    "twin": Words("Twin", "分身"),
}
LINE = Words("{who}: {text}", "{who}：{text}")
IMPORTED = Words("imported", "导入")
KINDS: Mapping[str, Words] = {
    "text": Words("text", "文字"),
    "image": Words("image", "图片"),
    "voice": Words("voice message", "语音"),
    "video": Words("video", "视频"),
    "file": Words("file", "文件"),
    "sticker": Words("sticker", "表情"),
    "link": Words("link", "链接"),
    "location": Words("location", "位置"),
    "contact": Words("contact", "名片"),
    "transfer": Words("transfer", "转账"),
    "call": Words("call", "通话"),
    "forward": Words("forwarded", "转发"),
    "system": Words("system message", "系统消息"),
    "command": Words("order to the bot", "给机器人的命令"),
    "notice": Words("notice of the program", "程序通知"),
    "other": Words("other", "其他"),
}
NEW_FRIEND = Words("New friend on the web", "新的网页好友")
NAME = Words("Friend's name", "朋友的名字")
INVITE = Words("Make a link", "生成链接")
INVITED = Words(
    "{name} can write to the twin with this link; it answers at once.",
    "{name} 可以用这个链接和分身聊天，分身会马上回复。",
)
