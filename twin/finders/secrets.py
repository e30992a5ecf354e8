"""Passwords and codes: nothing but the words around them tells them."""

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from twin.finders.span import Span, group_spans

BECAME = r"是|为|就是|(?:改|换|设)成了?|is|was|changed to|set to|'s"
SAID = rf"(?:\s{{0,2}}(?:{BECAME}|:|=|->)\s{{0,2}}){{1,2}}"
QUOTE = r"[\"'`“‘「『]?"
TOKEN = r"[A-Za-z0-9!@#$%^&*_+=.?~/-]"
PASSWORD_WORD = (
    r"(?:密码|口令|暗号|pin码|(?<![a-z])(?:password|passwd|passcode|passphrase|pass ?word|pwd|pw"
    r"|psw|wifi pass|pin(?: code| number)?)(?![a-z]))"
)
NOTE = r"(?: ?[(\[][^)\]\n]{1,12}[)\]])?"
PASSWORDS = (
    # With a sign or a verb between: whatever follows.
    re.compile(rf"{PASSWORD_WORD}{NOTE}{SAID}{QUOTE}(?P<value>{TOKEN}{{3,64}})", re.IGNORECASE),
    # Without: only what no sentence has there.
    re.compile(
        rf"{PASSWORD_WORD}(?: to|,)?[ \n]{{0,2}}{QUOTE}"
        rf"(?P<value>(?=[^\d\s]{{0,30}}\d)(?=\S{{4}}){TOKEN}{{4,64}})",
        re.IGNORECASE,
    ),
    re.compile(
        r"(?<![a-z])(?:password|passcode|passphrase|wifi|pin) (?:for|to|of) [^\n:=]{1,30}?"
        rf"(?: is | ?[:=] ?){QUOTE}(?P<value>{TOKEN}{{3,64}})",
        re.IGNORECASE,
    ),
)
CHINESE_CODES = (
    "验证|校验|动态|短信|确认|激活|提取|访问|取件|取货|安全|登录|门禁|开门|开锁|兑换|核销|授权|配对"
)
SECRET_CODES = (
    "verification|security|login|sign-?in|access|auth|authentication|confirmation|one[- ]time|sms"
    "|door|gate|alarm|unlock|entry|safe|backup|pairing"
)
# Codes that are no secrets: of post offices, errors, programs, shops.
OTHER_CODES = (
    *("zip", "area", "post", "error", "promo", "status", "source", "country", "exit", "discount"),
    *("coupon", "course", "bar", "qr", "dress", "voucher", "stock", "colour", "color", "http"),
    *("sort", "product", "flight"),
)
CODE_WORD = (
    rf"(?:(?:{CHINESE_CODES})码|(?<![a-z])(?:otp|2fa|passkey|(?:{SECRET_CODES}) code"
    rf"|{''.join(f'(?<!{word} )' for word in OTHER_CODES)}code)(?![a-z]))"
)
CODE_VALUE = (
    r"(?:[A-Z]-)?(?:\d{3}[ -]\d{3}|\d{1,2}-\d{1,2}-\d{3,5}|(?=[A-Za-z]{0,9}\d)[A-Za-z0-9]{4,10})"
    r"(?![A-Za-z0-9])"
)
CODES = (
    re.compile(
        rf"{CODE_WORD}(?:\s{{0,2}}(?:是|为|is|was|(?:to|for) [^\d\n]{{1,20}} is|发你了|给你|收到了"
        rf"|来了|到了|\W)){{0,3}}\s{{0,2}}(?P<value>{CODE_VALUE})",
        re.IGNORECASE,
    ),
    re.compile(
        r"(?:提取|访问|邀请|取件|验证)码\s{0,2}[是为:=]\s{0,2}(?P<value>[A-Za-z0-9]{4,8})"
        r"(?![A-Za-z0-9])"
    ),
    re.compile(  # "4821 is your code"
        r"(?<![\w.:/-])(?P<value>[A-Z]-\d{4,8}|\d{4,8}|\d{3}[ -]\d{3})[\s,(]?(?:是|为|is|作为|as)"
        rf"[^\d\n.。,]{{0,16}}?{CODE_WORD}",
        re.IGNORECASE,
    ),
)
COUNTED = re.compile(
    r" ?(?:行|次|个|分钟|秒|天|小时|年|元|块|条|人|位|days?|minutes?|times|lines|seconds?|hours?"
    r"|people|dollars)"
)


@cache
def _ordinary() -> frozenset[str]:
    """What stands after "the password is" and is none."""
    return frozenset(Path(__file__).with_name("ordinary.txt").read_text("utf-8").split())


def passwords(text: str) -> Iterator[Span]:
    for pattern in PASSWORDS:
        for start, _, value in group_spans(pattern, text):
            value = value.rstrip(".,?;" if re.search(r"\d", value) else ".,?;!")
            if len(value) >= 3 and not _is_of_sentence(text, start, value):
                yield Span(start, start + len(value), value)


def _is_of_sentence(text: str, start: int, value: str) -> bool:
    """A word and not a secret: "the password is wrong", "the pin is on the table"."""
    end = start + len(value)
    if re.search(r"[\d!@#$%^&*_+=~]", value):
        return COUNTED.match(text, end) is not None
    if value.lower() in _ordinary():
        return True
    # A word alone can be a password; the first word of a longer remark is none.
    rest = text[end : end + 20].lstrip("\"'`”’」』.!?,;)")
    after_sign = re.search(r"[:=]\s{0,2}[\"'`“]?$", text[max(0, start - 4) : start])
    return bool(re.match(r" ?[A-Za-z]", rest)) and not after_sign


def codes(text: str) -> Iterator[Span]:
    for pattern in CODES:
        for start, end, value in group_spans(pattern, text):
            if not COUNTED.match(text, end) and value.lower() not in _ordinary():
                yield Span(start, end, re.sub(r"[ -]", "", value))
