"""The appointments of a person's chats that have not passed, as lines for the model."""

from collections.abc import Sequence
from datetime import date, tzinfo

from sqlite_utils import Database

from storage.stretches import newest_between
from twin.clock import local_day, local_time
from twin.config.schema import Config
from twin.memory.ages import PromptLanguage, day_name
from twin.memory.agreement import shown_words
from twin.memory.appointments import Appointment, appointments
from twin.memory.block import language_of
from twin.memory.line import Line
from twin.memory.passages import Usable
from twin.memory.when import Span

DAYS_MS = 14 * 86_400_000  # so long ago an appointment may have been made
MOST_MESSAGES = 300  # of a chat, the newest: they take 10 ms
MOST_PLANS = 3
_NEAR: dict[PromptLanguage, dict[int, str]] = {
    "en": {0: "today", 1: "tomorrow"},
    "zh": {0: "今天", 1: "明天", 2: "后天"},
}
_TO: dict[PromptLanguage, str] = {"en": "{} to {}", "zh": "{}到{}"}
_PARTS: dict[PromptLanguage, tuple[tuple[int, str], ...]] = {
    "en": (
        (17, "in the evening"),
        (12, "in the afternoon"),
        (11, "around noon"),
        (0, "in the morning"),
    ),
    "zh": ((18, "晚上"), (17, "傍晚"), (12, "下午"), (11, "中午"), (5, "上午"), (0, "凌晨")),
}


def plans_of(
    db: Database, config: Config, chats: Sequence[int], at: int, zone: tzinfo | None
) -> list[Line]:
    """The next appointments of these chats by what was said before `at` (UTC milliseconds).

    The soonest first, and nothing that has passed by then. `chats` are one person's, or a group.
    """
    usable = Usable(config)
    found = [
        appointment
        for chat_id in chats
        for appointment in appointments(
            filter(usable, newest_between(db, chat_id, at - DAYS_MS, at, MOST_MESSAGES)), zone
        )
        if appointment.over_at > at
    ]
    found.sort(key=lambda one: (one.when.since, one.said_at))
    return [_line(one, at, zone) for one in found[:MOST_PLANS]]


def _line(one: Appointment, at: int, zone: tzinfo | None) -> Line:
    words = shown_words(one.words)
    language = language_of([words or one.words])
    when = _when(one.when, local_day(at, zone), zone, language)
    colon = "：" if language == "zh" else ": "
    return Line(
        f"{when}{colon}{words}" if words else when, one.messages, one.said_at, "plan", one.by
    )


def _when(when: Span, today: date, zone: tzinfo | None, language: PromptLanguage) -> str:
    """As "tomorrow, Thursday 12 March, 19:00": a small model can't tell one from the other."""
    first, last = local_day(when.since, zone), local_day(when.until - 1, zone)
    named = [_day(first, today, language)]
    if last != first and when.precision != "time":
        named = [_TO[language].format(named[0], _day(last, today, language))]
    elif when.precision == "time":
        named.append(f"{local_time(when.since, zone):%H:%M}")
    elif when.precision == "part":
        named.append(_part(local_time(when.since, zone).hour, language))
    return ("，" if language == "zh" else ", ").join(named)


def _day(day: date, today: date, language: PromptLanguage) -> str:
    near = _NEAR[language].get((day - today).days)
    name = day_name(day, language, with_year=day.year != today.year)
    if near is None:
        return name
    return f"{near}，{name}" if language == "zh" else f"{near}, {name}"


def _part(hour: int, language: PromptLanguage) -> str:
    return next(name for begins, name in _PARTS[language] if hour >= begins)
