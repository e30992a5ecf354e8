"""Tell whether a text says an amount, as a question of "how much" or "how long" asks for one."""

import re

from twin.memory.dates.english_hours import HOURS
from twin.privacy.normalize import plain

_TENS = r"(?:twen|thir|fou?r|fif|six|seven|eigh|nine)t(?:y|ie|een)\w*"
_ORDINALS = "first|second|third|fourth|fifth|sixth|seventh|eighth|ninth|tenth|eleventh|twelfth"
_MANY = "(?:hundred|thousand|million|billion|trillion)(?:s|ths?)?"
_OTHERS = (
    "zero|once|twice|half|halves|quarters?|thirds|dozens?|couple|pair|a grand|tenner|fiver|free"
)
_TIME = "second|minute|min|hour|hr|week|fortnight|month|year|yr|decade|century"
_MEASURE = (
    "inch|foot|mile|acre|pound|lb|kilo|ton|tonne|gallon|pint|dollar|buck|quid|euro|dime|fortune"
)
_ONE = f"(?<!what )an? (?:whole |full )?(?:{_TIME}|{_MEASURE}|day)"
_EACH = f"(?:every|each|per) (?:{_TIME}|day|night|morning|evening|weekend)"
_SEVERAL = "(?:minute|hour|week|month|year|decade|mile|kilo|buck)s|for ages"
_ADVERBS = "daily|weekly|monthly|yearly|annually"
_ENGLISH = "|".join(
    (*HOURS, _TENS, _ORDINALS, _MANY, _OTHERS, _ONE, _EACH, _SEVERAL, _ADVERBS),
)
_CHINESE = (
    "[一二三四五六七八九十两百千万亿半〇俩仨廿壹贰叁肆伍陆柒捌玖拾佰仟]|零(?![食花钱售件])"
    "|好几|每[天日周月年晚]|天天|整[天周月年晚]"
)
_AMOUNT = re.compile(rf"\d|{_CHINESE}|\b(?:{_ENGLISH})\b")


def says_amount(text: str) -> bool:
    """In digits of any script or in English or Chinese words: "½", "a grand", "an hour", 两三百."""
    return _AMOUNT.search(plain(text).lower()) is not None
