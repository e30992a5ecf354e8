"""imessage-exporter's .txt: `May 17, 2022  5:29:42 PM`, below it the sender and the text."""

import re
from collections.abc import Iterator
from datetime import datetime

from storage.importers.base import ImportedMessage, Program
from storage.importers.dates import local_ms
from storage.importers.file import ExportFile
from storage.importers.record_fields import BadRow
from storage.messages import Kind

NAME = "imessage"
PLATFORM = "imessage"
PROGRAMS = (
    Program(
        "imessage-exporter", ".txt", "`Me`", unsure="answers are taken where they stand in the chat"
    ),
)

_START = re.compile(r"([A-Z][a-z]{2} \d{1,2}, \d{4}) +(\d{1,2}:\d{2}:\d{2} [AP]M)(?: \(.*\))?")
_OWNER = "Me"  # what the program calls whoever exports
_ATTACHMENT = re.compile(r"(?:/|~/|[A-Za-z]:\\|attachments/).*\.(\w{2,5})")
_SUFFIXES: dict[str, Kind] = {
    **dict.fromkeys(("jpg", "jpeg", "png", "heic", "gif", "webp", "tiff"), "image"),
    **dict.fromkeys(("mov", "mp4", "m4v"), "video"),
    **dict.fromkeys(("caf", "amr", "m4a", "mp3"), "voice"),
}
_NOTES = ("Tapbacks:", "This message responded to an earlier message.", "Edited ")


def recognizes(file: ExportFile) -> bool:
    return _begins(file.first_dated_line)


def read(file: ExportFile) -> Iterator[ImportedMessage]:
    senders = {block[1].strip() for _, block in file.blocks(_begins) if len(block) > 1}
    group = len(senders - {_OWNER}) > 1
    file.note_local_times()
    chat = file.path.stem
    # Under a name that the owner chose, their messages are not marked.
    marked = _OWNER in senders
    return file.each(file.blocks(_begins), lambda block: _message(block, chat, group, marked))


def _begins(line: str) -> bool:
    # Answers are shown once more, indented, below the message that they belong to.
    return _START.fullmatch(line.rstrip()) is not None


def _message(block: list[str], chat: str, group: bool, marked: bool) -> ImportedMessage | None:
    match = _START.fullmatch(block[0].rstrip())
    if match is None:
        if not any(line.strip() for line in block):
            return None
        raise BadRow("text without a date before it")
    sender = block[1].strip() if len(block) > 1 else ""
    if not sender:
        raise BadRow("no sender below the date")
    kind, text, raw = _content(block[2:])
    return ImportedMessage(
        chat_id=chat,
        chat_name=chat,
        sender_id=sender,
        sender_name=sender,
        sent_at=_time(match[1], match[2]),
        text=text,
        kind=kind,
        from_owner=sender == _OWNER if marked else None,
        chat_kind="group" if group else "direct",
        raw=raw,
        chat_id_is_name=True,
    )


def _content(body: list[str]) -> tuple[Kind, str, str | None]:
    """The lines up to the notes and the indented answers, which are messages of their own."""
    end = next((i for i, line in enumerate(body) if line.startswith((*_NOTES, "    "))), len(body))
    whole, said = "\n".join(body).strip("\n"), "\n".join(body[:end]).strip("\n")
    attached = _ATTACHMENT.fullmatch(said)
    if attached:
        return _SUFFIXES.get(attached[1].lower(), "file"), "", whole
    return "text", said, whole if whole != said else None


def _time(day: str, time: str) -> int:
    try:
        moment = datetime.strptime(f"{day} {time}", "%b %d, %Y %I:%M:%S %p")  # noqa: DTZ007
    except ValueError:
        raise BadRow(f"'{day} {time}' is not a date and time") from None
    return local_ms(
        (moment.year, moment.month, moment.day), (moment.hour, moment.minute, moment.second)
    )
