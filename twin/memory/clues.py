"""What a question says besides its meaning: words, the time it names, whether it is about now."""

import re
from dataclasses import dataclass
from datetime import UTC, tzinfo

from twin.clock import local_day
from twin.memory.when import find_times
from twin.memory.words import words_of
from twin.privacy.normalize import plain

_DAY_MS = 86_400_000
_MONTHS = (
    *("january", "february", "march", "april", "may", "june", "july", "august"),
    *("september", "october", "november", "december"),
)
_MONTH = re.compile(
    r"\b(january|february|april|june|july|august|september|october|november|december)\b"
    # verbs, too
    r"|\b(?:in|last|this|since|early|late|mid|of|by|until|during|around|for) (march|may)\b"
)
_DIGITS = "一二三四五六七八九十"
_CHINESE_MONTH = re.compile(r"(1[0-2]|[1-9]|十[一二]|[一二三四五六七八九十])月(?!份?之?[前后])")
_SEASONS = (
    (re.compile(r"\bspring\b|春天|春季|开春"), {3, 4, 5}),
    (re.compile(r"\bsummer\b|夏天|夏季|暑假"), {6, 7, 8}),
    (re.compile(r"\bautumn\b|\bfall\b|秋天|秋季"), {9, 10, 11}),
    (re.compile(r"\bwinter\b|冬天|冬季|寒假"), {12, 1, 2}),
    (re.compile(r"\bchristmas\b|\bxmas\b|\bholidays\b|圣诞"), {12}),
    (re.compile(r"\bnew year|元旦|跨年"), {12, 1}),
    (re.compile(r"春节|过年|除夕|大年"), {1, 2}),
    (re.compile(r"\bvalentine|情人节"), {2}),
    (re.compile(r"\beaster\b|清明"), {3, 4}),
    (re.compile(r"五一|劳动节"), {4, 5}),
    (re.compile(r"端午"), {5, 6}),
    (re.compile(r"国庆|中秋|十一长假"), {9, 10}),
    (re.compile(r"\bhalloween\b|万圣"), {10}),
    (re.compile(r"\bthanksgiving\b|双十一|双11"), {11}),
)
_NOW = re.compile(
    r"\b(?:now|nowadays|these days|currently|at the moment|at present|still|any ?more|latest)\b"
    r"|现在|目前|如今|眼下|最近|还在|最新|还(?=[喝吃住去要能养玩用开做打])"
)
_PAST = re.compile(
    r"\b(?:before|used to|did|was|were|had|earlier|previous(?:ly)?|back then|ago|last|first|old)\b"
    r"|以前|之前|从前|过去|原来|曾经|当时|那时|上次|小时候"
)
_ASKER = re.compile(r"\b(?:i|i'm|i've|my|me|mine)\b|我(?!们)")


@dataclass(frozen=True, slots=True)
class Clues:
    """`words` as the index has them; `months` (1 to 12) and `spans` (UTC milliseconds) of what is
    asked about; `is_about_asker`: whether it names whoever asks; `is_about_past`: what was so
    counts, also where it is no longer; `at`: when it is asked, in UTC milliseconds.
    """

    words: tuple[str, ...]
    months: frozenset[int]
    spans: tuple[tuple[int, int], ...]
    is_about_now: bool
    is_about_asker: bool
    is_about_past: bool
    at: int

    def names(self, began_at: int, ended_at: int) -> bool:
        """Whether it names a time in which that lies (UTC milliseconds)."""
        month = local_day(ended_at, UTC).month
        return month in self.months or any(
            began_at < until + _DAY_MS and ended_at >= since - _DAY_MS
            for since, until in self.spans
        )


def clues_of(question: str, at: int, zone: tzinfo | None) -> Clues:
    """`at`: when it is asked, in UTC milliseconds; `zone`: the owner's."""
    line = plain(question).lower()
    spans = tuple(
        (span.since, span.until) for span in find_times(question, at, zone) if span.until <= at
    )
    return Clues(
        tuple(words_of(question)),
        frozenset(_months(line)),
        spans,
        is_about_now=bool(_NOW.search(line)),
        is_about_asker=bool(_ASKER.search(line)),
        is_about_past=bool(spans) or _PAST.search(line) is not None,
        at=at,
    )


def _months(line: str) -> set[int]:
    seasons = (months for pattern, months in _SEASONS if pattern.search(line))
    english = (_MONTHS.index(name or verb) + 1 for name, verb in _MONTH.findall(line))
    chinese = (_number(month) for month in _CHINESE_MONTH.findall(line))
    return {*english, *chinese}.union(*seasons)


def _number(month: str) -> int:
    """Of 5, 五 or 十一."""
    if month.isascii():
        return int(month)
    return sum(_DIGITS.index(sign) + 1 for sign in month)
