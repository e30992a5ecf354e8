"""Read the lines of KakaoTalk's texts: headings, dates, and how a message begins.

Android:      `2023년 5월 1일 오후 9:25, name : text`, or `May 1, 2023, 9:25 PM, name : text`
iPhone:       `2023. 5. 1. 오후 9:25, name : text`, or with the time alone below a date
for Windows:  `[name] [오후 9:25] text` below `----- 2023년 5월 1일 월요일 -----`
"""

import re
from typing import Literal, NamedTuple

from storage.importers.dates import Day

Form = Literal["bracketed", "dated", "timed"]
FORMS: tuple[Form, ...] = ("bracketed", "dated", "timed")

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_SPACE = "[ \u00a0\u202f]"
_DATE = (
    r"(?:(?P<year>\d{4})(?:년 |\. ?|-)(?P<month>\d{1,2})(?:월 |\. ?|-)"
    r"(?P<day>\d{1,2})(?:일|\.|(?=\s))"
    r"|(?P<name>[A-Z][a-z]{2,8})\.? (?P<dayb>\d{1,2}), (?P<yearb>\d{4})"
    r"|(?P<dayc>\d{1,2}) (?P<namec>[A-Z][a-z]{2,8})\.? (?P<yearc>\d{4}))"
)
_TIME = (
    rf"(?P<time>오[전후]{_SPACE}\d{{1,2}}:\d{{2}}"
    rf"|\d{{1,2}}:\d{{2}}(?:{_SPACE}[AaPp]\.?[Mm]\b\.?)?)"
)
_STAMP = rf"{_DATE}(?:,? at|,)?{_SPACE}{_TIME}"
_HEADS: dict[Form, re.Pattern[str]] = {
    "bracketed": re.compile(rf"\[(?P<sender>.{{0,100}}?)\] \[{_TIME}\](?: (?P<rest>.*))?"),
    "dated": re.compile(rf"{_STAMP}(?P<mark>,|: ) ?(?P<rest>.*)"),
    "timed": re.compile(rf"{_TIME}(?P<mark>, |: )(?P<rest>.*)"),
}
_STAMP_ALONE = re.compile(_STAMP)
_WEEKDAY_EN = "(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day"
_DAY = re.compile(
    rf"(?:-{{5,40}} )?(?:{_WEEKDAY_EN}, )?{_DATE}"
    rf"(?: [월화수목금토일]요일|,? {_WEEKDAY_EN})?(?: -{{5,40}})?"
)
_TITLES = (
    re.compile(r"(?P<chat>.{1,100}?) ?님과(?:의)? 카카오톡 대화"),
    re.compile(r"(?P<chat>.{1,100}?)(?: (?P<count>\d{1,4}))? 카카오톡 대화"),
    re.compile(r"KakaoTalk Chats with (?P<chat>.{1,100})"),
    re.compile(r"(?P<chat>.{1,100}) with KakaoTalk Chats"),
    re.compile(r"(?P<chat>.{1,100}) KakaoTalk Chats"),
)
_SAVED = re.compile(r"(?:저장한 날짜|Date Saved|Saved Date) ?: ?.{4,60}")
_FILE = re.compile(r"(?:KakaoTalk|Talk)_.{1,150}\.txt")
MAX_NAME = 100


class Head(NamedTuple):
    """How a message begins. `day` is None where a line above has it; no sender: KakaoTalk's own."""

    day: Day | None
    time: str
    sender: str
    text: str


class Title(NamedTuple):
    """`is_group`: the title says how many people are in the chat."""

    chat: str
    is_group: bool


def head(line: str, form: Form) -> Head | None:
    match = _HEADS[form].match(line)
    if match is None:
        return None
    rest = match["rest"] or ""
    day = _day(match) if form == "dated" else None
    if form == "bracketed":
        return Head(None, match["time"], match["sender"].strip(), rest)
    if match["mark"] == ": ":
        return Head(day, match["time"], "", rest)
    sender, colon, text = f" {rest} ".partition(" : ")
    if not colon or len(sender) > MAX_NAME:
        return Head(day, match["time"], "", rest)
    return Head(day, match["time"], sender.strip(), text[:-1] if text else "")


def day_line(line: str) -> Day | None:
    """The date of a line that holds a date alone, with or without the time of the next message."""
    match = _DAY.fullmatch(line.strip()) or _STAMP_ALONE.fullmatch(line.strip())
    return _day(match) if match else None


def title(line: str) -> Title | None:
    for pattern in _TITLES:
        match = pattern.fullmatch(line.strip())
        if match:
            count = match.groupdict().get("count")
            return Title(match["chat"].strip(), count is not None)
    return None


def is_heading(line: str) -> bool:
    text = line.strip()
    return title(text) is not None or any(sign.fullmatch(text) for sign in (_SAVED, _FILE))


def says_saved(line: str) -> bool:
    return _SAVED.fullmatch(line.strip()) is not None


def _day(match: re.Match[str]) -> Day:
    name = match["name"] or match["namec"]
    if name is None:
        return int(match["year"]), int(match["month"]), int(match["day"])
    short = name[:3].lower()
    month = _MONTHS.index(short) + 1 if short in _MONTHS else 0
    return int(match["yearb"] or match["yearc"]), month, int(match["dayb"] or match["dayc"])
