"""Detect postal addresses: a road or an estate with a house number."""

import re
from collections.abc import Iterator

from twin.privacy.detectors.span import Span

# Characters that stand before an address and hardly ever in one.
OUTSIDE = (
    "在到是去住往址给从就的了叫离我你他她们吗呢吧跟搬寄送约那"
    "把被说请帮想没也很再又还才只走过见等看吃坐这号"
)
P = rf"(?:(?![{OUTSIDE}])[一-鿿])"
N = r"(?:[A-Za-z甲乙丙]?\d{1,5}|[一二三四五六七八九十百零〇两]{1,6})"
UNITS = r"省|自治区|特别行政区|市|自治州|(?<![小社园东西南北])区|县|旗|镇|乡|街道"
# Atomic and short: "县县县县" could be split in thousands of ways.
AREA = rf"(?>(?:{P}{{2,8}}?(?:{UNITS})(?!路) ?){{0,5}})"
# What follows a house number: 18号楼2单元301室, 3栋B座1502
INSIDE = (
    rf"(?: ?[-,]? ?(?:{N} ?(?:号楼|号院|栋|幢|座|单元|楼|层|室|房|户|弄|号)|[A-Za-z]座"
    r"|(?<=[号楼栋幢座元层弄院]) ?\d{3,4}(?!\d)|(?<=\d)-\d{1,4}(?!\d))){0,7}"
)
# Line 2, exit 3, window 5 and the fifth singer are no house numbers.
NUMBERED = (
    rf" ?{N} ?(?:号院|号楼|号|弄|巷)"
    r"(?![线口机台桌]|出口|选手|公交|站|开业|开始|晚上|早上|下午|当天)"
)
ROAD = re.compile(
    rf"{AREA}{P}{{1,8}}(?:大道|大街|路|街|巷|弄|胡同|道)"
    rf"(?:{N}[段弄巷]|[东西南北中]段|[东西南北][里侧])?{NUMBERED}{INSIDE}"
)
ESTATES = (
    "小区|花园|新村|公寓|家园|苑|城|府|广场|大厦|园|庭|湾|宿舍|社区|学院|大学"  # by their last word
)
ESTATE = re.compile(
    rf"{AREA}(?:{P}{{1,8}}(?:路|街|大道))?{P}{{1,10}}(?:{ESTATES})"
    rf" ?(?:[东西南北]区|{N}[期区])? ?(?:{N} ?(?:号楼|栋|幢|座|单元|舍)|[A-Za-z][座栋])(?!们)"
    + INSIDE
)
VILLAGE = re.compile(
    rf"{AREA}{P}{{2,6}}(?:村|屯|寨){P}{{0,4}}(?:{N}[组队])?{N} ?(?:号|组|户)(?![线口])"
)

NO = r"(?<![\w.:$€£/-])\d{1,5}[A-Za-z]?(?:[/-]\d{1,4}[A-Za-z]?)?"
NAME = r"(?:[A-Z][A-Za-z'.-]{1,20}|\d{1,3}(?:st|nd|rd|th))"
WAY = (
    r"(?:Street|St|Avenue|Ave|Road|Rd|Lane|Ln|Drive|Dr|Boulevard|Blvd|Court|Ct|Place|Pl|Square|Sq"
    r"|Terrace|Way|Close|Crescent|Parkway|Pkwy|Highway|Hwy|Row|Mews|Hill|Gardens|Grove|Walk|Circle)"
)
SIDE = r"(?:[NSEW]\.? |(?:North|South|East|West) )?"
UNIT_BEFORE = r"(?:(?:Flat|Apt|Apartment|Unit|Suite|Room) ?#?\w{1,5},? )?"
UNIT_AFTER = r"(?:,? ?(?:Apt|Apartment|Unit|Suite|Ste|Flat|Floor|#)\.? ?#?\w{1,5}\b)?"
AMERICAN_TOWN = r",? (?:[A-Z][A-Za-z'-]{2,20} ?){1,3},? (?:[A-Z]{2} )?\d{5}(?:-\d{4})?"
BRITISH_TOWN = r"(?:,? [A-Z][a-z]{2,20}){0,2},? [A-Z]{1,2}\d[A-Z\d]? ?\d[A-Z]{2}\b"
WESTERN = re.compile(
    rf"{UNIT_BEFORE}{NO},? {SIDE}(?:{NAME} ){{1,4}}{WAY}\b\.?{UNIT_AFTER}"
    rf"(?:{AMERICAN_TOWN}|{BRITISH_TOWN})?"
)
# Words that follow a number in a sentence and are no names of roads.
NO_NAME = (
    r"(?!(?:the|of|a|an|on|in|at|down|up|along|across|off|into|from|to|and|is|was|are|by|with|for"
    r"|this|that|my|your|per|more|people|men|guys|kids|cars?|miles?|minutes?|mins?|hours?|days?|km|mph|kmh"
    r"|blocks?|times|years?|dollars?|bucks|points|meters?|metres?|feet|lanes?|way|pm|am|o'?clock"
    r"|new|dirt|side|other|different|busy|open|long|short|wide)\b)"
)
LOWER = re.compile(
    rf"{NO},? (?:{NO_NAME}[a-z][a-z'.-]{{1,20}} ){{1,3}}"
    r"(?:street|avenue|ave|road|rd|lane|boulevard|blvd|terrace|crescent)\b"
    r"(?:,? (?:apt|flat|unit) ?#?\w{1,5}\b)?",
    re.IGNORECASE,
)
GERMAN = re.compile(
    r"(?<![A-Za-zÄÖÜäöüß])(?:(?:Am|An der|Im|Alte|Neue|Große|Kleine) )?[A-ZÄÖÜ][a-zäöüß-]{1,25}"
    r"(?:straße|strasse|str\.|weg|platz|allee|gasse|ufer|damm) \d{1,4}(?: ?[a-z])?(?![\w:])"
    r"(?:, \d{5} [A-ZÄÖÜ][a-zäöüß]{2,20})?"
)
FRENCH = re.compile(
    r"(?<![\w.])\d{1,4}(?: ?(?:bis|ter))?,? "
    r"(?:rue|avenue|boulevard|place|impasse|chemin|quai|allée) (?:de la |de l'|du |des |de |d')?"
    r"[A-ZÉÈÀ][\wéèêàçôî'-]{1,25}(?: [A-ZÉÈ][\wéèêàçôî'-]{1,25}){0,2}"
    r"(?:, \d{5} [A-Z][a-zéè-]{2,20})?"
)


def addresses(text: str) -> Iterator[Span]:
    for pattern in (ROAD, ESTATE, VILLAGE, WESTERN, LOWER, GERMAN, FRENCH):
        for match in pattern.finditer(text):
            if not text.startswith("第", match.start() - 1):
                yield Span(*match.span(), re.sub(r"[\s,.-]", "", match[0]).casefold())
