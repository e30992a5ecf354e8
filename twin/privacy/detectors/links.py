"""Detect links, and tell those that grant access by themselves."""

import re
from collections.abc import Iterator

from twin.privacy.detectors.span import Span

LINK = re.compile(
    r"(?:https?://|www\.|(?<![\w.])(?:pan|yun|cloud|drive|share)\.[a-z])[\x21\x23-\x26\x28-\x3b\x3d\x3f-\x7e]{4,1000}",
    re.IGNORECASE,
)
TRAILING = ".,;:!?)]}'"
SECRET = re.compile(
    r"[?&#;](?:[a-z_-]{0,20}(?:token|secret|signature|password|passwd|api_?key|access_?key|session_?id))=[^&#\s]{3}"
    r"|[?&#;](?:key|sig|sign|pwd|pass|auth|sid|jwt|otp|psw|ticket|x-amz-credential|passcode)=[^&#\s]{3}"
    r"|://[^/\s:@]{1,100}:[^/\s@]{1,100}@",
    re.IGNORECASE,
)
SHARE = re.compile(
    r"(?:pan\.baidu\.com|yun\.baidu\.com|pan\.quark\.cn|(?:www\.)?(?:aliyundrive|alipan)\.com|[a-z0-9.]{0,20}lanzou[a-z]?\.com|115\.com"
    r"|cloud\.189\.cn|pan\.xunlei\.com|share\.weiyun\.com|caiyun\.139\.com|mega\.nz|(?:www\.)?123pan\.com|dropbox\.com|drive\.google\.com)/\S{6}",
    re.IGNORECASE,
)
EXTRACTION = re.compile(
    r"提取码|访问码|密码|提取密码|extraction code|access code|password|pwd|code", re.IGNORECASE
)


def links(text: str) -> Iterator[Span]:
    """Every link, secret or not."""
    for match in LINK.finditer(text):
        value = match[0].rstrip(TRAILING)
        yield Span(match.start(), match.start() + len(value), value)


def has_share_code(text: str) -> bool:
    """Whether the words around a link hold the code that a shared file asks for."""
    return EXTRACTION.search(text) is not None


def grants_access(link: str, has_code: bool) -> bool:
    """Whether the link holds a secret, or is a shared file whose code stands beside it."""
    return bool(SECRET.search(link)) or (has_code and bool(SHARE.search(link)))
