"""Detect identity cards, bank cards, bank accounts, passports and number plates."""

import re
from collections.abc import Iterator

from twin.privacy.checksums import (
    NUMBERS,
    NumberPart,
    has_card_checksum,
    has_identity_checksum,
    ibans,
    number_parts,
)
from twin.privacy.detectors.span import Span, is_said_harmless
from twin.privacy.normalize import capitals

# Each network's first digits and length. One number in ten passes the checksum by chance, so the
# guard's wider pattern would take too many order numbers for cards.
NETWORKS = re.compile(
    r"6[02]\d{14,17}|9558\d{12,15}"  # UnionPay, older cards of ICBC
    r"|4\d{15}"  # Visa
    r"|(?:5[1-5]\d\d|222[1-9]|22[3-9]\d|2[3-6]\d\d|27[01]\d|2720)\d{12}"  # Mastercard
    r"|3[47]\d{13}"  # American Express
    r"|6(?:5\d\d|4[4-9]\d)\d{12}"  # Discover
    r"|35(?:2[89]|[3-8]\d)\d{12}"  # JCB
    r"|3(?:0[0-5]|[68]\d)\d{11}"  # Diners
)
# As cards are printed and as people copy them; otherwise they are several numbers side by side.
PRINTED = re.compile(
    r"\d{13,19}|(?:\d{4}[ ./-]){3}\d{4}(?:[ ./-]?\d{1,3})?"
    r"|\d{4}[ ./-]\d{6}[ ./-]\d{4,5}|\d{6}[ ./-]\d{10,13}"
)
PRINTED_IDENTITY = re.compile(r"\d{17}[\dX]|\d{6}[ ./-](?:\d{8}|\d{4}[ ./-]\d{4})[ ./-]\d{3}[\dX]")
GLUED = re.compile(r"IBAN(?=[A-Z]{2}\d\d)")  # the word right before its number
PROVINCES = "京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼"
# Letters I and O are never used; a new-energy plate has one character more.
PLATE_CHARACTER = "[A-HJ-NP-Z0-9]"
CHINESE_PLATE = re.compile(
    rf"[{PROVINCES}][A-HJ-NP-Z][ ·・•.-]?"
    rf"(?:[A-HJK]{PLATE_CHARACTER}\d{{4}}|\d{{5}}[A-HJK]|{PLATE_CHARACTER}{{4}}[挂学警港澳]|{PLATE_CHARACTER}{{5}})"
    r"(?![A-Z0-9])(?![.,]\d)"
)
# Elsewhere a plate looks like any word with digits, so a word must name it.
PLATE_WORD = (
    r"(?i:车牌号?|牌照|licen[cs]e plate|number plate|\bplate\b|\breg(?:istration)?\b|kennzeichen)"
    r"(?i: ?(?:号|号码|number|no\.?|nr\.?))?(?i: ?(?:是|为|is|:|=|#)){0,2} ?"
)
CUED_PLATE = re.compile(
    PLATE_WORD + r"(?P<value>(?=[A-Z -]{0,6}\d)(?=[0-9 -]{0,6}[A-Z])[A-Z0-9]{1,7}"
    r"(?:[ -][A-Z0-9]{1,4}){0,2}|(?=[a-z]{0,4}\d)(?=\d{0,4}[a-z])[a-z0-9]{5,8})(?![A-Za-z0-9])"
)
PASSPORT = re.compile(
    r"(?:护照|通行证|PASSPORT)(?: ?(?:号码|号|NUMBER|NO\.?|NR\.?|#))?"
    r"(?:\s{0,2}(?:是|为|IS|:|=|,)){0,2}\s{0,2}"
    r"(?P<value>(?=(?:[A-Z]{0,3}\d){4})[A-Z0-9]{7,10})(?![A-Z0-9])"
)
COUNTED = re.compile(r" ?(?:款|版|元|型|系列)")


def identity_cards(text: str) -> Iterator[Span]:
    for part in _whole_parts(text):
        if has_identity_checksum(part.number) and _is_written(PRINTED_IDENTITY, text, part):
            yield Span(part.start, part.end, part.number)


def bank_cards(text: str) -> Iterator[Span]:
    for part in _whole_parts(text):
        if (
            NETWORKS.fullmatch(part.number)
            and has_card_checksum(part.number)
            and _is_written(PRINTED, text, part)
            and not is_said_harmless(text, part.start)
        ):
            yield Span(part.start, part.end, part.number)


def bank_accounts(text: str) -> Iterator[Span]:
    for part in ibans(GLUED.sub("    ", capitals(text))):
        if not text[part.end : part.end + 1].isalnum() or not text[part.end].isascii():
            yield Span(part.start, part.end, part.number)


def _whole_parts(text: str) -> Iterator[NumberPart]:
    """Numbers that are not part of a decimal fraction, a word or a longer number."""
    if NUMBERS.search(text) is None:
        return
    for part in number_parts(text):
        before, after = text[max(0, part.start - 2) : part.start], text[part.end : part.end + 2]
        in_fraction = re.fullmatch(r"\d[.,]", before) or re.fullmatch(r"[.,]\d", after)
        in_word = re.search(r"[A-Za-z0-9_]$", before) or re.match(r"[A-Za-z0-9_]", after)
        if not in_fraction and not in_word:
            yield part


def _is_written(shape: re.Pattern[str], text: str, part: NumberPart) -> bool:
    return shape.fullmatch(text[part.start : part.end].upper()) is not None


def plates(text: str) -> Iterator[Span]:
    upper = capitals(text)
    for match in CHINESE_PLATE.finditer(upper):
        if len(re.findall(r"\d", match[0])) >= 3 and not COUNTED.match(upper, match.end()):
            yield Span(*match.span(), re.sub(r"[ ·・•.-]", "", match[0]))
    for match in CUED_PLATE.finditer(text):
        if len(match["value"]) >= 5:
            value = capitals(re.sub(r"[ -]", "", match["value"]))
            yield Span(*match.span("value"), value)


def passports(text: str) -> Iterator[Span]:
    for match in PASSPORT.finditer(capitals(text)):
        yield Span(*match.span("value"), match["value"])
