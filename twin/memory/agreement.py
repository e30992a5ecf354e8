"""Read a chat message for what it says of appointments: yes, no, another time, and for when."""

import re
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import tzinfo
from functools import cache
from pathlib import Path
from typing import Literal

from storage.messages import Message
from twin.memory.line import Speaker
from twin.memory.when import Span, find_times
from twin.privacy.normalize import plain

Tone = Literal[
    "surely",
    "agrees",
    "declines",
    "cancels",
    "moves",
    "asks",
    "inquires",
    "invites",
    "available",
    "idle",
    "refuses",
    "states",
]

RULES = Path(__file__).with_name("agreement.toml")
_AHEAD_MS = 400 * 86_400_000
_CLAUSE_END = re.compile(r"[,.!?;。，！？\n]")
_SHORT = 100  # characters of a sentence that states an appointment
_STOP = re.compile(r"[.!?](?=\s)|[。！？\n]")
_BLANKS = re.compile(r"\s+")
_BETWEEN_HAN = re.compile("(?<=[一-鿿]) (?=[一-鿿])")
_LEFT_OVER = re.compile(r"(?: (?:on|at|in|by))? ?(?=[,.;!?，。！？])")
_START = re.compile(
    r"^(?:[\W_]|(?:ok(?:ay)?|so|hey|hi|and|but|yes|yeah|sure|then|well|let'?s|how about"
    r"|what about|actually|wanna|do you want to|want to|shall we|maybe|great|cool|nice|perfect"
    r"|awesome"
    r"|good)\b|要不|那么?|就|嗯|的|吧|好的?(?!吃))+",
    re.IGNORECASE,
)
_END = re.compile(
    r"(?:[^\w)）」\"']|\b(?:on|at|in|by|for|from|is|are|around|the|to|and|or|this|then|instead"
    r"|ok)\b"
    r"|(?<![\w])s\b|吧|吗|呢|的|在|改到|推迟到|换到|约在)+$",
    re.IGNORECASE,
)
# Words that say no more than that there is an appointment.
_BARE = re.compile(
    r"^(?:see|meet|you|u|ya|there|then|ok|okay|are|r|we|still|free|good|i|i?m|will|be|it|at|on|move"
    r"|make|push|to|can|could|do|that|works?|instead|what|time|need|have|postpone|later|up|us|me"
    r"|for|can'?t|cannot|no|sorry|busy|doesn'?t|don'?t|early|late|too|a bit|both|yes|yeah|same"
    r"|actually"
    r"|见|好|行|我们?|咱们?|你|就|那|定|再|有空|有时间|改|推迟|提前|延后|挪|换|到|成|为|可以"
    r"|几点|等|不见不散|没问题|不行|没空|太|早|晚|要不|怎么样|大概|差不多|左右|\W)*$",
    re.IGNORECASE,
)
_MEETING = re.compile(r"\b(?:see|meet)\b|见", re.IGNORECASE)


@cache
def tones() -> dict[str, re.Pattern[str]]:
    """The rules of agreement.toml, by tone."""
    table = tomllib.loads(RULES.read_text(encoding="utf-8"))
    return {tone: _any(patterns) for tone, patterns in table.items()}


def _any(patterns: list[str]) -> re.Pattern[str]:
    together = "|".join(f"(?:{pattern})" for pattern in patterns)
    return re.compile(together)


@dataclass(frozen=True, slots=True)
class Heard:
    """A message. `line`: as it reads, in lower case; `times`: those to come that it names;
    `sentence`: the place in its text of the sentence that names them; `is_detail`: whether they are
    times of the day that was talked about, which it does not name.
    """

    message: Message
    line: str
    times: tuple[Span, ...]
    sentence: slice
    is_detail: bool

    @property
    def by(self) -> Speaker:
        return "friend" if self.message.origin == "peer" else "owner"

    @property
    def agrees(self) -> bool:
        return self.is_("surely") or (self.is_("agrees") and not self.is_("declines"))

    @property
    def declines(self) -> bool:
        return self.is_("declines") and not self.is_("surely")

    @property
    def cancels(self) -> bool:
        """Whether it says so, and does not only ask: "sunday is off, how about monday?" does."""
        found = tones()["cancels"].search(self.line)
        if found is None or self.is_("surely"):
            return False
        sign = _CLAUSE_END.search(self.line, found.end())
        return sign is None or sign[0] != "?"

    @property
    def said(self) -> str:
        """The sentence as it reads, in lower case."""
        return plain(self.message.text[self.sentence]).lower()

    @property
    def offers(self) -> bool:
        """Whether it proposes an appointment, of which somebody has to say yes or no."""
        inquires = tones()["inquires"].search(self.said) and not self.is_("available")
        return self.is_("invites") or (self.is_("asks") and not inquires)

    @property
    def states(self) -> bool:
        """Whether it tells an appointment by itself: shortly, and not of a whole day like today."""
        said = self.said
        is_short = len(said) <= _SHORT
        found = {tone for tone in ("states", "idle", "refuses") if tones()[tone].search(said)}
        is_plan = found == {"states"} and not is_only_of_time(self.words)
        return is_short and is_plan and not self._is_of_today

    @property
    def _is_of_today(self) -> bool:
        time = self.times[0]
        return time.precision == "day" and time.since <= self.message.sent_at

    def is_(self, tone: Tone) -> bool:
        return tones()[tone].search(self.line) is not None

    @property
    def words(self) -> str:
        """What is planned, without when."""
        begin, end = self.sentence.start, self.sentence.stop
        rest = self.message.text[:end]
        places = {place for time in self.times for place in time.words if place[1] <= end}
        for start, after in sorted(places, reverse=True):
            rest = f"{rest[:start]} {rest[after:]}"
        rest = rest[begin:]
        rest = _BETWEEN_HAN.sub("", _LEFT_OVER.sub("", _BLANKS.sub(" ", rest)))
        return _END.sub("", _START.sub("", rest))


def is_only_of_time(words: str) -> bool:
    """Whether the words say or ask if somebody is free, and not for what."""
    rest, found = tones()["available"].subn("", plain(words).lower())
    return found > 0 and is_bare(rest)


def is_bare(words: str) -> bool:
    """Whether the words say no more than that there is an appointment, as "see you" does."""
    return _BARE.match(plain(words)) is not None


def heard(message: Message, zone: tzinfo | None, about: Span | None, doing: str) -> Heard:
    """A message as people hear it who talk of that time, when they do that."""
    found = find_times(message.text, message.sent_at, zone, about=about, doing=doing)
    is_detail = about is not None and found != find_times(message.text, message.sent_at, zone)
    times = tuple(time for time in found if _is_to_come(time, message.sent_at))
    return Heard(message, lowered(message), times, _sentence(message.text, times), is_detail)


def _sentence(text: str, times: Sequence[Span]) -> slice:
    """The sentence with the first of the times; the whole text where there is none."""
    if not times:
        return slice(0, len(text))
    first, last = times[0].words[0][0], times[0].words[-1][1]
    begin = max((match.end() for match in _STOP.finditer(text, 0, first)), default=0)
    stop = _STOP.search(text, last)
    return slice(begin, stop.start() if stop else len(text))


def is_meeting(words: str) -> bool:
    """Whether the words say that people meet, and no more."""
    return is_bare(words) and _MEETING.search(words) is not None


def shown_words(words: str) -> str:
    """The words where they say what is planned, or that people meet; else nothing."""
    return "" if is_bare(words) and not is_meeting(words) else words


def _is_to_come(time: Span, at: int) -> bool:
    is_exact = time.precision not in ("month", "year")
    return is_exact and time.until > at and time.since < at + _AHEAD_MS


def lowered(message: Message) -> str:
    """Its text as it reads, in lower case."""
    return plain(message.text).lower()
