"""What WechatExporter writes in place of a message that is no text, in English and Chinese."""

import re
from collections.abc import Collection

from storage.importers.programs.wechat_words import is_platform_line, placeholder_kind
from storage.messages import Kind

RULE = "- - - - - - - - - - - - - - -"
_PLACEHOLDERS: dict[str, Kind] = {
    **dict.fromkeys(("Photo",), "image"),
    **dict.fromkeys(("Video", "(Video Missed)", "（视频丢失）"), "video"),
    **dict.fromkeys(("Emoji",), "sticker"),
    **dict.fromkeys(("Audio",), "voice"),
    **dict.fromkeys(("Video/Audio Call", "视频/语音通话"), "call"),
    **dict.fromkeys(("Location", "Real-time Location", "实时位置共享"), "location"),
    **dict.fromkeys(("Red Packet", "Transfer"), "transfer"),
    **dict.fromkeys(("File",), "file"),
    **dict.fromkeys(("Link",), "link"),
    **dict.fromkeys(("Contact Card", "Channel Card", "个人名片", "视频号名片"), "contact"),
}
_WHOLE = re.compile(
    r"\[(?P<name>[A-Za-z/\- ]{4,20}|视频/语音通话|个人名片|视频号名片)\](?P<card> [^\n]{1,100})?"
    r"|\[(?:Audio|语音) \d{1,3}[^\]\n]{0,12}\]|\[(?:File|文件): [^\n]{1,250}\]"
    r"|\[(?:Location|位置)\] [^\n]{0,200}\(-?[\d.]{1,20},-?[\d.]{1,20}\)"
    r"|(?:Weixin Transfer|微信转账) [^\n]{1,200}"
)
_STARTS: tuple[tuple[str, Kind], ...] = (
    *((f"[{word} ", "voice") for word in ("Audio", "语音")),
    *((f"[{word}: ", "file") for word in ("File", "文件")),
    *((f"[{word}] ", "location") for word in ("Location", "位置")),
    *((f"{word} ", "transfer") for word in ("Weixin Transfer", "微信转账")),
)


def own_words(text: str, people: Collection[str]) -> tuple[Kind, str]:
    """(kind, the sender's own words) of what stands behind a name; `people` are all of the chat."""
    if is_platform_line(text, people):
        return "system", text
    match = _WHOLE.fullmatch(text)
    kind = _PLACEHOLDERS.get(match["name"]) if match and match["name"] else None
    if match and not match["name"]:
        kind = next((kind for start, kind in _STARTS if text.startswith(start)), None)
    if match and match["card"] and kind != "contact":
        kind = None
    kind = kind or _PLACEHOLDERS.get(text) or placeholder_kind(text)
    if kind is not None:
        return kind, ""
    # Until 2019 WeChat put the quoted words into the text itself.
    quote, rule, words = text.partition(f"」\n{RULE}\n")
    return "text", words if rule and quote.startswith("「") else text
