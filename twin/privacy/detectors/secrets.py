"""Detect API keys, passwords and codes: by their form, or by the words around them."""

import itertools
import math
import re
from collections import Counter
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from twin.privacy.detectors.span import Span, group_spans

ALONE = r"(?<![A-Za-z0-9])"
KNOWN = (
    re.compile(ALONE + r"(?:sk|pk|rk)[-_](?:[a-z]{2,8}[-_]){0,2}[A-Za-z0-9_-]{16,200}"),
    re.compile(
        ALONE + r"(?:gh[pousr]_|github_pat_|glpat-|hf_|npm_|pypi-|xox[abprs]-|dop_v1_|SG\.)"
        r"[A-Za-z0-9_.-]{16,200}"
    ),
    re.compile(ALONE + r"(?:AKIA|ASIA|AGPA|AIDA)[A-Z0-9]{16}(?![A-Za-z0-9])"),
    re.compile(ALONE + r"(?:AIza[\w-]{35}|ya29\.[\w-]{20,200}|(?:LTAI|AKID)[A-Za-z0-9]{12,40})"),
    re.compile(ALONE + r"eyJ[\w-]{8,1000}\.[\w-]{8,2000}\.[\w-]{0,1000}"),
    re.compile(
        r"-----BEGIN [A-Z ]{0,20}PRIVATE KEY-----[A-Za-z0-9+/=\s]{0,4000}"
        r"(?:-----END [A-Z ]{0,20}PRIVATE KEY-----)?"
    ),
)
HEX = re.compile(r"(?<![A-Za-z0-9_/-])[0-9a-fA-F]{32,200}(?![A-Za-z0-9_-])")
OPAQUE = re.compile(r"(?<![A-Za-z0-9_/+-])[A-Za-z0-9_+/-]{24,300}={0,2}(?![A-Za-z0-9])")
SAYS_HASH = re.compile(
    r"(?:commit|md5|sha-?\d{0,3}|hash|checksum|digest|校验和|哈希|指纹|etag|\brev\b)[^\n]{0,6}$",
    re.IGNORECASE,
)
# Shannon entropy in bits a character: random hexadecimal of that length has 3.6, base64 4.5.
HEX_BITS, OPAQUE_BITS = 3.0, 4.0
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
    # After a colon, an equals sign or a verb: whatever follows.
    re.compile(rf"{PASSWORD_WORD}{NOTE}{SAID}{QUOTE}(?P<value>{TOKEN}{{3,64}})", re.IGNORECASE),
    # Without: only what no sentence would have there.
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
# Codes that are not secret: of post offices, errors, programs, shops.
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


def keys(text: str) -> Iterator[Span]:
    for pattern in KNOWN:
        yield from group_spans(pattern, text)
    yield from (span for span in _unnamed(HEX, text) if _is_hex_noise(span.value))
    yield from (span for span in _unnamed(OPAQUE, text) if _is_noise(span.value))


def _unnamed(pattern: re.Pattern[str], text: str) -> Iterator[Span]:
    """Matches that no word before names as a checksum, which grants no access."""
    for span in group_spans(pattern, text):
        if not SAYS_HASH.search(text[max(0, span.start - 16) : span.start]):
            yield span


def _is_hex_noise(value: str) -> bool:
    has_both = re.search(r"\d", value) and re.search(r"[A-Fa-f]", value)
    return bool(has_both) and _bits(value) >= HEX_BITS


def _is_noise(value: str) -> bool:
    """Whether it looks random. In joined words the kind of character changes at the joints only."""
    if not all(re.search(kind, value) for kind in (r"\d", r"[a-z]", r"[A-Z]")):
        return False
    changes = sum(_kind(a) != _kind(b) for a, b in itertools.pairwise(value))
    joints = len(re.findall(r"[/_-]", value))
    is_mixed = changes > 0.4 * len(value) and joints <= len(value) / 8
    return is_mixed and _bits(value) >= OPAQUE_BITS


def _kind(character: str) -> int:
    """Lower case, upper case, digit or other."""
    if character.islower():
        return 0
    return 1 if character.isupper() else 2 if character.isdigit() else 3


def _bits(value: str) -> float:
    """Shannon entropy per character."""
    return -sum(n / len(value) * math.log2(n / len(value)) for n in Counter(value).values())


@cache
def _ordinary() -> frozenset[str]:
    """Words that follow "the password is" and are not the password."""
    return frozenset(Path(__file__).with_name("ordinary.txt").read_text("utf-8").split())


def passwords(text: str) -> Iterator[Span]:
    for pattern in PASSWORDS:
        for start, _, value in group_spans(pattern, text):
            value = value.rstrip(".,?;" if re.search(r"\d", value) else ".,?;!")
            if len(value) >= 3 and not _is_ordinary_word(text, start, value):
                yield Span(start, start + len(value), value)


def _is_ordinary_word(text: str, start: int, value: str) -> bool:
    """Whether it is no secret: "the password is wrong", "the pin is on the table"."""
    end = start + len(value)
    if re.search(r"[\d!@#$%^&*_+=~]", value):
        return COUNTED.match(text, end) is not None
    if value.lower() in _ordinary():
        return True
    # A word alone can be a password; the first word of a longer remark is not.
    rest = text[end : end + 20].lstrip("\"'`”’」』.!?,;)")
    after_sign = re.search(r"[:=]\s{0,2}[\"'`“]?$", text[max(0, start - 4) : start])
    return bool(re.match(r" ?[A-Za-z]", rest)) and not after_sign


def codes(text: str) -> Iterator[Span]:
    for pattern in CODES:
        for start, end, value in group_spans(pattern, text):
            if not COUNTED.match(text, end) and value.lower() not in _ordinary():
                yield Span(start, end, re.sub(r"[ -]", "", value))
