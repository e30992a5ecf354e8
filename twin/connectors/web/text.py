"""Texts of the friends' page, in English and Chinese."""

from dataclasses import dataclass
from typing import Literal

# What became of a message that a friend sent from the page.
Receipt = Literal["accepted", "empty", "too_long", "too_fast", "unknown", "unavailable"]


@dataclass(frozen=True, slots=True)
class PageMessage:
    """A message as the friend sees it: `mine` is the friend's own. `at` in UTC milliseconds."""

    mine: bool
    text: str
    at: int


@dataclass(frozen=True, slots=True)
class Texts:
    """The labels of the page in one language. `about` and `about_nobody` name what it is."""

    language: str
    about: str
    about_nobody: str
    name_nobody: str
    hello: str
    field: str
    send: str
    typing: str
    gone_title: str
    gone: str
    too_long: str
    too_fast: str
    unavailable: str

    def refusal(self, receipt: Receipt, max_chars: int) -> str:
        """The friendly line for a message that was not taken; "" when nothing need be said."""
        return {
            "accepted": "",
            "empty": "",
            "too_long": self.too_long.format(max_chars=max_chars),
            "too_fast": self.too_fast,
            "unknown": self.gone,
            "unavailable": self.unavailable,
        }[receipt]


ENGLISH = Texts(
    language="en",
    about="You are talking to {owner}'s AI twin",
    about_nobody="You are talking to an AI twin",
    name_nobody="AI twin",
    hello="Say hello. Only you and the owner can see this chat.",
    field="Message",
    send="Send",
    typing="typing",
    gone_title="This link doesn't work",
    gone="This link was closed or never existed. Ask your friend for a new one.",
    too_long="That message is too long. Please keep it under {max_chars} characters.",
    too_fast="That was a lot at once. Please wait a moment and send it again.",
    unavailable="That message couldn't be delivered. Please try again in a moment.",
)
CHINESE = Texts(
    language="zh-CN",
    about="你正在和 {owner} 的 AI 分身聊天",
    about_nobody="你正在和一个 AI 分身聊天",
    name_nobody="AI 分身",
    hello="打个招呼吧。只有你和主人能看到这段聊天。",
    field="输入消息",
    send="发送",
    typing="正在输入",
    gone_title="链接无效",
    gone="这个链接已关闭或不存在，请向你的朋友要一个新链接。",
    too_long="消息太长了，请不要超过 {max_chars} 个字。",
    too_fast="发得有点快，请稍等一下再发。",
    unavailable="消息没有送达，请稍后再试。",
)


def _weight(part: str) -> float:
    _, _, weight = part.partition(";q=")
    try:
        return float(weight) if weight else 1.0
    except ValueError:
        return 0.0


def texts_for(accept_language: str) -> Texts:
    """The better of the two languages for a browser's Accept-Language header."""
    # sorted is stable: of two equal weights the browser's first counts.
    for part in sorted(accept_language.split(","), key=_weight, reverse=True):
        tag = part.partition(";")[0].strip().lower()
        if tag.startswith(("zh", "en")) and _weight(part) > 0:
            return CHINESE if tag.startswith("zh") else ENGLISH
    return ENGLISH
