"""QQ's own TXT: `2019-07-16 18:15:05 name(23333)`, then the body; a preamble names the chat.

Written by QQ for Windows' message manager ("导出消息记录", and "导出全部消息记录" with many chats
one below the other). In groups names have a number or a mail address behind them and a
title before them; in chats of two they have neither. Computers with a clock of 12 hours write AM
and PM.
"""

import re
from collections import defaultdict
from collections.abc import Iterator
from typing import NamedTuple

from storage.importers.base import ImportedMessage, Program
from storage.importers.file import ExportFile
from storage.importers.programs.named_blocks import (
    NUMBERED,
    Block,
    begins_with_heading,
    blocks,
    names_of_head,
    plain_message,
    platform_message,
)
from storage.importers.programs.qq_lines import kind_of_qq_line
from storage.importers.programs.qq_names import SYSTEM_NUMBERS, is_group_list, who
from storage.importers.programs.wechat_words import is_recall_line, placeholder_kind
from storage.messages import Kind

NAME = "qq-txt"
PLATFORM = "qq"
PROGRAMS = (
    Program(
        "QQ",
        "its own TXT, one chat or all of them",
        "`--me`, best the number",
        versions="for Windows; 6.1 confirmed",
        source="public samples",
    ),
)
LOOKS_FOR = ("消息对象:Name", "2019-07-16 18:15:05 Name(23333)")

_CHAT = re.compile(r"消息对象[:：]\s*(.+)")
_RULE = re.compile(r"={20,}")
_SECTION = re.compile(r"消息分组[:：]|消息对象[:：]")
_INLINE = re.compile(r"\[(图片|表情)\]")


class _Section(NamedTuple):
    """One chat of the file."""

    chat: str
    group: bool


class _Row(NamedTuple):
    block: Block
    section: _Section


def recognizes(file: ExportFile) -> bool:
    if not begins_with_heading(file):
        return False
    names = names_of_head(file)
    numbered = sum(NUMBERED.fullmatch(name) is not None for name in names)
    return _CHAT.search(file.head.partition(file.first_dated_line)[0]) is not None or (
        numbered * 2 > len(names)
    )


def read(file: ExportFile) -> Iterator[ImportedMessage]:
    people: dict[_Section, set[str]] = defaultdict(set)
    for _, row in _rows(file):
        if len(people[row.section]) < 1000:
            people[row.section].add(who(row.block.name)[1])
    file.begin()
    file.note_local_times()

    def message(row: _Row) -> ImportedMessage:
        names = people[row.section]
        group = row.section.group or len(names) > 2
        made = _message(row.block, row.section.chat, names)
        return made._replace(chat_kind="group" if group else "direct")

    return file.each(_rows(file), message)


def _rows(file: ExportFile) -> Iterator[tuple[int, _Row]]:
    section = _Section(file.called.stem, False)
    for line, block in blocks(file):
        own, heading = _split(block.body)
        if block.name:
            yield line, _Row(block._replace(body=own), section)
        found = _CHAT.search(heading)
        if found:
            chat = who(found[1].strip())[1]
            section = _Section(chat, _is_group(heading, file))


def _is_group(heading: str, file: ExportFile) -> bool:
    """By the list that the chat is in; where that is missing, by the numbers behind the names."""
    if "消息分组" in heading:
        return is_group_list(heading)
    return any(NUMBERED.fullmatch(name) for name in names_of_head(file))


def _split(body: list[str]) -> tuple[list[str], str]:
    """(a message's lines, the heading of the next chat behind them)."""
    for at, line in enumerate(body[:-1]):
        if _SECTION.match(body[at + 1]) and (_RULE.fullmatch(line) or not line.strip()):
            return body[:at], "\n".join(body[at:])
    return body, ""


def _message(row: Block, chat: str, names: set[str]) -> ImportedMessage:
    sender, name = who(row.name)
    if sender in SYSTEM_NUMBERS or is_recall_line(row.text, names):
        return platform_message(row, row.text, chat)
    kind, words = _content(row.text)
    message = plain_message(row, sender, name, chat)
    return message._replace(kind=kind, text=words, raw=row.text if words != row.text else None)


def _content(text: str) -> tuple[Kind, str]:
    """(kind, the sender's own words): `[图片]` and `[表情]` also stand in a line."""
    kind = placeholder_kind(text) or kind_of_qq_line(text)
    if kind is not None:
        return kind, ""
    found = set(_INLINE.findall(text))
    words = _INLINE.sub("", text).strip()
    if "图片" in found:
        return "image", words
    return ("text" if words or not found else "sticker"), words if found else text
