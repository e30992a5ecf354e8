"""What the data page says. What is wrong with a file is told in the words of the importers."""

from storage.importers.progress import ImportPhase
from twin.dashboard.words import Words

IMPORT = Words("Import chats", "导入聊天记录")
HINT = Words(
    "Exports of WeChat, QQ, Telegram, WhatsApp, LINE, Discord, iMessage and others: files or a "
    ".zip, {gib} GiB at most. You see what is in them before anything is stored.",
    "支持微信、QQ、Telegram、WhatsApp、LINE、Discord、iMessage 等导出的文件或 .zip，"
    "最多 {gib} GiB。存入之前会先让你看到内容。",
)
CHOOSE = Words("Files to import", "要导入的文件")
UPLOADING = Words("Sending file {n} of {all} …", "正在上传第 {n} 个，共 {all} 个……")
CHECKING = Words("Reading {n} files …", "正在读取 {n} 个文件……")
IMPORTING = Words("Importing …", "正在导入……")
SHARES: dict[ImportPhase, Words] = {
    "reading": Words("{percent} % read", "已读取 {percent}%"),
    "writing": Words("{percent} % stored", "已存入 {percent}%"),
}
COMPARED = Words("{percent} % compared with the log", "已与记录比对 {percent}%")
LEFT = Words("about {time} left", "约剩 {time}")
SECONDS = Words("{n} s", "{n} 秒")
MINUTES = Words("{n} min", "{n} 分钟")
WOULD = Words(
    "{messages} messages, {new} of them new, {known} known before. Nothing is stored yet.",
    "共 {messages} 条消息，其中 {new} 条是新的，{known} 条已有。尚未存入。",
)
DONE = Words(
    "Imported: {new} new messages, {known} known before.", "已导入 {new} 条新消息，{known} 条已有。"
)
CONFIRM = Words("Import", "导入")
DROP = Words("Cancel", "取消")
AGAIN = Words("Import more", "继续导入")
CHECK = Words("Look again", "重新检查")
WHO = Words("Which of these are you?", "哪一个是你？")
ME = Words(
    "You in the files (name or id), if it isn't recognized", "文件中的你（名字或 id），如未识别"
)
DATES = Words("Order of day, month and year", "年月日的顺序")
AS_FOUND = Words("as the files suggest", "按文件推断")
DATES_UNCLEAR = Words(
    "The dates of a file can be read in more than one way. Please choose.",
    "有文件的日期可以有不同的读法，请选择。",
)
PROBLEMS = Words("Left out", "未读取")
NOTES = Words("Notes", "说明")
SKIPPED = Words("Skipped, no known export", "已跳过，不是已知的导出格式")
MORE = Words("… and {n} more", "……还有 {n} 项")
TABLE = Words("What is in the files", "文件内容")
COLUMNS = (
    Words("Chat", "聊天"),
    Words("Format", "格式"),
    Words("All", "全部"),
    Words("New", "新"),
    Words("Known", "已有"),
    Words("Yours", "你的"),
    Words("From – to", "时间范围"),
    Words("Kinds", "类型"),
)
FAILED = Words("The file was not sent: {error}", "文件未能上传：{error}")
LOST = Words("no connection to the bot", "与机器人的连接中断")
REPORT = Words("What is learnt from", "学习的内容")
REPORT_HINT = Words(
    "What became of every message, by chat and month, and how long the samples are.",
    "每条消息的去向（按聊天和月份），以及样本的长度。",
)
SHOW = Words("Show the report", "查看报告")
MADE = Words("Made {time}", "生成于 {time}")
NO_REPORT = Words("There is none yet.", "还没有报告。")
MAKE = Words("Make it anew", "重新生成")
MAKING = Words(
    "Being made; a large history takes half a minute …", "正在生成；记录很多时约需半分钟……"
)
MADE_NOW = Words("The report is new.", "报告已更新。")
SAMPLES = Words("Look through the samples", "浏览样本")
SAMPLES_HINT = Words(
    "Search them, and exclude what must not be learnt.", "可以搜索，并排除不应学习的内容。"
)
