"""MemoTrace's JSON for training: `[{"conversations": [{role, content}]}]`, without any times.

Written by MemoTrace (`MemoAI/merge_json.py`).
"""

from collections.abc import Iterator
from typing import Any

from storage.importers.base import ImportedMessage, Program
from storage.importers.file import ExportFile
from storage.importers.record_fields import BadRow, as_object, needed, text
from storage.texts import Text

NAME = "memotrace-conversations"
PLATFORM = "wechat"
PROGRAMS = (
    Program(
        "MemoTrace",
        "JSON `conversations`",
        "role `assistant`",
        unsure="it holds no times: they are made up, from 2000 on, "
        "and don't merge with other exports",
        source="its source",
    ),
)

LOOKS_FOR = ("*.conversations", "*.conversations.*.role", "*.conversations.*.content")

_SIDES = {"user": False, "human": False, "assistant": True, "gpt": True}
# Made up, always the same: so far apart that no message seems to answer another conversation's.
_FIRST_MS = 946_684_800_000
_APART_MS = 8 * 3600 * 1000
_MOST = 100_000


def recognizes(file: ExportFile) -> bool:
    return file.shape.is_list_of_objects and file.shape.has(
        "*.conversations", "*.conversations.*.role", "*.conversations.*.content"
    )


def read(file: ExportFile) -> Iterator[ImportedMessage]:
    file.notes.append(
        Text("the file holds no times; conversations are put 8 hours apart from 2000 on")
    )
    return file.each(
        _turns(file), lambda turn: _message(turn, f"{file.called.stem} (conversations)")
    )


def _turns(file: ExportFile) -> Iterator[tuple[int, tuple[int, Any]]]:
    """(line, (when, turn)) of all conversations."""
    for number, (line, row) in enumerate(file.items("*")):
        turns = row.get("conversations") if isinstance(row, dict) else None
        if not isinstance(turns, list):
            file.skip(line, Text("an item without conversations"))
            continue
        start = _FIRST_MS + number % _MOST * _APART_MS
        for at, turn in enumerate(turns[:10_000]):
            yield line, (start + at * 1000, turn)


def _message(turn: tuple[int, Any], chat: str) -> ImportedMessage | None:
    sent_at, fields = turn[0], as_object(turn[1])
    role = needed(fields, "role")
    if role == "system":
        return None
    if role not in _SIDES:
        raise BadRow(Text("role '{value}' is neither user nor assistant", value=role[:20]))
    return ImportedMessage(
        chat_id=chat,
        chat_name=chat,
        sender_id="me" if _SIDES[role] else chat,
        sender_name="me" if _SIDES[role] else chat,
        sent_at=sent_at,
        text=text(fields, "content"),
        from_owner=_SIDES[role],
        chat_id_is_name=True,
    )
