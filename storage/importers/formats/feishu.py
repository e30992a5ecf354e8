"""Text of Feishu (Lark): what is copied out of it, and the TXT of lark-chat-export.

Copied messages have the name and the time in a line above the words, and a blank line below them.
lark-chat-export begins with `飞书聊天记录`, has lines of days, and writes `[time] name:`. Neither
says whose chats these are.
"""

import re
from collections.abc import Iterator

from storage.importers.base import ImportedMessage, Program, Said
from storage.importers.dates import clock, local_ms, to_the_minute
from storage.importers.file import ExportFile, is_blank_line
from storage.importers.formats import chatlog_txt
from storage.importers.programs.names_with_colon import NamesWithColon, WholeNames
from storage.importers.record_fields import BadRow
from storage.messages import Kind
from storage.texts import Text

NAME = "feishu"
PLATFORM = "feishu"
PROGRAMS = (
    Program(
        "Feishu, Lark",
        "text that was copied: `Name 2023-05-01 10:00:00` above each message",
        "`--me`",
        unsure="quotes are not marked in it",
        source="one sample; a program that reads it",
    ),
    Program(
        "lark-chat-export",
        "TXT",
        "`--me`",
        versions="2026",
        source="its source",
    ),
)
LOOKS_FOR = ("Name 2023-05-01 10:00:00", "飞书聊天记录")

_DAY = r"(?P<year>\d{4})(?:[-/]|年)(?P<month>\d{1,2})(?:[-/]|月)(?P<day>\d{1,2})日?"
_TIME = r"(?P<time>\d{1,2}:\d{2}(?::\d{2})?)"
_COPIED = re.compile(rf"(?P<name>[^\W\d\[][^\n]{{0,98}}?) {{1,4}}{_DAY} {_TIME}(?P<text>)")
_EXPORTED = re.compile(rf"\[{_DAY},? {_TIME}\] (?P<name>[^\n:]{{1,99}}):(?: (?P<text>.*))?")
_TITLE = "飞书聊天记录"
_OF_A_DAY = re.compile(r"--- \d{4}/\d{1,2}/\d{1,2} ---")
_PLACEHOLDER = re.compile(r"\[(?P<name>[^\[\]:：\n]{1,20})(?:[:：][^\[\]\n]{1,200})?\]")
_KINDS: dict[str, Kind] = {
    **dict.fromkeys(("图片", "image"), "image"),
    **dict.fromkeys(("语音", "audio"), "voice"),
    **dict.fromkeys(("视频", "video", "media"), "video"),
    **dict.fromkeys(("文件", "文件夹", "file", "folder"), "file"),
    **dict.fromkeys(("表情", "表情包", "sticker"), "sticker"),
    **dict.fromkeys(("群名片", "个人名片", "名片", "share_chat", "share_user"), "contact"),
    **dict.fromkeys(("位置", "location"), "location"),
    **dict.fromkeys(("合并转发", "聊天记录", "会话记录", "merge_forward"), "forward"),
    **dict.fromkeys(("红包", "hongbao"), "transfer"),
    **dict.fromkeys(("视频会议", "语音通话", "视频通话", "video_chat"), "call"),
    **dict.fromkeys(
        ("消息卡片", "卡片", "interactive", "interactive card", "todo", "vote"), "other"
    ),
    **dict.fromkeys(("system", "系统消息"), "system"),
}
_RECALLED = ("此消息已撤回", "消息已撤回", "this message was recalled")


def recognizes(file: ExportFile) -> bool:
    return is_exported(file) or (_is_copied(file) and not chatlog_txt.recognizes(file))


def _is_copied(file: ExportFile) -> bool:
    if not any(_COPIED.fullmatch(line.rstrip()) for line in file.head_lines(1)):
        return False
    lines = [line.rstrip() for line in file.head.lstrip("\ufeff").splitlines()]
    heads = [
        line
        for above, line in zip(["", *lines], lines, strict=False)
        if not above and _COPIED.fullmatch(line)
    ]
    # One line of this kind may as well be the title of a note.
    return len(heads) > 1


def is_exported(file: ExportFile) -> bool:
    """Whether it is lark-chat-export's, whose messages look like WhatsApp's on iPhones."""
    return file.first_line.strip() == _TITLE


def read(file: ExportFile) -> Iterator[ImportedMessage]:
    file.note_local_times()
    head = _EXPORTED if is_exported(file) else _COPIED
    chat = file.called.stem
    people, with_colon = set[str](), NamesWithColon(chat)
    for _, line in file.lines():
        if match := head.fullmatch(line.rstrip()):
            people.add(match["name"].strip())
            with_colon.see(match["name"].strip(), match["text"] or "")
    names = with_colon.names()
    kind = "group" if len(people) > 2 else "direct"

    def message(block: list[str]) -> ImportedMessage | None:
        made = _message(block, head, chat, names)
        return made and made._replace(chat_kind=kind)

    return file.each(_blocks(file, head), message)


def _blocks(file: ExportFile, head: re.Pattern[str]) -> Iterator[tuple[int, list[str]]]:
    """The lines of each message: a heading stands below a blank line, others were pasted."""
    return file.blocks(
        lambda line: head.fullmatch(line.rstrip()),
        below=lambda line: is_blank_line(line) or _OF_A_DAY.fullmatch(line),
    )


def _message(
    block: list[str], head: re.Pattern[str], chat: str, names: WholeNames
) -> ImportedMessage | None:
    match = head.fullmatch(block[0].rstrip())
    if match is None:
        if head is _EXPORTED or not any(line.strip() for line in block):
            return None  # the title
        raise BadRow(Text("text without a name and a time above it"))
    below = [line for line in block[1:] if head is _COPIED or not _OF_A_DAY.fullmatch(line)]
    name, words = names.split(match["name"].strip(), match["text"] or "")
    said = _said("\n".join((words, *below)).strip("\n"))
    sender = "" if said.of_platform else name
    hour, minute, second = clock(match["time"])
    day = (int(match["year"]), int(match["month"]), int(match["day"]))
    return ImportedMessage(
        chat_id=chat,
        chat_name=chat,
        sender_id=sender,
        sender_name=sender,
        # Node.js writes midnight as 24:00.
        sent_at=local_ms(day, (hour % 24, minute, second)),
        text=said.words,
        kind=said.kind if sender else "system",
        from_owner=None if sender else False,
        recalled=said.recalled,
        raw=said.raw,
        chat_id_is_name=True,
        to_the_minute=to_the_minute(match["time"]),
    )


def _said(text: str) -> Said:
    whole = text.strip()
    if whole.rstrip(".。").lower() in _RECALLED:
        return Said("system", whole, recalled=True)
    match = _PLACEHOLDER.fullmatch(whole)
    kind = _KINDS.get(match["name"].strip().lower()) if match else None
    if kind == "system":
        return Said("system", whole, of_platform=True)
    if kind is not None or not whole:
        return Said(kind or "other", raw=whole or None)
    return Said("text", text)
