"""The result of a detector, and what several detectors need."""

import re
from collections.abc import Iterator
from typing import NamedTuple


class Span(NamedTuple):
    """text[start:end], and the value there in its normal form, in which values are compared."""

    start: int
    end: int
    value: str


NEAR = 24  # characters before a number in which a word can name it
# Names of numbers that look like a card or a phone and are neither. Matched at the end only, so
# that the word stands right before the number.
SAYS_HARMLESS = re.compile(
    r"(?:订单|单号|快递|运单|物流|流水|编号|工单|发票|群|qq|扣扣|企鹅|会议|会议id|房间|直播间|条码|货号|型号|序列号|uid|isbn"
    r"|imei|\bsn\b|serial|tracking|order|invoice|ticket|parcel|shipment|case|booking|item|sku|ean|barcode|meeting"
    r"|room|group|user ?id|\bid)"
    r"(?:号|号码|id|no\.?|number|nr\.?|码|是|is|的|[\s:#.=,-]){0,6}$",
    re.IGNORECASE,
)


def is_said_harmless(text: str, start: int) -> bool:
    """Whether the words before name the number as an order's, a group's and so on."""
    return SAYS_HARMLESS.search(text[max(0, start - NEAR) : start]) is not None


def group_spans(pattern: re.Pattern[str], text: str) -> Iterator[Span]:
    """A span for each match: of the pattern's group `value`, or of all where it has none."""
    group: str | int = "value" if "value" in pattern.groupindex else 0
    for match in pattern.finditer(text):
        yield Span(*match.span(group), match[group])
