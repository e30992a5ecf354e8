"""What a finder tells: a place and the value there, in the one form in which it is compared."""

import re
from collections.abc import Iterator
from typing import NamedTuple


class Span(NamedTuple):
    start: int
    end: int
    value: str


NEAR = 24  # characters before a number in which a word says what it is
# What a number is that looks like a card or a phone and is neither. At the end: the word stands
# right before the number.
SAYS_HARMLESS = re.compile(
    r"(?:订单|单号|快递|运单|物流|流水|编号|工单|发票|群|qq|扣扣|企鹅|会议|会议id|房间|直播间|条码|货号|型号|序列号|uid|isbn"
    r"|imei|\bsn\b|serial|tracking|order|invoice|ticket|parcel|shipment|case|booking|item|sku|ean|barcode|meeting"
    r"|room|group|user ?id|\bid)"
    r"(?:号|号码|id|no\.?|number|nr\.?|码|是|is|的|[\s:#.=,-]){0,6}$",
    re.IGNORECASE,
)


def is_said_harmless(text: str, start: int) -> bool:
    """Whether the words before say that the number is an order's, a group's and so on."""
    return SAYS_HARMLESS.search(text[max(0, start - NEAR) : start]) is not None


def group_spans(pattern: re.Pattern[str], text: str) -> Iterator[Span]:
    """Where the pattern's group `value` stands, or all of the match if it has none."""
    group: str | int = "value" if "value" in pattern.groupindex else 0
    for match in pattern.finditer(text):
        yield Span(*match.span(group), match[group])
