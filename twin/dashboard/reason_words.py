"""Why something was or was not done, in the owner's language. English is how it is kept."""

import re
from collections.abc import Sequence

from twin.dashboard.training_reason_words import TRAINER
from twin.dashboard.words import Language, Words
from twin.policy import LOOP

# `{}` stands for anything.
_REASONS: Sequence[Words] = (
    Words("answered", "已回复"),
    Words("the owner answered", "本人已回复"),
    Words("paused", "此聊天已暂停"),
    Words("everything is paused", "已全部暂停"),
    Words("mode is off", "模式为“关闭”"),
    Words("mode is log", "模式为“仅记录”"),
    Words("mode is draft", "模式为“草稿”"),
    Words("the owner's chat with himself", "本人与自己的聊天"),
    Words("a group, and the owner was not mentioned", "群聊中没有提到本人"),
    Words(LOOP, "对方看起来也是机器人"),
    Words("quiet hours {}", "免打扰时间 {}"),
    Words("{} replies in this chat within an hour", "一小时内在此聊天已回复 {} 次"),
    Words("{} replies within a day", "一天内已回复 {} 次"),
    Words("too old after a restart", "重启后已过时"),
    Words("nothing to answer", "没有可回复的内容"),
    Words("the reply was empty", "回复为空"),
    Words("the reply was held back: {}", "回复被拦下：{}"),
    Words("waits for the owner: {}", "等待本人处理：{}"),
    Words("generating failed: {}", "生成失败：{}"),
)


def _pattern(text: str) -> re.Pattern[str]:
    return re.compile(re.escape(text).replace(r"\{\}", "(.*)"), re.DOTALL)


_KNOWN = [(_pattern(words.en), words) for words in (*_REASONS, *TRAINER)]


def reason_in(language: Language, reason: str) -> str:
    """The reason; in English where there are no words for it."""
    if language == "en":
        return reason
    for pattern, words in _KNOWN:
        if found := pattern.fullmatch(reason):
            return words.zh.format(*found.groups())
    return reason
