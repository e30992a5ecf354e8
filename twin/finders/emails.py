"""Addresses of e-mail."""

import re
from collections.abc import Iterator

from twin.finders.span import Span

EMAIL = re.compile(
    r"(?<![A-Za-z0-9._%+-])[A-Za-z0-9][A-Za-z0-9._%+-]{0,63}(?:@| @ )"
    r"(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61})\.){1,5}[A-Za-z]{2,18}(?![A-Za-z0-9])"
)


def emails(text: str) -> Iterator[Span]:
    for match in EMAIL.finditer(text):
        yield Span(*match.span(), match[0].replace(" ", "").lower())
