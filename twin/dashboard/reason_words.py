"""Reasons that are kept as codes, in Chinese. Their English is the code itself."""

from collections.abc import Mapping

from storage.reasons import BurstReason, RunEnd, RunReason
from twin.dashboard.words import Language

# `{}` is the value.
CHINESE: Mapping[str, str] = {
    BurstReason.ANSWERED: "已回复",
    BurstReason.BY_OWNER: "本人已回复",
    BurstReason.PAUSED: "此聊天已暂停",
    BurstReason.ALL_PAUSED: "已全部暂停",
    BurstReason.MODE_OFF: "模式为“关闭”",
    BurstReason.MODE_LOG: "模式为“仅记录”",
    BurstReason.MODE_DRAFT: "模式为“草稿”",
    BurstReason.SELF: "本人与自己的聊天",
    BurstReason.NOT_MENTIONED: "群聊中没有提到本人",
    BurstReason.LOOP: "对方看起来也是机器人",
    BurstReason.QUIET_HOURS: "免打扰时间 {}",
    BurstReason.MOST_IN_HOUR: "一小时内在此聊天已回复 {} 次",
    BurstReason.MOST_IN_DAY: "一天内已回复 {} 次",
    BurstReason.TOO_OLD: "重启后已过时",
    BurstReason.NOTHING: "没有可回复的内容",
    BurstReason.EMPTY: "回复为空",
    BurstReason.HELD_BACK: "回复被拦下：{}",
    BurstReason.WAITS: "等待本人处理：{}",
    BurstReason.FAILED: "生成失败：{}",
    RunReason.NIGHTLY: "夜间训练",
    RunReason.CATCHING_UP: "补训：已有 {} 天没有学习",
    RunReason.FORGOTTEN: "有聊天被遗忘",
    RunReason.ORDERED: "本人要求",
    RunReason.MANUAL: "手动",
    RunEnd.UNCHANGED: "自第 {} 次训练以来没有变化",
    RunEnd.FEW_MESSAGES: "你的新消息太少（{}，见 [schedule] min_new_messages）",
    RunEnd.FEW_SAMPLES: "训练样本太少（{}）：请导入更多聊天，或调低 [train] min_samples",
    RunEnd.DIED: "训练进程意外结束",
    RunEnd.STOPPED: "未完成就被停止，下次从最近的检查点继续",
    RunEnd.SILENT: "超过 {} 分钟没有动静，已停止（[schedule] silent_minutes）",
    RunEnd.TOO_LONG: "超过 {} 小时，已停止（[schedule] timeout_hours）",
    RunEnd.NEVER_BEGAN: "还没开始就结束了，原因见日志",
}
# The guard's topics are values.
TOPICS: Mapping[str, str] = {
    "money": "钱",
    "transfers": "转账",
    "verification codes": "验证码",
    "passwords": "密码",
    "identity": "身份信息",
    "bank details": "银行账户信息",
    "an emergency": "紧急情况",
    "a threat": "威胁",
    "a control token": "模型控制符",
    "a placeholder": "占位符",
    "a very long message": "消息过长",
    "words of another chat": "其他聊天里的话",
    "a card number": "银行卡号",
    "an identity card number": "身份证号",
    "a bank account": "银行账号",
}


def reason_in(language: Language, reason: str) -> str:
    """The reason; in English where there are no words for it, as for what was kept long ago."""
    return reason if language == "en" else worded(CHINESE, reason) or reason


def worded(table: Mapping[str, str], reason: str) -> str | None:
    """What the table says to "code" or "code: value"; None where it does not fit."""
    code, _, value = reason.partition(": ")
    chinese = table.get(code)
    if chinese is None or ("{}" in chinese) != bool(value):
        return None
    return chinese.format(TOPICS.get(value, value))
