"""WhatsApp's .txt: `12/12/19, 02:09 - Name: hi` or `[23.07.23, 10:17:53] Name: hi`."""

import re
from collections.abc import Iterator
from typing import NamedTuple

from storage.importers.base import ImportedMessage, Program
from storage.importers.dates import (
    DateOrder,
    Order,
    clock,
    local_ms,
    ordered,
    to_the_minute,
)
from storage.importers.file import ExportFile
from storage.importers.record_fields import BadRow
from storage.messages import Kind

NAME = "whatsapp"
PLATFORM = "whatsapp"
PROGRAMS = (
    Program(
        "WhatsApp",
        ".txt, Android and iPhone",
        "`--me`",
        unsure="placeholders in rarer languages stay text",
    ),
)

_OMITTED: tuple[tuple[Kind, str], ...] = (
    ("image", "image|photo|bild|imagen|imagem|immagine|foto|图片|圖片|图像|画像|фото"),
    ("sticker", "sticker|figurinha|贴图|貼圖|表情|スタンプ|стикер|gif"),
    ("voice", "audio|áudio|voice message|语音|音频|語音訊息|音訊|音声|аудио"),
    ("video", "video|vídeo|视频|影片|動画|видео|video note|视频消息"),
    ("contact", "contact card|kontaktkarte|名片|联系人"),
    ("file", "document|dokument|documento|文档|文件|書類|документ"),
)
_GONE = re.compile(
    r"(?:image|photo|sticker|gif|audio|video|video note|voice message|document|contact card|media|"
    r"bild|audio|video|dokument|medien|imagen|vídeo|foto|imagem|immagine|figurinha|áudio|"
    r"图片|圖片|图像|视频|音频|语音|文档|文件|贴图|貼圖|影片|音訊|媒体|媒體|多媒體檔案)? ?"
    r"(?:omitted|weggelassen|ausgeschlossen|omitida|omitido|ocultada|oculto|omesso|omessa|absente|"
    r"忽略|已忽略|已省略|未加载|は含まれていません|не включ[её]н\w*|dihilangkan)"
)
_ATTACHED = re.compile(r"<(?:attached|附件|adjunto|anexado|Anhang|pièce jointe)[:：] ?([^<>]+)>")
_FILE = re.compile(r"([\w-]+\.\w{2,5}) \([^()]{3,40}\)")
_MEDIA_OMITTED = re.compile(r"<[^<>\n]{3,40}>")
_NAMES: tuple[tuple[Kind, str], ...] = (
    ("image", r"IMG-|PHOTO|\.jpe?g$|\.png$|\.webp$"),
    ("voice", r"PTT-|AUDIO|AUD-|\.opus$|\.m4a$"),
    ("video", r"VID-|VIDEO|\.mp4$"),
    ("sticker", r"STK-|STICKER"),
    ("contact", r"\.vcf$"),
)
_DELETED = (
    *("This message was deleted", "You deleted this message", "Diese Nachricht wurde gelöscht"),
    *("Du hast diese Nachricht gelöscht", "Se eliminó este mensaje", "Eliminaste este mensaje"),
    *("Mensagem apagada", "Você apagou esta mensagem", "此消息已删除", "您删除了这条消息"),
    *("你删除了这条消息", "此訊息已刪除", "你已刪除此訊息", "Ce message a été supprimé"),
)
_CALLS = (
    "Missed voice call",
    "Missed video call",
    "Voice call",
    "Video call",
    "语音通话",
    "视频通话",
)
_PLACES = ("location: https://", "Location: https://", "live location shared", "位置: https://")
_EDITED = re.compile(
    r"(?<!\s)\s*<(?:This message was edited|此消息已编辑|Diese Nachricht wurde bearbeitet)>$"
)
# Direction marks and narrow spaces that phones put around dates and names.
_INVISIBLE = dict.fromkeys(map(ord, "\u200e\u200f\u202a\u202b\u202c\u2066\u2067\u2068\u2069"))
_SPACES = dict.fromkeys(map(ord, "\u202f\u00a0\u2009"), " ")
_MARKS = _INVISIBLE | _SPACES
_START = re.compile(
    r"\[?(?P<a>\d{1,4})(?:[./-]|\. )(?P<b>\d{1,2})(?:[./-]|\. )(?P<c>\d{1,4})[.,]?,? "
    r"(?P<time>[^\]\d]{0,6}\d{1,2}[:.]\d{2}(?:[:.]\d{2})?(?: ?[^\W\d_][^\d\]:-]{0,8}?)?)"
    r"(?:\] | - )(?P<rest>.*)"
)
_PREFIXES = (
    "WhatsApp Chat with ",
    "WhatsApp Chat - ",
    "WhatsApp Chat mit ",
    "Chat de WhatsApp con ",
)
_UNNAMED = ("_chat", "chat")
_MAX_NAME = 100


def without_edit_mark(words: str) -> str:
    return _EDITED.sub("", words)


def kind_of_words(words: str) -> tuple[Kind, bool]:
    """(kind, whether it was taken back) of the whole words of a message."""
    said = words.strip()
    if len(said) > 200:
        return "text", False
    if said.rstrip(".。").startswith(_DELETED) and len(said) < 60:
        return "system", True
    attached = _ATTACHED.fullmatch(said) or _FILE.fullmatch(said)
    if attached:
        name = attached[1].strip()
        return next((kind for kind, sign in _NAMES if re.search(sign, name)), "file"), False
    if _GONE.fullmatch(said.lower()) or _is_media_omitted(said):
        return _of_omitted(said.lower().strip("<>")), False
    if said.startswith(_CALLS) and len(said) < 60:
        return "call", False
    return ("location", False) if said.startswith(_PLACES) else ("text", False)


def _is_media_omitted(said: str) -> bool:
    """`<Media omitted>`, and what other languages write between such brackets."""
    return (
        _MEDIA_OMITTED.fullmatch(said) is not None and " " in said
    ) or said == "<省略多媒体文件>"


def _of_omitted(said: str) -> Kind:
    found = (kind for kind, words in _OMITTED if re.match(f"(?:{words})", said))
    return next(found, "other")


class _Entry(NamedTuple):
    date: tuple[int, int, int]
    time: str
    sender: str
    words: str


def recognizes(file: ExportFile) -> bool:
    return _entry(file.first_dated_line) is not None


def read(file: ExportFile) -> Iterator[ImportedMessage]:
    file.note_local_times()
    order, senders = _survey(file)
    chat = _chat_name(file)
    kind = "group" if len(senders) > 2 else "direct"
    rows = file.blocks(_entry)
    return file.each(rows, lambda block: _message(block, order, chat, kind))


def _survey(file: ExportFile) -> tuple[Order, set[str]]:
    dates, senders = DateOrder(file.dates), set[str]()
    for _, line in file.lines():
        entry = _entry(line)
        if entry:
            dates.see(entry.date)
            if entry.sender and len(senders) < 1000:
                senders.add(entry.sender)
    order, assumed = dates.decide()
    if assumed:
        file.notes.append(assumed)
    return order, senders


def _entry(line: str) -> _Entry | None:
    """The parts of a line that begins a message."""
    match = _START.fullmatch(line.translate(_MARKS).strip(" "))
    if match is None:
        return None
    sender, colon, words = match["rest"].partition(": ")
    if not colon and match["rest"].endswith(":"):
        sender, colon = match["rest"][:-1], ":"
    named = bool(colon) and 0 < len(sender.strip()) <= _MAX_NAME
    date = (int(match["a"]), int(match["b"]), int(match["c"]))
    if not named:
        return _Entry(date, match["time"], "", match["rest"])
    return _Entry(date, match["time"], sender.strip(), words)


def _message(block: list[str], order: Order, chat: str, chat_kind: str) -> ImportedMessage | None:
    entry = _entry(block[0])
    if entry is None:
        if not any(line.strip() for line in block):
            return None
        raise BadRow("text without a date before it")
    day = ordered(entry.date, order)
    if day is None:
        raise BadRow(f"{'/'.join(map(str, entry.date))} is not a date in the order {order}")
    whole = "\n".join([entry.words, *block[1:]]).rstrip("\n")
    words = without_edit_mark(whole.translate(_INVISIBLE))
    kind, recalled = kind_of_words(words) if entry.sender else ("system", False)
    placeholder = kind not in ("text", "system")
    return ImportedMessage(
        chat_id=chat,
        chat_name=chat,
        sender_id=entry.sender,
        sender_name=entry.sender,
        sent_at=local_ms(day, clock(entry.time)),
        text="" if placeholder else words,
        kind=kind,
        from_owner=None if entry.sender else False,
        chat_kind=chat_kind,
        recalled=recalled,
        raw=words if placeholder else None,
        chat_id_is_name=True,
        to_the_minute=to_the_minute(entry.time),
    )


def _chat_name(file: ExportFile) -> str:
    """iPhones call every file `_chat.txt`: there the folder or the .zip has the name."""
    name = file.path.stem
    if name in _UNNAMED and file.path.parent.name:
        name = file.path.parent.name.removesuffix(".zip")
    for prefix in _PREFIXES:
        name = name.removeprefix(prefix)
    return name
