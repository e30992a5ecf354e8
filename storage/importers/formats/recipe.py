"""The recipe's JSON: a list of `[time, sender, text]`. One file is one chat, named by the file."""

from collections.abc import Iterator

from storage.importers.base import ImportedMessage, Program
from storage.importers.dates import local_time_ms, to_the_minute
from storage.importers.file import ExportFile
from storage.importers.record_fields import BadRow, shown
from storage.texts import Text

NAME = "recipe"
PLATFORM = "import"
LOOKS_FOR = ('[["2024-10-04 11:43:05", "Name", "hi"]]',)
PROGRAMS = (
    Program(
        "the recipe",
        "JSON `[[time, sender, text]]`",
        "`我`, or `--me`",
        source="its description",
    ),
)


def recognizes(file: ExportFile) -> bool:
    return file.shape.is_list_of_lists


def read(file: ExportFile) -> Iterator[ImportedMessage]:
    if file.shape.root != "[":
        raise file.broken(1, Text("not a list of [time, sender, text]"))
    file.note_local_times()
    chat = file.called.stem

    def message(row: object) -> ImportedMessage:
        time, sender, words = _fields(row)
        return ImportedMessage(
            chat_id=chat,
            chat_name=chat,
            sender_id=sender,
            sender_name=sender,
            sent_at=local_time_ms(time),
            text=words,
            chat_id_is_name=True,
            to_the_minute=to_the_minute(time),
        )

    return file.each(file.items("*"), message)


def _fields(row: object) -> tuple[str, str, str]:
    if not isinstance(row, list) or len(row) != 3:
        raise BadRow(Text("{value} instead of [time, sender, text]", value=shown(row)))
    for name, value in zip(("time", "sender", "text"), row, strict=True):
        if not isinstance(value, str):
            raise BadRow(
                Text("the {name} is {kind}, not a string", name=name, kind=type(value).__name__)
            )
    time, sender, words = row
    if not sender.strip():
        raise BadRow(Text("{name} is missing or blank", name="sender"))
    return time, sender.strip(), words
