"""What an opened chat says."""

from collections.abc import Mapping

from storage.outbox import State
from twin.dashboard.words import Words

BACK = Words("All chats", "所有聊天")
GONE = Words("There is no such chat.", "没有这个聊天。")
MESSAGES = Words("Messages", "消息")
OLDER = Words("Older messages", "更早的消息")
NOTHING = Words("Nothing was said here yet.", "这里还没有消息。")
RECALLED = Words("taken back", "已撤回")
PICTURE = Words("Picture of a message", "消息中的图片")
UNANSWERED = Words("Not answered: {reason}", "未回复：{reason}")
STATES: Mapping[State, Words] = {
    "pending": Words("on its way", "即将发送"),
    "sending": Words("being sent", "正在发送"),
    "sent": Words("sent", "已发送"),
    "failed": Words("not sent: it failed", "发送失败"),
    "cancelled": Words("not sent: dropped", "未发送：已取消"),
    "doubt": Words("may not have arrived", "可能没有送达"),
    "draft": Words("draft, waits for your word", "草稿，等你确认"),
    "edited": Words("draft, replaced by your words", "草稿，已换成你的话"),
    "rejected": Words("draft, rejected", "草稿，已拒绝"),
    "dry": Words("not sent: dry run", "未发送：试运行"),
}
WRITE = Words("Write as yourself", "以本人身份发送")
SEND = Words("Send", "发送")
TAKES_OVER = Words(
    "Enter sends. Your message drops what the twin was about to say and silences it here for "
    "{minutes} minutes.",
    "按 Enter 发送。你的消息会取消分身准备说的话，并让它在这里安静 {minutes} 分钟。",
)
SENT = Words("On its way as your own words.", "正以你本人的话发出。")
CAN_NOT_WRITE = Words(
    "Nothing can be sent here: the chat is off, your own, or of a platform that isn't connected.",
    "这里不能发送：聊天已关闭、是你自己的聊天，或平台没有连接。",
)
STEER = Words("The twin in this chat", "分身在此聊天中")
ACTIVE = Words("Not paused", "未暂停")
PAUSED = Words("Paused until {time}", "已暂停至 {time}")
PAUSED_FOREVER = Words("Paused", "已暂停")
PAUSE_HOUR = Words("Pause for an hour", "暂停一小时")
PAUSE = Words("Pause", "暂停")
RESUME = Words("Go on", "继续")
PAUSE_DONE = Words("The twin is silent here.", "分身在这里保持安静。")
RESUME_DONE = Words("The twin goes on here.", "分身在这里继续。")
NOTE = Words("What the twin should know about this friend", "分身应当知道的关于此人的事")
NOTE_EXAMPLE = Words("my sister; we joke a lot", "我妹妹，常开玩笑")
SAVE = Words("Save", "保存")
SAVED = Words("The note is saved.", "备注已保存。")
LINK = Words("The friend's page", "朋友的页面")
NO_LINK = Words("No link works.", "没有可用的链接。")
AGAIN = Words("New link, end the old", "换新链接，旧的失效")
REVOKE = Words("End the link", "停用链接")
AGAIN_DONE = Words("A new link; the old ones no longer work.", "已生成新链接，旧链接失效。")
REVOKED = Words("Links ended: {count}", "已停用 {count} 个链接")
AGAIN_ASK = Words("A new link for {chat}?", "为 {chat} 换新链接？")
AGAIN_MEANING = Words(
    "The links sent before no longer work; the chat stays.", "之前发出的链接将失效，聊天保留。"
)
REVOKE_ASK = Words("End the link of {chat}?", "停用 {chat} 的链接？")
REVOKE_MEANING = Words(
    "{chat} can't write from the web until you make a new link; the chat stays.",
    "在你生成新链接之前，{chat} 无法在网页上发消息，聊天保留。",
)
FORGET_PART = Words("Forget this chat", "忘记此聊天")
FORGET_WHAT = Words(
    "Deletes its messages, files, drafts and reports; the next training goes without it.",
    "删除消息、文件、草稿和报告，下次训练不再包含它。",
)
FORGET = Words("Forget for good", "永久忘记")
FORGET_ASK = Words("Delete everything of {chat} for good?", "永久删除 {chat} 的一切？")
FORGETTING = Words("Forgetting … this may take a while.", "正在忘记……可能需要一些时间。")
FORGOTTEN = Words(
    "{chat}: {messages} messages, {media} files and {contacts} contacts deleted.",
    "{chat}：已删除 {messages} 条消息、{media} 个文件和 {contacts} 个联系人。",
)
ADAPTERS = Words(
    "Adapters that learnt from it: {names}. The next training replaces the one that answers.",
    "学过它的适配器：{names}。下次训练会替换正在使用的那个。",
)
REMAINS = Words("Still there: {what}", "仍然存在：{what}")
