"""What the page for trying says."""

from twin.dashboard.words import Words

PROMISE = Words(
    "Nothing here is logged, learnt or sent. Friends who wait for an answer go first.",
    "这里的内容不会记录、不会学习、也不会发送。等待回复的朋友优先。",
)
AS_NOBODY = Words("You write as somebody new", "你以陌生人的身份发言")
AS_FRIEND = Words("You write as {name}", "你以 {name} 的身份发言")
NOTE = Words("The twin knows: {note}", "分身知道：{note}")
CHOOSE = Words("Choose a friend", "选择朋友")
SEARCH = Words("Search by name", "按名字搜索")
NOBODY = Words("Somebody new", "陌生人")
NOT_FOUND = Words("No chat has that name.", "没有这个名字的聊天。")
WITH_PAST = Words("Go on from the last conversation of this chat", "接着这个聊天最近的对话继续")
BASE = Words("Base model", "基础模型")
LIVE = Words("Live: {name}", "当前：{name}")
LIVE_BASE = Words("Live: the base model", "当前：基础模型")
ALSO = Words("Beside them", "再加一个")
NONE = Words("no other", "不加")
MEMORY = Words(
    "One model beside the live one is in memory at a time, so each change takes its loading time; "
    "it is let go of when you leave.",
    "除当前模型外，内存中同时只有一个模型，切换需要加载时间；离开页面后释放。",
)
CONVERSATION = Words("Conversation with {name}", "与 {name} 的对话")
MESSAGE = Words("Message as the friend", "以朋友身份发消息")
SEND = Words("Ask", "发送")
ANEW = Words("Begin anew", "重新开始")
THINKING = Words("{name} answers …", "{name} 正在回答……")
READY = Words("Answered.", "已回答。")
EMPTY = Words("(no words)", "（没有内容）")
FIGURES = Words(
    "{tokens} tokens · {seconds} s · {speed} tokens/s",
    "{tokens} 词元 · {seconds} 秒 · {speed} 词元/秒",
)
NO_SPEED = Words("{tokens} tokens · {seconds} s", "{tokens} 词元 · {seconds} 秒")
WAITED = Words("{seconds} s in all", "共 {seconds} 秒")
CUT = Words("cut at the limit", "到上限被截断")
HELD_BACK = Words("The bot would hold this back: {reason}", "机器人不会发出：{reason}")
