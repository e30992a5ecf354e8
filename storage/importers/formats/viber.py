"""Viber's CSV, one chat a file ("Email message history"): date, time, name, number, text.

The owner is `Me`. Known from one sample alone.
"""

import re
from collections.abc import Iterator, Mapping

from storage.importers.base import ImportedMessage, Program, content
from storage.importers.copy_marks import without_copy_mark
from storage.importers.dates import DateOrder, Day, Order, clock, local_ms, ordered, to_the_minute
from storage.importers.file import ExportFile
from storage.importers.record_fields import BadRow, needed, shown
from storage.messages import Kind
from storage.texts import Text

NAME = "viber"
PLATFORM = "viber"
PROGRAMS = (
    Program(
        "Viber",
        "CSV",
        "`Me`, otherwise `--me`",
        unsure="known from one sample: look over what came in",
        source="one sample",
    ),
)
LOOKS_FOR = ("Date", "Time", "Sender name", "Phone number", "Text")

_OWNER = "Me"
_DATE = re.compile(r"(\d{1,4})[/.-](\d{1,2})[/.-](\d{1,4})")
_BETWEEN_DIGITS = re.compile(r"[\s()-]")
_PLACEHOLDERS: dict[str, Kind] = {
    **dict.fromkeys(("Photo message",), "image"),
    **dict.fromkeys(("Video message",), "video"),
    **dict.fromkeys(("Voice message",), "voice"),
    **dict.fromkeys(("Sticker message",), "sticker"),
    **dict.fromkeys(("File message",), "file"),
    **dict.fromkeys(("Location message",), "location"),
    **dict.fromkeys(("Contact message",), "contact"),
}


def recognizes(file: ExportFile) -> bool:
    return file.columns == frozenset(LOOKS_FOR)


def read(file: ExportFile) -> Iterator[ImportedMessage]:
    dates, people = DateOrder(file.dates), dict[str, str]()
    for _, row in file.records(LOOKS_FOR):
        match = _DATE.fullmatch(row["Date"].strip())
        if match:
            dates.see(_parts(match))
        if len(people) < 1000:
            people[_sender(row)] = row["Sender name"].strip()
    order, assumed = dates.decide()
    file.begin()
    file.note_local_times()
    if assumed:
        file.notes.append(assumed)
    marked = _OWNER in people.values()
    friends = {id_: name for id_, name in people.items() if id_ and name != _OWNER}
    alone = marked and len(friends) == 1
    chat = next(iter(friends.values())) if alone else without_copy_mark(file.called.stem)
    kind = "direct" if len(people) < 3 else "group"

    def message(row: Mapping[str, str]) -> ImportedMessage:
        made = _message(row, chat, order)
        owner = made.sender_name == _OWNER if marked else None
        return made._replace(chat_kind=kind, from_owner=owner if made.sender_id else False)

    return file.each(file.records(LOOKS_FOR), message)


def _sender(row: Mapping[str, str]) -> str:
    number = _BETWEEN_DIGITS.sub("", row["Phone number"])
    return number or row["Sender name"].strip()


def _parts(match: re.Match[str]) -> Day:
    return int(match[1]), int(match[2]), int(match[3])


def _message(row: Mapping[str, str], chat: str, order: Order) -> ImportedMessage:
    match = _DATE.fullmatch(row["Date"].strip())
    day = ordered(_parts(match), order) if match else None
    if day is None:
        raise BadRow(
            Text(
                "{value} is not a date in the order {order}", value=shown(row["Date"]), order=order
            )
        )
    time, said, sender = needed(row, "Time"), row["Text"], _sender(row)
    kind: Kind = (_PLACEHOLDERS.get(said.strip()) or "text") if sender else "system"
    words, raw = content(kind, said)
    return ImportedMessage(
        chat_id=chat,
        chat_name=chat,
        sender_id=sender,
        sender_name=row["Sender name"].strip() or sender,
        sent_at=local_ms(day, clock(time)),
        text=words,
        kind=kind,
        raw=raw,
        chat_id_is_name=True,
        to_the_minute=to_the_minute(time),
    )
