"""What the drafts page says."""

from twin.dashboard.words import Words

NONE = Words("No draft waits.", "没有待定的草稿。")
MADE = Words("Draft {number} · {time}", "草稿 {number} · {time}")
ASKED = Words("{chat} wrote", "{chat} 写道")
WOULD_SAY = Words("The twin would say", "分身想说")
APPROVE = Words("Approve", "批准")
EDIT = Words("Edit", "修改")
REJECT = Words("Reject", "拒绝")
OWN_WORDS = Words("Your words instead; each line is a message", "改成你的话，每行一条消息")
SEND = Words("Send mine", "发送我的")
BACK = Words("Cancel", "取消")
KEYS = Words("Keys on a draft", "草稿上的按键")
NEXT = Words("next", "下一个")
PREVIOUS = Words("previous", "上一个")
SEND_KEY = Words("send your words", "发送你的话")
BACK_KEY = Words("leave editing", "退出修改")
GONE = Words("Draft {number} doesn't wait any more.", "草稿 {number} 已不在等待。")
APPROVED = Words("Draft {number} for {chat} is on its way.", "给 {chat} 的草稿 {number} 即将发出。")
EDITED = Words(
    "Your words for {chat} are on their way instead of draft {number}.",
    "你写给 {chat} 的话将代替草稿 {number} 发出。",
)
REJECTED = Words("Draft {number} for {chat} is dropped.", "给 {chat} 的草稿 {number} 已丢弃。")
EMPTY = Words("No words to send; write some, or reject it.", "没有可发送的内容，请写一些或拒绝它。")
