"""WeChat's message types, by number and by the names that exporters give them."""

from functools import lru_cache

from storage.messages import Kind

_TYPES: dict[int, Kind] = {
    1: "text",
    3: "image",
    34: "voice",
    37: "system",
    42: "contact",
    43: "video",
    47: "sticker",
    48: "location",
    50: "call",
    10000: "system",
    10002: "system",
}
_APP = 49
_APP_TYPES: dict[int, Kind] = {
    6: "file",
    8: "sticker",
    19: "forward",
    57: "text",  # an answer that quotes; its own words are the text
    62: "system",
    87: "system",
    2000: "transfer",
    2001: "transfer",
    2003: "transfer",
}
# By how a name begins: some end with a number or a guess mark. Longer beginnings come first.
_NAMES: tuple[tuple[str, Kind], ...] = (
    ("文本", "text"),
    ("粘贴的文本", "text"),
    ("引用", "text"),
    ("带有引用的文本消息", "text"),
    ("图片", "image"),
    ("语音通话", "call"),
    ("视频通话", "call"),
    ("通话", "call"),
    ("语音", "voice"),
    ("视频号", "link"),
    ("视频", "video"),
    ("动画表情", "sticker"),
    ("表情", "sticker"),
    ("用户上传的", "sticker"),
    ("位置", "location"),
    ("文件", "file"),
    ("(分享)", "link"),
    ("分享", "link"),
    ("卡片式链接", "link"),
    ("链接", "link"),
    ("小程序", "link"),
    ("合并转发", "forward"),
    ("聊天记录", "forward"),
    ("转账", "transfer"),
    ("红包", "transfer"),
    ("赠送红包", "transfer"),
    ("推荐公众号", "contact"),
    ("名片", "contact"),
    ("消息撤回", "system"),
    ("撤回", "system"),
    ("系统", "system"),
    ("拍一拍", "system"),
    ("添加好友", "system"),
    ("邀请加群", "system"),
    ("群公告", "system"),
    ("text", "text"),
    ("quote", "text"),
    ("image", "image"),
    ("voice_call", "call"),
    ("video_call", "call"),
    ("call", "call"),
    ("voip", "call"),
    ("voice", "voice"),
    ("video", "video"),
    ("emoji", "sticker"),
    ("sticker", "sticker"),
    ("location", "location"),
    ("file", "file"),
    ("link", "link"),
    ("share", "link"),
    ("miniprogram", "link"),
    ("forward", "forward"),
    ("transfer", "transfer"),
    ("red", "transfer"),
    ("contact", "contact"),
    ("card", "contact"),
    ("recall", "system"),
    ("revoke", "system"),
    ("system", "system"),
    ("pat", "system"),
)
_REMEMBERED = 512  # names; a file has few
_RECALLS = ("消息撤回", "撤回", "recall", "revoke")
QUOTE_NAMES = ("引用", "带有引用的文本消息", "quote")


def kind_of_type(number: int | None, sub: int | None) -> Kind:
    if number == _APP:
        return _APP_TYPES.get(sub or 0, "link")
    return _TYPES.get(number or 0, "other")


@lru_cache(_REMEMBERED)
def kind_named(name: str) -> Kind:
    return next((kind for start, kind in _NAMES if name.lower().startswith(start)), "other")


def is_recall(name: str) -> bool:
    return name.lower().startswith(_RECALLS)


def is_group(chat_id: str) -> bool:
    return chat_id.endswith("@chatroom")


def server_id(value: str) -> str | None:
    """The message's id at WeChat, or None where a spreadsheet has rounded it (`7.59E+18`).

    A rounded id is worse than none: different messages would share it.
    """
    value = value.strip()
    rounded = len(value) > 15 and value.endswith("0000")
    return value if value.isdecimal() and value.strip("0") and not rounded else None
