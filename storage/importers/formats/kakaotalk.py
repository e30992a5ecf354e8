"""KakaoTalk's own exports: .txt of phones and of Windows, .csv of Macs; Korean and English.

Written by KakaoTalk ("대화 내용 내보내기", "Export Chat History"), of 2018 to 2026. The shapes are
those of `kakaotalk_lines.py`, read in public parsers of them and in their tests. On Android the
owner may be called 회원님 ("you"); otherwise a chat of two is named after the other one.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from storage.importers.base import ImportedMessage, Program
from storage.importers.copy_marks import without_copy_mark
from storage.importers.dates import Day, clock, local_ms, local_time_ms, to_the_minute
from storage.importers.file import ExportFile
from storage.importers.owner import owner_of_two
from storage.importers.programs.kakaotalk_lines import (
    FORMS,
    Form,
    day_line,
    head,
    is_heading,
    says_saved,
    title,
)
from storage.importers.programs.kakaotalk_words import is_notice, said
from storage.importers.programs.names_with_colon import NamesWithColon, WholeNames
from storage.importers.record_fields import BadRow, needed
from storage.texts import Text

NAME = "kakaotalk"
PLATFORM = "kakaotalk"
PROGRAMS = (
    Program(
        "KakaoTalk",
        ".txt, Android, iPhone and Windows; Korean and English",
        "`회원님`; in chats of two: whoever is not in the heading; otherwise `--me`",
        unsure="its placeholders are plain words: who writes `사진` alone has sent a picture",
        versions="2018 to 2026",
        source="other programs that read it",
    ),
    Program(
        "KakaoTalk",
        "CSV of Macs",
        "in chats of two: whoever is not in the file's name; otherwise `--me`",
        versions="2018 to 2026",
        source="other programs that read it",
    ),
)
LOOKS_FOR = (
    "Name 님과 카카오톡 대화",
    "저장한 날짜 : 2023년 5월 1일 오후 9:41",
    "[Name] [오후 9:25] hi",
    "Date",
    "User",
    "Message",
)

COLUMNS = ("Date", "User", "Message")
_OWNER = "회원님"
_CSV_NAME = re.compile(r"KakaoTalk_Chats?_(?P<chat>.+?)(?:_\d{4}(?:-\d{2}){2,5})?")
_HEADING_LINES = 8
_LOOKED_AT = 40
_MOST_NAMES = 1000


@dataclass(slots=True)
class _Chat:
    """`people` are the senders; KakaoTalk's lines may name more."""

    name: str
    is_group: bool = False
    people: set[str] = field(default_factory=set)
    names: WholeNames = field(default_factory=lambda: NamesWithColon("").names())

    @property
    def kind(self) -> str:
        return "group" if self.is_group or len(self.people) > 2 else "direct"

    def from_owner(self, sender: str) -> bool | None:
        if not sender:
            return False
        if _OWNER in self.people:
            return sender == _OWNER
        return None if self.is_group else owner_of_two(sender, self.name, self.people)


class _Row(NamedTuple):
    """A message, or a line of KakaoTalk itself: then without a sender."""

    sender: str
    text: str
    sent_at: int
    to_the_minute: bool = True


def recognizes(file: ExportFile) -> bool:
    if file.columns == frozenset(COLUMNS):
        return True
    lines = file.head_lines(_LOOKED_AT)
    heading = next((at for at, line in enumerate(lines) if not is_heading(line)), len(lines))
    form = _form(lines[heading:])
    if form is None:
        return False
    if any(says_saved(line) for line in lines[:heading]):
        return True
    begin = lines[heading]
    below_day = day_line(begin) is not None and head(lines[heading + 1], form) is not None
    return below_day or (form == "dated" and head(begin, form) is not None)


def read(file: ExportFile) -> Iterator[ImportedMessage]:
    return _read_csv(file) if file.columns == frozenset(COLUMNS) else _read_text(file)


def _form(lines: list[str]) -> Form | None:
    return next((form for line in lines for form in FORMS if _begins(line, form)), None)


def _begins(line: str, form: Form) -> bool:
    # Nearly no line has a time: looking for its colon first is quicker.
    return ":" in line and head(line, form) is not None


def _read_csv(file: ExportFile) -> Iterator[ImportedMessage]:
    stem = file.called.stem
    match = _CSV_NAME.fullmatch(without_copy_mark(stem))
    chat = _Chat(match["chat"] if match else stem)
    for _, row in file.records(COLUMNS):
        _meet(chat, row["User"].strip())
    file.begin()
    file.note_local_times()

    def message(row: Mapping[str, str]) -> ImportedMessage:
        time, sender = needed(row, "Date"), row["User"].strip()
        read = _Row(sender, row["Message"], local_time_ms(time), to_the_minute(time))
        return _message(read, chat)

    return file.each(file.records(COLUMNS), message)


def _read_text(file: ExportFile) -> Iterator[ImportedMessage]:
    file.note_local_times()
    lines = [line for line in file.head.lstrip("\ufeff").splitlines() if line.strip()]
    titles = [found for line in lines[:_HEADING_LINES] if (found := title(line))]
    chat = _Chat(titles[0].chat, titles[0].is_group) if titles else _Chat(file.called.stem)
    form = _form(lines) or "dated"
    with_colon = NamesWithColon(chat.name, " : ")
    for _, line in file.lines():
        begins = head(line, form) if ":" in line else None
        if begins is not None:
            _meet(chat, begins.sender)
            if form != "bracketed" and begins.sender:
                with_colon.see(begins.sender, begins.text)
    chat.names = with_colon.names()
    chat.people = set(map(chat.names.name, chat.people))
    return file.each(_rows(file, form, chat), lambda row: _message(row, chat))


def _meet(chat: _Chat, sender: str) -> None:
    if sender and len(chat.people) < _MOST_NAMES:
        chat.people.add(sender)


def _rows(file: ExportFile, form: Form, chat: _Chat) -> Iterator[tuple[int, _Row]]:
    """(line, row): a message's lines reach to the next, but for the dates between them."""
    day: Day | None = None
    at = 0
    for number, lines in file.blocks(lambda line: _begins(line, form)):
        found = head(lines[0], form)
        end = _end(lines, form, chat.people) if found else 0
        if found is not None:
            day = found.day or day
            at = _moment(file, number, day, found.time)
            if at:
                sender, said = chat.names.split(found.sender, found.text)
                yield number, _Row(sender, "\n".join([said, *lines[1:end]]), at)
        for more, line in enumerate(lines[end:], number + end):
            other = day_line(line)
            if other is not None:
                day, at = other, _moment(file, more, other, "0:00")
            elif _is_own(line, form, chat.people):
                if at:
                    yield more, _Row("", line.strip(), at)
            elif line.strip() and not (number == 1 and more <= _HEADING_LINES):
                file.skip(more, Text("text without a message's name and time above it"))
                break


def _moment(file: ExportFile, line: int, day: Day | None, time: str) -> int:
    """UTC milliseconds; 0 where the line can't be read, which is reported."""
    try:
        if day is None:
            raise BadRow(Text("a message without a date above it"))
        return local_ms(day, clock(time))
    except BadRow as error:
        file.skip(line, error.cause)
        return 0


def _end(lines: list[str], form: Form, people: set[str]) -> int:
    """How many lines are the message: behind it stand blank ones, dates and KakaoTalk's own."""
    end = len(lines)
    while end > 1 and (
        not lines[end - 1].strip()
        or day_line(lines[end - 1]) is not None
        or _is_own(lines[end - 1], form, people)
    ):
        end -= 1
    return end


def _is_own(line: str, form: Form, people: set[str]) -> bool:
    # Phones give these lines a time, too.
    return form == "bracketed" and is_notice(line.strip(), people, apart=True)


def _message(row: _Row, chat: _Chat) -> ImportedMessage:
    what = said(row.text, row.sender)
    kind = what.kind if row.sender else "system"
    sender = "" if kind == "system" and not what.recalled else row.sender
    words = what.words if sender else row.text
    return ImportedMessage(
        chat_id=chat.name,
        chat_name=chat.name,
        sender_id=sender,
        sender_name=sender,
        sent_at=row.sent_at,
        text=words,
        kind=kind,
        from_owner=chat.from_owner(sender),
        chat_kind=chat.kind,
        recalled=what.recalled,
        raw=row.text if words != row.text else None,
        chat_id_is_name=True,
        to_the_minute=row.to_the_minute,
        file=what.file,
    )
