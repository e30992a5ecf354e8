"""signalbackup-tools' text: `Name (_id12).txt`, a chat a file.

Written by `signalbackup-tools --exporttxt` from a backup of Signal for Android. Lines of Signal
have three stars in the name's place, and so have files, which are named by a line of their own.
Reactions stand in brackets behind the words. The owner is not marked.
"""

import re
from collections.abc import Iterator
from datetime import datetime
from itertools import islice

from storage.importers.base import ImportedMessage, Program
from storage.importers.dates import local_ms
from storage.importers.file import ExportFile
from storage.importers.file_kinds import kind_of_file, kind_of_media_type
from storage.importers.record_fields import BadRow, shown
from storage.messages import Kind
from storage.texts import Text

NAME = "signalbackup"
PLATFORM = "signal"
PROGRAMS = (
    Program(
        "signalbackup-tools",
        ".txt (`--exporttxt`)",
        "`--me`",
        unsure="quotes are not in it; months of other languages than English",
        versions="of 2023 to 2025",
        source="its source",
    ),
)
LOOKS_FOR = ("[May 01, 2023 10:00:00] <Ann> hello",)

_HEAD = re.compile(
    r"\[(?P<time>[A-Z][a-z]{2} \d{2}, \d{4} \d{2}:\d{2}:\d{2})\] "
    r"(?:\*\*\* <(?P<sender>[^\n]{1,200}?)> sent file(?: (?P<file>.*?))?"
    r"|\*\*\* (?P<line>.*)|<(?P<name>[^\n]{1,200}?)> (?P<said>.*))"
)
_LONGEST_EMOJI = 16
_MOST_BRACKETS = 50
_CHAT = re.compile(r"(?P<name>.+) \(_id\d+\)")
_CALL = re.compile(
    r"(?:Incoming|Outgoing|Missed|Declined)[^\n]{0,30} (?:call|video call)[^\n]{0,60}", re.I
)
_LOOKED_AT = 300  # messages, from which a group is told from a chat of two


def recognizes(file: ExportFile) -> bool:
    """A line of it begins the file: nothing stands before the first message."""
    return _HEAD.fullmatch(file.first_line) is not None


def read(file: ExportFile) -> Iterator[ImportedMessage]:
    stem = file.called.stem
    named = _CHAT.fullmatch(stem)
    chat = named["name"] if named else stem
    senders = {m.sender_id for m in islice(_messages(file, chat), _LOOKED_AT)} - {""}
    file.begin()
    file.note_local_times()
    kind = "group" if len(senders) > 2 else "direct"
    return (message._replace(chat_kind=kind) for message in _messages(file, chat))


def _messages(file: ExportFile, chat: str) -> Iterator[ImportedMessage]:
    return file.each(file.blocks(_HEAD.fullmatch), lambda block: _message(block, chat))


def _message(block: list[str], chat: str) -> ImportedMessage | None:
    head = _HEAD.fullmatch(block[0])
    if head is None:
        if any(line.strip() for line in block):
            raise BadRow(Text("text without a time before it"))
        return None
    sender = head["sender"] or head["name"] or ""
    rest = "\n".join((head["said"] or head["line"] or head["file"] or "", *block[1:])).strip()
    without = _without_reactions(rest)
    if head["sender"]:
        kind, words, raw = _kind_of_sent(without), "", without or None
    elif head["line"] is not None:
        kind = "call" if _CALL.fullmatch(rest) else "system"
        words, raw = (rest, None) if kind == "system" else ("", rest)
    else:
        is_poll = len(block) > 1 and without.startswith("Poll: ") and "  [" in block[1]
        kind, words, raw = ("other", "", rest) if is_poll else ("text", without, None)
    return ImportedMessage(
        chat_id=chat,
        chat_name=chat,
        sender_id=sender,
        sender_name=sender,
        sent_at=time_ms(head["time"]),
        text=words,
        kind=kind,
        from_owner=None if sender else False,
        raw=raw,
        chat_id_is_name=True,
    )


def _without_reactions(said: str) -> str:
    """Without `(Ann: 👍; Ben (work): 😀)` at the end."""
    end = len(said)
    for _ in range(_MOST_BRACKETS if said.endswith(")") else 0):
        end = said.rfind(" (", 0, end)
        if end < 0 or "\n" in said[end:]:
            break
        if all(map(_is_reaction, said[end + 2 : -1].split("; "))):
            return said[:end]
    return said


def _is_reaction(part: str) -> bool:
    """Whether it is a name and an emoji, which holds no letter."""
    name, _, emoji = part.rpartition(": ")
    is_emoji = 0 < len(emoji) <= _LONGEST_EMOJI and not any(map(str.isalnum, emoji))
    return is_emoji and bool(name) and name.count("(") == name.count(")")


def _kind_of_sent(said: str) -> Kind:
    """Of `"photo.jpg"`, or `of type image/jpeg`."""
    if said.startswith("of type "):
        return kind_of_media_type(said.removeprefix("of type "))
    return kind_of_file(said.strip('"'))


def time_ms(written: str) -> int:
    """UTC milliseconds of `May 01, 2023 10:00:00` in this computer's zone."""
    try:
        at = datetime.strptime(written, "%b %d, %Y %H:%M:%S")  # noqa: DTZ007
    except ValueError:
        raise BadRow(Text("time {value} is not a date and time", value=shown(written))) from None
    return local_ms((at.year, at.month, at.day), (at.hour, at.minute, at.second))
