"""Read texts with a line `2019-07-16 18:15:05 name` above each message: MemoTrace, WeFlow, QQ."""

import re
from collections.abc import Iterator
from typing import NamedTuple

from storage.importers.base import ImportedMessage
from storage.importers.dates import clock, local_time_ms, to_the_minute
from storage.importers.file import ExportFile, is_blank_line
from storage.importers.programs.wechat_words import says_recall
from storage.importers.programs.whatsapp_head import STYLES, matches
from storage.importers.record_fields import BadRow
from storage.texts import Text

HEADING = re.compile(
    r"(?P<day>\d{4}[-/]\d{1,2}[-/]\d{1,2}) (?P<time>\d{1,2}:\d{2}(?::\d{2})?)"
    r"(?: (?P<half>[AP]M|[上下]午))? +(?P<name>\S.*)"
)
# A name with the number that QQ knows the person by, or with a mail address.
NUMBERED = re.compile(r"(?P<name>.*?) ?(?:\((?P<number>\d{4,12})\)|<(?P<mail>[^<>@\s]+@[^<>\s]+)>)")
_RULE = re.compile(r"={20,}")


class Block(NamedTuple):
    """A heading's time and name, and the lines below it; of what stands before all, no name."""

    sent_at: int
    to_the_minute: bool
    name: str
    body: list[str]

    @property
    def text(self) -> str:
        return "\n".join(self.body).strip("\n")


def begins_with_heading(file: ExportFile) -> bool:
    line = file.first_dated_line
    is_whatsapp = any(matches(line, style) for style in STYLES)  # 2020-02-09 2:09 p.m. - Ann: hi
    return HEADING.fullmatch(line) is not None and not is_whatsapp


def names_of_head(file: ExportFile) -> list[str]:
    """The names in the headings of the file's beginning."""
    matches = map(HEADING.fullmatch, file.head.splitlines())
    return [match["name"].strip() for match in matches if match]


def blocks(file: ExportFile) -> Iterator[tuple[int, Block]]:
    """(line, block). A heading follows a blank line: others were pasted into a message."""
    twelve = _has_halves(file)
    below = _ends_message if _are_apart(file) else None
    for line, lines in file.blocks(HEADING.fullmatch, below):
        match = HEADING.fullmatch(lines[0])
        if match is None:
            if line > 1:
                file.skip(line, Text("text without a heading such as 2019-07-16 18:15:05 name"))
            else:
                yield line, Block(0, False, "", lines)
            continue
        half = match["half"] or ""
        name = match["name"] if twelve or not half else f"{half} {match['name']}"
        try:
            hour, minute, second = clock(f"{match['time']} {half if twelve else ''}")
            sent_at = local_time_ms(f"{match['day']} {hour}:{minute:02}:{second:02}")
        except BadRow as error:
            file.skip(line, error.cause)
            continue
        yield line, Block(sent_at, to_the_minute(match["time"]), name.strip(), lines[1:])


def _ends_message(line: str) -> bool:
    return is_blank_line(line) or _RULE.fullmatch(line) is not None


def _are_apart(file: ExportFile) -> bool:
    """Whether blank lines stand between the messages; a text may have lost them."""
    lines = file.head.splitlines()
    follow = [not lines[at - 1].strip() for at in range(1, len(lines)) if HEADING.match(lines[at])]
    return sum(follow) * 2 >= len(follow)


def _has_halves(file: ExportFile) -> bool:
    """Whether AM and PM belong to the times: then all have them. Else somebody is called so."""
    matches = [match for match in map(HEADING.fullmatch, file.head.splitlines()) if match]
    return bool(matches) and all(
        match["half"] and int(match["time"].partition(":")[0]) <= 12 for match in matches
    )


def plain_message(row: Block, sender_id: str, name: str, chat: str) -> ImportedMessage:
    """A text message; the format says what else it is."""
    return ImportedMessage(
        chat_id=chat,
        chat_name=chat,
        sender_id=sender_id,
        sender_name=name,
        sent_at=row.sent_at,
        text=row.text,
        chat_id_is_name=True,
        to_the_minute=row.to_the_minute,
    )


def platform_message(row: Block, text: str, chat: str) -> ImportedMessage:
    message = plain_message(row, "", "", chat)
    recalled = says_recall(text)
    return message._replace(text=text, kind="system", from_owner=False, recalled=recalled)
