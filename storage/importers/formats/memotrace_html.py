"""MemoTrace's HTML: a page with the chat's messages as JSON in a script; or that JSON alone.

Written by MemoTrace (WeChatMsg, 留痕) for WeChat 4 (`exporter_html.py` and the `to_json` of
`wxManager/model/message.py`, read as of 2025), which puts `NAME.html.json` beside `NAME.html`. On
the page texts are escaped, and each message begins and ends on a line of its own.
"""

import html
import json
import re
from collections.abc import Iterator
from typing import Any, NamedTuple

from storage.importers.base import ImportedMessage, Program, content
from storage.importers.copy_marks import without_copy_mark
from storage.importers.file import ExportFile
from storage.importers.programs.wechat_types import is_group, kind_of_type, server_id
from storage.importers.programs.wechat_words import says_recall
from storage.importers.record_fields import as_object, epoch_ms, flag, number, text, word
from storage.texts import Text

NAME = "memotrace-html"
PLATFORM = "wechat"
PROGRAMS = (
    Program(
        "MemoTrace",
        "HTML, and the JSON beside it",
        "in the file",
        unsure="people have no ids in it: in groups they are known by name",
        versions="3; WeChat 4",
        source="its source",
    ),
)
LOOKS_FOR = ("type", "is_send", "timestamp", "server_id", "display_name", "avatar_src")

_KEYS = tuple(f"*.{name}" for name in LOOKS_FOR)
_BEGIN = "const chatMessages = ["
# The page's style and scripts stand before the messages, about 200,000 signs.
_LOOKED_AT = 2**21
_LONGEST = 50_000  # lines of one message, a forwarded conversation
_ID = re.compile(r'\s*const wxid\s*=\s*"([^"]{1,100})";')
_TITLE = re.compile(r"\s*<title>(.{1,200})</title>")
_APP_BITS = 32  # a type holds that of the app in its upper half


class _Chat(NamedTuple):
    id: str
    name: str
    is_name: bool
    is_group: bool
    is_page: bool


def recognizes(file: ExportFile) -> bool:
    if file.shape.is_list_of_objects:
        return file.shape.has(*_KEYS)
    if not file.first_line.lower().startswith("<!doctype html"):
        return False
    with file.text() as stream:
        return _BEGIN in stream.read(_LOOKED_AT)


def read(file: ExportFile) -> Iterator[ImportedMessage]:
    chat = _chat_of_json(file) if file.shape.is_list_of_objects else _chat_of_page(file)
    people = set[str]()
    for _, row in _rows(file):
        if isinstance(row, dict) and row.get("is_send") in (False, 0) and len(people) < 1000:
            people.add(word(row, "display_name"))
    people.discard("")
    file.begin()
    chat = chat._replace(is_group=chat.is_group or len(people) > 1)
    return file.each(_rows(file), lambda row: _message(row, chat, people))


def _rows(file: ExportFile) -> Iterator[tuple[int, Any]]:
    return file.items("*") if file.shape.is_list_of_objects else _on_page(file)


def _chat_of_json(file: ExportFile) -> _Chat:
    name = without_copy_mark(file.called.stem.removesuffix(".html"))
    return _Chat(name, name, is_name=True, is_group=False, is_page=False)


def _chat_of_page(file: ExportFile) -> _Chat:
    title = id_ = ""
    for _, line in file.lines():
        found = _TITLE.fullmatch(line) if not title else None
        title = found[1].strip() if found else title
        wxid = _ID.fullmatch(line)
        if wxid or _BEGIN in line:
            id_ = wxid[1] if wxid else ""
            break
    name = title or without_copy_mark(file.called.stem)
    return _Chat(id_ or name, name, not id_, is_group(id_), is_page=True)


def _on_page(file: ExportFile) -> Iterator[tuple[int, Any]]:
    """(line, message). Raises InputError for a page that breaks off."""
    began, first, lines = False, 0, list[str]()
    for number_, line in file.lines():
        if not began:
            began = _BEGIN in line
            if began and "];" in line.partition(_BEGIN)[2]:
                return  # no message
            continue
        if line.startswith("];"):
            return
        if not lines:
            first = number_
        lines.append(line)
        if len(lines) > _LONGEST:
            raise file.broken(number_, Text("a message longer than any chat has"))
        if line.rstrip() in ("    }", "    },"):
            try:
                yield first, json.loads("\n".join(lines).rstrip().removesuffix(","))
            except (ValueError, RecursionError):
                file.skip(first, Text("broken JSON"))
            lines = []
    raise file.broken(first, Text("the page breaks off within its messages"))


def _message(row: object, chat: _Chat, people: set[str]) -> ImportedMessage:
    fields = as_object(row)
    type_number = number(fields, "type") or 0
    kind = kind_of_type(type_number & (1 << _APP_BITS) - 1, type_number >> _APP_BITS)
    said = _as_written(text(fields, "text"), chat)
    words, raw = content(kind, said)
    own = flag(fields, "is_send")
    name = _as_written(word(fields, "display_name"), chat)
    friend = name if chat.is_group else chat.id
    sender = "" if kind == "system" else "me" if own else friend
    quoted = text(fields, "quote_text") or text(fields, "title")
    return ImportedMessage(
        chat_id=chat.id,
        chat_name=chat.name,
        sender_id=sender,
        sender_name=(name or sender) if sender else "",
        sent_at=epoch_ms(fields, "timestamp"),
        text=words,
        kind=kind,
        from_owner=own and bool(sender),
        external_id=server_id(word(fields, "server_id")),
        chat_kind="group" if chat.is_group else "direct",
        recalled=kind == "system" and says_recall(said),
        raw=raw or quoted or None,
        reply_to=server_id(word(fields, "quote_server_id")),
        chat_id_is_name=chat.is_name,
        file=_as_written(word(fields, "path"), chat),
    )


def _as_written(said: str, chat: _Chat) -> str:
    """Pages escape what doesn't begin with http."""
    return html.unescape(said) if chat.is_page and not said.startswith("http") else said
