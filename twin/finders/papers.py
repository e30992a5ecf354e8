"""Licence plates and passports."""

import re
from collections.abc import Iterator

from twin.finders.span import Span
from twin.folding import capitals

PROVINCES = "京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼"
# Letters I and O are never used; a new-energy plate has one sign more.
SIGN = "[A-HJ-NP-Z0-9]"
CHINESE_PLATE = re.compile(
    rf"[{PROVINCES}][A-HJ-NP-Z][ ·・•.-]?"
    rf"(?:[A-HJK]{SIGN}\d{{4}}|\d{{5}}[A-HJK]|{SIGN}{{4}}[挂学警港澳]|{SIGN}{{5}})"
    r"(?![A-Z0-9])(?![.,]\d)"
)
# Elsewhere a plate looks like any word with digits, so it must be said to be one.
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
