"""Tell the sender's words from the rest in the texts of QQChatExporter."""

import re

from storage.importers.base import Said
from storage.messages import Kind

_FILES: dict[str, Kind] = {
    **dict.fromkeys(("图片", "image"), "image"),
    **dict.fromkeys(("视频", "video"), "video"),
    **dict.fromkeys(("语音", "audio"), "voice"),
    **dict.fromkeys(("文件", "file"), "file"),
}
# `[image消息]` where there is no text, for one file or several.
_WHOLE: dict[str, Kind] = {
    "系统消息": "system",
    **dict.fromkeys(("表情消息", "表情包", "Giphy动图", "表情气泡"), "sticker"),
    **dict.fromkeys(("JSON消息", "内联键盘"), "link"),
    "位置消息": "location",
    "通话记录": "call",
    **dict.fromkeys(("长消息", "无文本内容", "Markdown消息", "日历"), "other"),
    **dict.fromkeys(("YOLO游戏结果", "unsupported"), "other"),
    "转发消息": "forward",
}
_INLINE = re.compile(
    r"\[(图片|视频|语音|文件)(?::[^\[\]\n]{0,300}(?:\[[^\[\]\n]{0,40}\][^\[\]\n]{0,300}){0,4})?\]"
)
_BRACKETS = re.compile(r"\[([^\[\]\n]{2,60})\]")
_FORWARD = re.compile(r"\[转发(?:消息: \d{1,6}条|聊天记录: [^\n]{0,300})\](?:\n.*)?", re.DOTALL)
_SHARE = re.compile(r"\[分享: [^\n]{0,300}\](?: [^\n]*)?")
_QUOTE = re.compile(r"\[回复(?:消息\]\n?| [^\n:]{0,200}: ?.{0,4000}?\](?:\n|$))", re.DOTALL)
_FACE = re.compile(r"\[表情\d{1,6}\]")
_COUNT = re.compile(r"资源: (\d{1,4}) 个文件")
_FILE_LINE = re.compile(r"  - (\w{1,20}): .*")
_FILES_INLINE = re.compile(r"(?:\[(image|video|audio|file): [^\[\]\n]{0,300}\] ?)+")
_ANSWERED = re.compile(r"回复: .{0,200}? - .*")
_TYPE = re.compile(r"类型: \w{1,40}")
_CONTENT = "内容: "


def said(lines: list[str]) -> Said:
    """What the lines below a message's time say."""
    rest = lines[1:] if lines and _TYPE.fullmatch(lines[0]) else lines
    own, files = _own(rest)
    whole = "\n".join([own[0].removeprefix(_CONTENT), *own[1:]]).strip() if own else ""
    kind, words = _kind(whole, files)
    everything = "\n".join(rest).strip()
    return Said(kind, words, everything if words != whole or own != rest else None)


def _own(lines: list[str]) -> tuple[list[str], Kind | None]:
    """(the lines of the text, the kind of the files that are listed below it)."""
    own = lines
    answered = [at for at, line in enumerate(own) if at and _ANSWERED.fullmatch(line)]
    if answered:
        own = own[: answered[-1]]
    if len(own) > 1 and own[-1].startswith("提及: "):
        own = own[:-1]
    kinds: list[Kind] = []
    end = len(own)
    while end and (match := _FILE_LINE.fullmatch(own[end - 1])):
        kinds.insert(0, _FILES.get(match[1], "file"))
        end -= 1
    count = _COUNT.fullmatch(own[end - 1]) if end else None
    if count and int(count[1]) == len(kinds):
        return own[: end - 1], kinds[0] if kinds else None
    inline = _FILES_INLINE.fullmatch(own[-1]) if own else None
    return (own[:-1], _FILES[inline[1]]) if inline else (own, None)


def _kind(whole: str, files: Kind | None) -> tuple[Kind, str]:
    if _FORWARD.fullmatch(whole):
        return "forward", ""
    if _SHARE.fullmatch(whole):
        return "link", ""
    quote = _QUOTE.match(whole)
    text = whole[quote.end() :] if quote else whole
    name = _BRACKETS.fullmatch(text.strip())
    if name:
        first = name[1].removesuffix("消息").partition("、")[0]
        kind = _WHOLE.get(name[1]) or (_FILES.get(first) if name[1].endswith("消息") else None)
        if kind is not None:
            return kind, whole if kind == "system" else ""
    inside = _INLINE.search(text)
    words = _INLINE.sub("", text)
    is_face = bool(_FACE.search(words))
    words = _FACE.sub("", words).strip()
    kind = files or (_FILES[inside[1]] if inside else None)
    if kind is None and not words:
        kind = "sticker" if is_face else "other"
    return kind or "text", words
