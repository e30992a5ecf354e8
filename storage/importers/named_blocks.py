"""Read texts with a line `2019-07-16 18:15:05 name` above each message: MemoTrace and QQ."""

import re
from collections.abc import Iterator
from typing import NamedTuple

from storage.importers.base import ImportedMessage
from storage.importers.dates import local_time_ms, to_the_minute
from storage.importers.file import ExportFile
from storage.importers.record_fields import BadRow

HEADING = re.compile(r"(\d{4}-\d{1,2}-\d{1,2} \d{1,2}:\d{2}(?::\d{2})?) +(\S.*)")
# A name with the number that QQ knows the person by, or with a mail address.
NUMBERED = re.compile(r"(?P<name>.*?) ?(?:\((?P<number>\d{4,12})\)|<(?P<mail>[^<>@\s]+@[^<>\s]+)>)")
# `2020-02-09 2:09 PM - Ann: hi` is WhatsApp's.
_NO_NAME = re.compile(r"(?:[ap]\.? ?m\.? )?- ", re.IGNORECASE)
PLACEHOLDERS = {
    "图片": "image",
    "表情": "sticker",
    "动画表情": "sticker",
    "语音": "voice",
    "视频": "video",
    "文件": "file",
    "位置": "location",
    "链接": "link",
    "红包": "transfer",
    "转账": "transfer",
    "名片": "contact",
    "聊天记录": "forward",
    "语音通话": "call",
    "视频通话": "call",
}


class Block(NamedTuple):
    """A heading's time and name, and the lines below it."""

    sent_at: int
    to_the_minute: bool
    name: str
    body: list[str]


def begins_with_heading(file: ExportFile) -> bool:
    match = HEADING.fullmatch(file.first_dated_line)
    return match is not None and not _NO_NAME.match(match[2])


def has_numbers(head: str) -> bool:
    """Whether most names in the head's headings have QQ's number behind them."""
    matches = [match for match in map(HEADING.fullmatch, head.splitlines()) if match]
    numbered = sum(NUMBERED.fullmatch(match[2].strip()) is not None for match in matches)
    return numbered * 2 > len(matches)


def messages(file: ExportFile) -> Iterator[tuple[int, Block]]:
    """(line, block); a preamble before the first heading is left out."""
    for line, block in file.blocks(HEADING.fullmatch):
        match = HEADING.fullmatch(block[0])
        if match is None:
            if line > 1:
                file.skip(line, "text without a heading such as 2019-07-16 18:15:05 name")
            continue
        try:
            sent_at, minute = local_time_ms(match[1]), to_the_minute(match[1])
            yield line, Block(sent_at, minute, match[2].strip(), block[1:])
        except BadRow as error:
            file.skip(line, str(error))


def said(body: list[str]) -> tuple[str, str, str | None]:
    """(kind, text, raw): a body that is only `[图片]` is a picture."""
    whole = "\n".join(body).strip("\n")
    inner = whole.strip().removeprefix("[").removesuffix("]")
    kind = PLACEHOLDERS.get(inner) if whole.strip().startswith(("[", "【")) else None
    return (kind, "", whole) if kind else ("text", whole, None)


def plain_message(row: Block, sender_id: str, name: str, chat: str) -> ImportedMessage:
    kind, text, raw = said(row.body)
    return ImportedMessage(
        chat_id=chat,
        chat_name=chat,
        sender_id=sender_id,
        sender_name=name,
        sent_at=row.sent_at,
        text=text,
        kind=kind,
        raw=raw,
        chat_id_is_name=True,
        to_the_minute=row.to_the_minute,
    )
