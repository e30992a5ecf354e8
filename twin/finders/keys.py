"""Keys and tokens of services: by their beginnings, or because they look like nothing else."""

import itertools
import math
import re
from collections import Counter
from collections.abc import Iterator

from twin.finders.span import Span, group_spans

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
# Bits a sign: hexadecimal noise of that length has 3.6, base64 4.5.
HEX_BITS, OPAQUE_BITS = 3.0, 4.0


def keys(text: str) -> Iterator[Span]:
    for pattern in KNOWN:
        yield from group_spans(pattern, text)
    yield from (span for span in _unnamed(HEX, text) if _is_hex_noise(span.value))
    yield from (span for span in _unnamed(OPAQUE, text) if _is_noise(span.value))


def _unnamed(pattern: re.Pattern[str], text: str) -> Iterator[Span]:
    """What is not said to be a checksum, which opens nothing."""
    for span in group_spans(pattern, text):
        if not SAYS_HASH.search(text[max(0, span.start - 16) : span.start]):
            yield span


def _is_hex_noise(value: str) -> bool:
    has_both = re.search(r"\d", value) and re.search(r"[A-Fa-f]", value)
    return bool(has_both) and _bits(value) >= HEX_BITS


def _is_noise(value: str) -> bool:
    """Drawn by a machine. Words joined by signs change their kind at the joints alone."""
    if not all(re.search(kind, value) for kind in (r"\d", r"[a-z]", r"[A-Z]")):
        return False
    changes = sum(_kind(a) != _kind(b) for a, b in itertools.pairwise(value))
    joints = len(re.findall(r"[/_-]", value))
    is_mixed = changes > 0.4 * len(value) and joints <= len(value) / 8
    return is_mixed and _bits(value) >= OPAQUE_BITS


def _kind(sign: str) -> int:
    return 0 if sign.islower() else 1 if sign.isupper() else 2 if sign.isdigit() else 3


def _bits(value: str) -> float:
    return -sum(n / len(value) * math.log2(n / len(value)) for n in Counter(value).values())
