"""Detect email addresses and phone numbers: Chinese, international, local, or named as a phone.

`phonenumbers` decides whether a number is valid, but its own search through a text takes a
millisecond a message: patterns find the candidates, and only those are parsed.
"""

import re
from collections.abc import Iterator

import phonenumbers

from twin.privacy.detectors.span import NEAR, Span, is_said_harmless

EMAIL = re.compile(
    r"(?<![A-Za-z0-9._%+-])[A-Za-z0-9][A-Za-z0-9._%+-]{0,63}(?:@| @ )"
    r"(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61})\.){1,5}[A-Za-z]{2,18}(?![A-Za-z0-9])"
)
S = r"[ .-]{1,3}"
NOT_INSIDE = r"(?<![\d$€£¥#])(?<!\d[.,:/-])"
NOT_BEFORE = r"(?!\d)(?![.,:/-]\d)"
GROUPINGS = (
    rf"\d{{8}}|{S}\d{{4}}{S}\d{{4}}|{S}\d{{8}}|\d{S}\d{{3}}{S}\d{{4}}|{S}\d{{3}}{S}\d{{5}}"
    rf"|\d{{4}}{S}\d{{4}}|\d{{2}}{S}\d{{3}}{S}\d{{3}}"
)
MOBILE = re.compile(
    NOT_INSIDE + r"\(?(?:(?:\+|00)?86\)?[ -]{0,2})?" + rf"1[3-9]\d(?:{GROUPINGS})" + NOT_BEFORE
)
LANDLINE = re.compile(
    NOT_INSIDE + r"(?P<number>\(?0(?:10|2\d|[3-9]\d{2})\)?[ -]{0,2}[2-8]\d{2,3}[ -]?\d{4})"
    r"(?P<extension>(?:-| ?转 ?| ?ext\.? ?| x)\d{1,5})?" + NOT_BEFORE,
    re.IGNORECASE,
)
HOTLINE = re.compile(
    NOT_INSIDE + r"(?:(?:400|800)[ -]\d{3}[ -]?\d{4}|400[ -]\d{4}[ -]?\d{3})" + NOT_BEFORE
)
INTERNATIONAL = re.compile(r"(?<![\d+])(?:\+ ?|00 ?)\(?[1-9](?:[ ().-]{0,3}\d){6,14}(?!\d)")
NORTH_AMERICAN = re.compile(
    r"(?<![\w.-])(?:1[ .-]?)?(?:\([2-9]\d{2}\) ?|[2-9]\d{2}[ .-])[2-9]\d{2}[ .-]\d{4}"
    r"(?![\w-])(?!\.\d)"
)
# A leading zero and groups; LOCAL_REGIONS are tried one after the other.
LOCAL = re.compile(
    r"(?<![\w.:/-])(?<!\d )\(?0\d{1,4}\)?(?:[ .-]{1,2}\d{2,8}){1,4}(?!\w|[:/-]|[.,]\d|[ .-]\d)"
    r"|(?<![\w.])07\d{9}(?!\w)"
)
LOCAL_REGIONS = ("GB", "AU", "JP", "KR")
FRENCH_MOBILE = re.compile(r"0[67](?:[ .-]\d\d){4}")  # other pairs can be lottery numbers
PHONE_WORD = (
    r"(?:电话|手机|座机|联系方式|号码|致电|拨打|打给|热线|传真"
    r"|\b(?:tel|phone|mobile|cell|call|text|ring|whatsapp|number|fax|dial)\b)"
)
LOOSE = r"\(?\d(?:[ ().-]{0,2}\d){6,12}"
CUED = re.compile(
    rf"{PHONE_WORD}(?:[^\d\n+]{{0,14}}|[^\d\n+.!?]{{0,24}} (?:at|on|is) )(?P<value>{LOOSE})"
    + NOT_BEFORE,
    re.IGNORECASE,
)
CUED_AFTER = re.compile(
    NOT_INSIDE + rf"(?P<value>{LOOSE})" + rf" ?(?:is|是)[^\d\n.]{{0,10}}{PHONE_WORD}", re.IGNORECASE
)
COUNTED = re.compile(
    r" ?(?:元|块|万|亿|次|人|条|个|秒|年|km|m\b|usd|rmb|dollars|euros|views|people|times|units"
    r"|copies|%|mah)",
    re.IGNORECASE,
)
DATE = re.compile(
    r"(?:19|20)\d{2}[ .-]?(?:0[1-9]|1[0-2])[ .-]?(?:0[1-9]|[12]\d|3[01])(?:\d{2,6})?"
    r"|\d{1,2}[.-]\d{1,2}[.-](?:19|20)\d{2}"
)
# What may stand before a number without a space; with other letters it is part of an id.
GLUED = re.compile(
    r"(?:^|[^A-Za-z0-9_])(?:tel|phone|mobile|mob|cell|call|vx|wx|v|wechat|weixin|whatsapp|t|m)?$",
    re.IGNORECASE,
)
WORD_AFTER = re.compile(r"[A-Za-z_]")


def emails(text: str) -> Iterator[Span]:
    for match in EMAIL.finditer(text):
        yield Span(*match.span(), match[0].replace(" ", "").lower())


def phones(text: str) -> Iterator[Span]:
    for pattern in (MOBILE, LANDLINE):
        yield from _chinese(pattern, text)
    for match in HOTLINE.finditer(text):
        yield Span(*match.span(), _digits(match[0]))
    for match in INTERNATIONAL.finditer(text):
        yield from _longest_valid(match, (None, "CN"))
    for match in NORTH_AMERICAN.finditer(text):
        yield from _longest_valid(match, ("US",))
    for match in LOCAL.finditer(text):
        is_french = FRENCH_MOBILE.fullmatch(match[0]) is not None
        if not DATE.fullmatch(match[0]):
            yield from _longest_valid(match, ("FR",) if is_french else LOCAL_REGIONS)
    for pattern in (CUED, CUED_AFTER):
        yield from _named_as_phones(pattern, text)


def _chinese(pattern: re.Pattern[str], text: str) -> Iterator[Span]:
    for match in pattern.finditer(text):
        before = text[max(0, match.start() - NEAR) : match.start()]
        if not GLUED.search(before) or WORD_AFTER.match(text, match.end()):
            continue
        # The extension is no part of the value: with another one it is the same line.
        value = _valid(match["number"] if pattern is LANDLINE else match[0], "CN")
        if value and not is_said_harmless(text, match.start()):
            yield Span(*match.span(), value)


def _longest_valid(match: re.Match[str], regions: tuple[str | None, ...]) -> Iterator[Span]:
    """The longest valid number: further groups of digits may belong to something else."""
    raw = match[0]
    while sum(map(str.isdigit, raw)) >= 8:
        value = next((v for region in regions if (v := _valid(raw, region))), None)
        if value:
            if not is_said_harmless(match.string, match.start()):
                yield Span(match.start(), match.start() + len(raw), value)
            return
        cut = re.search(r"[ ().-]{1,3}\d{1,15}$", raw)
        if cut is None:
            return
        raw = raw[: cut.start()]


def _named_as_phones(pattern: re.Pattern[str], text: str) -> Iterator[Span]:
    for match in pattern.finditer(text):
        raw, (start, end) = match["value"], match.span("value")
        if (
            not DATE.fullmatch(raw)
            and not COUNTED.match(text, end)
            and not WORD_AFTER.match(text, end)
            and not is_said_harmless(text, start)
        ):
            yield Span(start, end, _valid(raw, "CN") or _valid(raw, "US") or _digits(raw))


def _valid(raw: str, region: str | None) -> str | None:
    """The number in E.164 form (+8613812345678); None when no such number exists."""
    try:
        number = phonenumbers.parse(raw, region)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_valid_number(number):
        return None
    return str(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))


def _digits(raw: str) -> str:
    return re.sub(r"\D", "", raw)
