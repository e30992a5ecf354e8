"""Times of day in English chat text: "half past 7", "2-4pm", "@ 8", "in the evening"."""

import re
from dataclasses import replace

from twin.memory.dates.days import Clock, Meaning, Part
from twin.memory.dates.rules import Rule, Said, rule

HOURS = (
    *("one", "two", "three", "four", "five", "six"),
    *("seven", "eight", "nine", "ten", "eleven", "twelve"),
)
NUMBERS = {word: number for number, word in enumerate(HOURS, start=1)} | {
    **{"a": 1, "an": 1, "a couple of": 2, "couple of": 2, "a few": 3, "few": 3, "half an": 0.5},
    "half a": 0.5,
}
PARTS = {
    "morning": Part(5, 12),
    "lunchtime": Part(11, 14),
    "afternoon": Part(12, 18),
    "evening": Part(17, 24),
    "night": Part(18, 24),
    "nite": Part(18, 24),
}
_MINUTES = {"half": 30, "quarter": 15, "twenty": 20}
PART = r"(?P<part>morning|lunchtime|afternoon|evening|nite|night)"

_H, _M = rf"(?P<h>[01]?\d|2[0-4]|{'|'.join(HOURS)})", r"[:.](?P<m>[0-5]\d)"
_HALF = r"(?:\s(?=[ap]\.?m))?(?P<half>[ap])(?:\.?m\b\.?|\b)"
_H2 = rf"(?P<h2>[01]?\d|2[0-4]|{'|'.join(HOURS)})(?:[:.](?P<m2>[0-5]\d))?"
_TO = r"\s?(?:-|to|and|till?|until)\s?"
# What stands behind a number that is an hour or a day: "at 7 people" is none, "the 5th floor" too.
ENDS = (
    r"(?![\w:%$]|[.,]\d)(?=\s*(?:$|[?!.,;)~\n]|(?:then|today|tonight|on|in|or|and|works?|is|ok|okay"
    r"|pls|please|sharp|instead|with|at|this|next|so|if|but|for|from|by|cool|good|fine|maybe|i|we"
    r"|u|you|the|right|latest|still|sound|sounds|nope|yes|no|lol|haha|@|noon|tmrw?)\b"
    r"|(?:tom|mon|tue|wed|thu|fri|sat|sun|morn|after|even|night)))"
)
# "it was about 3" tells no time: only with these words does a bare number.
_CUE = (
    r"(?:\b(?:at|around|by|till?|until|after|before|from|(?:how|what) about|how bout|make it"
    r"|let'?s say|(?:let'?s|we|could) do|(?:moved?|pushe?d?|changed?)(?: it)? to)|@)\s?"
)


def number(word: str) -> float:
    return int(word) if word.isdigit() else NUMBERS[word]


def _time(match: re.Match[str], _said: Said) -> Meaning:
    groups = match.groupdict()
    hour, half = int(number(groups["h"])), groups.get("half")
    until = None
    if groups.get("h2"):
        second = int(number(groups["h2"]))
        until = (_hour_of(second, half), int(groups["m2"] or 0))
        half = half if hour % 12 < second % 12 else None
    exact = bool(half) or hour > 12 or groups["h"].startswith("0")
    return Clock(_hour_of(hour, half), int(groups.get("m") or 0), exact, until)


def _hour_of(hour: int, half: str | None) -> int:
    if half is None or hour > 12:
        return hour
    return hour % 12 + (12 if half == "p" else 0)


def _beside_the_hour(match: re.Match[str], _said: Said) -> Meaning:
    off = _MINUTES.get(match["off"]) or int(number(match["off"]))
    minutes = int(number(match["h"])) * 60 + (-off if match["side"] in ("to", "til") else off)
    return Clock(minutes // 60 or 12, minutes % 60)


def _in_the(match: re.Match[str], _said: Said) -> Meaning:
    return replace(PARTS[match["part"]], alone="next")


_AFTER_A_DAY = r"(?:(?<=tomorrow )|(?<=tonight )|(?<=tmrw )|(?<=tmr )|(?<=day )|(?<=night ))"
_HOUR = r"(?P<h>[01]?\d|2[0-4])"

RULES: tuple[Rule, ...] = (
    rule(
        rf"\b(?P<off>half|quarter|five|ten|twenty|5|10|20) (?P<side>past|after|to|til) {_H}\b",
        _beside_the_hour,
    ),
    rule(rf"\b(?P<off>half)(?P<side>) {_H}{ENDS}", _beside_the_hour),
    rule(rf"\b{_H}(?:{_M})?{_TO}{_H2}{_HALF}", _time),
    rule(rf"(?<![\d:]){_HOUR}:(?P<m>[0-5]\d){_TO}(?P<h2>[01]?\d|2[0-4]):(?P<m2>[0-5]\d)", _time),
    rule(rf"\b(?:from|between) {_H}(?:{_M})?{_TO}{_H2}{ENDS}", _time),
    rule(rf"(?<![\d:.]){_H}(?:{_M})?{_HALF}(?!\w)", _time),
    rule(rf"(?<![\w:.,$]){_H} ?(?:o'?clock|ish\b)", _time),
    rule(rf"(?<![\d:.,$]){_HOUR}:(?P<m>[0-5]\d)(?![\d:])", _time),
    rule(rf"{_CUE}{_HOUR}\.(?P<m>[0-5]\d){ENDS}", _time),
    rule(r"\b(?:noon|midday)\b", Clock(12, exact=True)),
    rule(r"\bmidnight\b", Clock(24, exact=True)),
    rule(rf"{_CUE}{_H}{ENDS}", _time),
    rule(rf"{_AFTER_A_DAY}{_H}(?=\W*$|[?!,.] )", _time),
    # parts of a day
    rule(r"\b(?:in|during) the (?P<part>morning|afternoon|evening)\b", _in_the),
    rule(rf"\b(?:at |early |late )?{PART}\b", lambda match, _said: PARTS[match["part"]]),
)
