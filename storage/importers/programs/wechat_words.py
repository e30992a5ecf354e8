"""What WeChat's exporters write in place of a message that is no text, and WeChat's own lines."""

import re
from collections.abc import Collection

from storage.messages import Kind

_PLACEHOLDERS: dict[str, Kind] = {
    **dict.fromkeys(("图片", "图片消息"), "image"),
    **dict.fromkeys(("表情", "表情包", "动画表情", "GIF表情"), "sticker"),
    **dict.fromkeys(("语音", "语音消息", "语音转文字", "语音消息 - 转文字失败"), "voice"),
    **dict.fromkeys(("视频", "小视频"), "video"),
    **dict.fromkeys(("文件",), "file"),
    **dict.fromkeys(("位置", "地理位置", "实时位置共享"), "location"),
    **dict.fromkeys(("名片", "推荐公众号"), "contact"),
    **dict.fromkeys(("转账", "转账收款", "红包", "红包封面"), "transfer"),
    **dict.fromkeys(("语音通话", "视频通话", "通话"), "call"),
    **dict.fromkeys(("链接", "小程序", "视频号", "视频号直播", "音乐", "音乐分享", "分享"), "link"),
    **dict.fromkeys(("聊天记录", "转发的聊天记录", "合并转发", "笔记"), "forward"),
    **dict.fromkeys(("群公告", "系统消息"), "system"),
    **dict.fromkeys(("其他消息", "引用消息", "引用"), "other"),
}
# `[红包]` in the middle of words is one of WeChat's small faces.
_NEVER_TITLED = ("图片", "图片消息", "表情", "红包封面", "分享", "其他消息", "引用", "引用消息")
_BRACKETS = re.compile(
    r"!?[\[【](?P<name>[^\[\]【】|\n]{2,14})(?P<bar>\|.*)?[\]】](?P<rest>.*)", re.DOTALL
)
_NAME = r"(?:\"[^\"\n]{1,40}\"|“[^”\n]{1,40}”)"
_QUOTED_NAME = re.compile(_NAME)
_RECALL = re.compile(
    r"(?P<who>\S.{0,39}?) ?(?:撤回了一条消息(?: ?重新编辑)?|[收撤]回了?一[則條](?:訊息|消息)"
    r"|(?: has|['’]ve)? recalled a message)[。.]?"
)
# Whom WeChat and QQ mean without a name.
_SIDES = ("你", "您", "對方", "对方", "You")
_QUOTE = re.compile(r"(?m)^\t?引用[:：] ?(?:未知$|[^:：\n]{1,40}[:：])")
# WeChat puts names in quotes where people don't.
_LINES = tuple(
    re.compile(pattern)
    for pattern in (
        rf"(?:我|你|{_NAME}) ?拍了拍 ?(?:自己|{_NAME}).{{0,30}}",
        rf"{_NAME} ?拍了拍 ?[我你].{{0,30}}",
        r"你已添加了.{1,40}，现在可以开始聊天了。",
        r"以上是打招呼的(?:内容|消息)。?",
        rf"(?:你|{_NAME})(?:邀请|将)(?:你|{_NAME}).{{0,200}}(?:加入|移出)了?群聊.{{0,40}}",
        rf"{_NAME}(?:通过扫描.{{1,60}}加入群聊|修改群名为.{{1,60}}|已成为新群主|退出了群聊)",
        r"消息已发出，但被对方拒收了。",
        r".{1,40}开启了朋友验证，你还不是.{1,10}朋友。.{0,40}",
        r"收到红包，请在手机上查看",
        rf"(?:你领取了.{{1,40}}的红包|{_NAME}领取了你的红包)",
    )
)


def placeholder_kind(said: str, *, titled: bool = False) -> Kind | None:
    """The kind of a whole placeholder such as `[图片]` or `![视频](http://…)`; None for words.

    A title may stand in it, as in `[链接|今天的新闻](http://…)`; `titled`: also behind it.
    """
    match = _BRACKETS.fullmatch(said.strip())
    kind = _PLACEHOLDERS.get(match["name"]) if match else None
    if match is None or kind is None:
        return None
    rest = match["rest"]
    is_linked = rest.startswith("(") and rest.endswith(")")
    is_titled = titled and match["name"] not in _NEVER_TITLED
    whole = not rest or is_linked or is_titled or match["bar"]
    return kind if whole else None


def says_recall(line: str) -> bool:
    """Whether a line that is known to be WeChat's own says that somebody took a message back."""
    return _RECALL.fullmatch(line.strip()) is not None


def is_recall_line(said: str, names: Collection[str]) -> bool:
    """WeChat's line that somebody took a message back, and not words about it.

    `names` are the people of the chat, whom some programs name without quotes.
    """
    match = _RECALL.fullmatch(said.strip())
    if match is None:
        return False
    is_known = match["who"].strip() in (*_SIDES, *names)
    return is_known or _QUOTED_NAME.fullmatch(match["who"]) is not None


def is_platform_line(said: str, names: Collection[str] = ()) -> bool:
    """Whether the whole text is a line that WeChat writes itself."""
    text = said.strip()
    return is_recall_line(text, names) or any(line.fullmatch(text) for line in _LINES)


def without_quote_below(text: str) -> str:
    """The words above the `引用:name:text` that MemoTrace puts below an answer."""
    quote = _QUOTE.search(text)
    if quote is None:
        return text
    words = text[: quote.start()].rstrip("\n")
    return "" if words.strip() == "[引用]" else words
