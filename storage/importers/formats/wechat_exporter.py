"""WechatExporter's TXT: `name (2023-05-01 10:00:00):text`, one chat a file.

Written by WechatExporter from backups of iPhones (`res/templates_txt`, read as of 2024), in English
or Chinese; older versions write `name(time): text` and a blank line. Answers with a quote have
neither name nor time in it: whose they are is not known.
"""

import re
from collections.abc import Collection, Iterator
from typing import NamedTuple

from storage.importers.base import ImportedMessage, Program
from storage.importers.copy_marks import without_copy_mark
from storage.importers.dates import local_time_ms
from storage.importers.file import ExportFile
from storage.importers.owner import owner_of_two
from storage.importers.programs.wechat_exporter_words import RULE, own_words
from storage.importers.programs.wechat_words import says_recall
from storage.importers.record_fields import BadRow
from storage.texts import Text

NAME = "wechat-exporter"
PLATFORM = "wechat"
PROGRAMS = (
    Program(
        "WechatExporter",
        "TXT",
        "in chats of two: whoever is not in the heading; otherwise `--me`",
        unsure="links are not marked in it: their titles are read as words",
        source="its source",
    ),
)
LOOKS_FOR = ("Name - WeChat Chat History", "Name (2023-05-01 10:00:00):hi")

_HEAD = re.compile(
    r"(?P<name>\S.{0,100}?) ?\((?P<time>\d{4}-\d{2}-\d{2} \d{2}:\d{2}:\d{2})\): ?(?P<text>.*)"
)
_TIME = re.compile(r" ?\((?P<time>\d{4}-\d{2}-\d{2} \d{2}:\d{2}:\d{2})\): ?")
_TRANSFERS = ("Weixin Transfer ", "微信转账 ")
_TITLE = re.compile(r"(.{1,150}) - (?:WeChat Chat History|微信聊天记录)")
_SYSTEM = "System Message: "


class _Chat(NamedTuple):
    """`title`: the name in the heading; "" where there is none."""

    name: str
    title: str
    people: set[str]

    def from_owner(self, sender: str) -> bool | None:
        return owner_of_two(sender, self.title, self.people)


class _Row(NamedTuple):
    """A line of the platform has no name; its time is that of the message above."""

    name: str
    time: str
    text: str


def recognizes(file: ExportFile) -> bool:
    lines = file.head_lines(20)
    first = 1 if lines and _TITLE.fullmatch(lines[0]) else 0
    begins = [line for line in lines[first:] if not line.startswith(_SYSTEM)]
    return bool(begins) and _HEAD.match(begins[0]) is not None


def read(file: ExportFile) -> Iterator[ImportedMessage]:
    file.note_local_times()
    title = _TITLE.fullmatch(file.first_line.strip())
    named = title[1].strip() if title else ""
    chat = _Chat(named or without_copy_mark(file.called.stem), named, set())
    for _, line in file.lines():
        match = _HEAD.match(line)
        if match and len(chat.people) < 1000:
            chat.people.add(match["name"].strip())
    if not named and chat.name in chat.people:
        chat = chat._replace(title=chat.name)
    return file.each(_rows(file, chat.people), lambda row: _message(row, chat))


def _rows(file: ExportFile, people: Collection[str]) -> Iterator[tuple[int, _Row]]:
    nameless = 0
    for number, lines in file.blocks(_HEAD.match):
        match = _HEAD.match(lines[0])
        if match is None:
            continue  # the heading
        row = _Row(match["name"].strip(), match["time"], match["text"])
        while (found := _glued(row, people)) is not None:
            transfer, row = found
            yield number, transfer
        own, rest = _split([row.text, *lines[1:]])
        yield number, row._replace(text="\n".join(own).strip("\n"))
        for line in rest:
            nameless += line == RULE
            if line.startswith(_SYSTEM):
                yield number, _Row("", row.time, line.removeprefix(_SYSTEM).strip())
    if nameless:
        file.notes.append(
            Text(
                "{nameless} answers with a quote have no name in it and were left out",
                nameless=nameless,
            )
        )


def _glued(row: _Row, people: Collection[str]) -> tuple[_Row, _Row] | None:
    """The two messages of one line: the program ends no line behind a transfer."""
    match = _TIME.search(row.text) if row.text.startswith(_TRANSFERS) else None
    if match is None:
        return None
    before = row.text[: match.start()]
    name = max((name for name in people if before.endswith(name)), key=len, default="")
    if not name:
        return None
    transfer = row._replace(text=before.removesuffix(name).rstrip())
    return transfer, _Row(name, match["time"], row.text[match.end() :])


def _split(lines: list[str]) -> tuple[list[str], list[str]]:
    """(the lines of a message, those of what has no name and no time below it)."""
    end = next((at for at, line in enumerate(lines) if at and line.startswith(_SYSTEM)), len(lines))
    rules = (at for at in range(1, end) if lines[at] == RULE and lines[at - 1].endswith("」"))
    for rule in rules:
        begin = next((at for at in range(rule - 1, -1, -1) if lines[at].startswith("「")), 0)
        if begin:
            return lines[:begin], lines[begin:]
    return lines[:end], lines[end:]


def _message(row: _Row, chat: _Chat) -> ImportedMessage:
    kind, words = own_words(row.text, chat.people) if row.name else ("system", row.text)
    sender = "" if kind == "system" else row.name
    if kind != "system" and not sender:
        raise BadRow(Text("a message without a name"))
    return ImportedMessage(
        chat_id=chat.name,
        chat_name=chat.name,
        sender_id=sender,
        sender_name=sender,
        sent_at=local_time_ms(row.time),
        text=words,
        kind=kind,
        from_owner=chat.from_owner(sender) if sender else False,
        chat_kind="group" if len(chat.people) > 2 else "direct",
        recalled=kind == "system" and says_recall(row.text),
        raw=row.text if words != row.text else None,
        chat_id_is_name=True,
    )
