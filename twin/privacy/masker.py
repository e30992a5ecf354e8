"""Find private values in a text and replace them by placeholders.

Detectors run one after the other, those whose values have a checksum or a fixed form first; what
one has found is hidden from the next. They look at the normalized text, then at what is spelled
apart or in words. See docs/privacy.md for what is found and what is not.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from twin.privacy.detectors.addresses import addresses
from twin.privacy.detectors.contact import emails, phones
from twin.privacy.detectors.documents import (
    bank_accounts,
    bank_cards,
    identity_cards,
    passports,
    plates,
)
from twin.privacy.detectors.links import grants_access, has_share_code, links
from twin.privacy.detectors.secrets import codes, keys, passwords
from twin.privacy.detectors.span import Span
from twin.privacy.normalize import Normalized
from twin.privacy.readings import readings

DETECTORS: tuple[tuple[str, Callable[[str], Iterable[Span]]], ...] = (
    ("KEY", keys),
    ("EMAIL", emails),
    ("IBAN", bank_accounts),
    ("ID_CARD", identity_cards),
    ("BANK_CARD", bank_cards),
    ("PASSPORT", passports),
    ("PLATE", plates),
    ("PASSWORD", passwords),
    ("CODE", codes),
    ("PHONE", phones),
    ("ADDRESS", addresses),
)
KINDS = ("LINK", *(kind for kind, _ in DETECTORS))
PLACEHOLDER = re.compile(rf"\[(?:{'|'.join(KINDS)})_\d{{1,9}}\]")
# Most messages match neither this nor CHINESE_HOUSE_NUMBER, so no detector has to run.
SUSPECT = re.compile(
    r"\d|@|://|www\.|-----BEGIN|密码|口令|暗号|[取请证]码|号[院楼号弄]|pass|pwd|psw|pw|pin|[A-Za-z0-9_-]{20}",
    re.IGNORECASE,
)
CHINESE_HOUSE_NUMBER = re.compile(r"[一二三四五六七八九十百零〇两](?:号|弄|栋|幢)")
HIDDEN = "\0"  # neither a letter nor a space nor a digit, so that no match reaches across


@dataclass(frozen=True, slots=True)
class Finding:
    """A private value at text[start:end]; `value` is its normal form, however it was written."""

    kind: str
    start: int
    end: int
    value: str


def find_private(text: str) -> list[Finding]:
    """Every private value, in the order of the text, without overlaps."""
    found: list[Finding] = []
    taken = bytearray(len(text))
    for read in readings(text):
        new = [each for each in _find(read) if not any(taken[each.start : each.end])]
        for each in new:
            taken[each.start : each.end] = b"\1" * (each.end - each.start)
        found += new
    return sorted(found, key=lambda finding: finding.start)


def _find(read: Normalized) -> list[Finding]:
    """The private values of a text, at their places in the original."""
    if not SUSPECT.search(read.text) and not CHINESE_HOUSE_NUMBER.search(read.text):
        return []
    rest = _hide(read.text, (match.span() for match in PLACEHOLDER.finditer(read.text)))
    found, rest = _secret_links(rest)
    for kind, detector in DETECTORS:
        new = [Finding(kind, *span) for span in _without_overlaps(detector(rest))]
        rest = _hide(rest, ((finding.start, finding.end) for finding in new))
        found += new
    return [Finding(each.kind, *read.original(each.start, each.end), each.value) for each in found]


class Masker:
    """The placeholders of one chat, such as [PHONE_1]: a value has the same in all its messages."""

    def __init__(self) -> None:
        self._placeholders: dict[tuple[str, str], str] = {}
        self._last: dict[str, int] = dict.fromkeys(KINDS, 0)

    def mask(self, text: str) -> str:
        return self.replace(text, find_private(text))

    def replace(self, text: str, findings: Iterable[Finding]) -> str:
        """The text with a placeholder for each of `findings`, which `find_private` found in it."""
        pieces, at = [], 0
        for finding in findings:
            pieces += [text[at : finding.start], self._placeholder(finding)]
            at = finding.end
        return "".join([*pieces, text[at:]])

    def _placeholder(self, finding: Finding) -> str:
        key = finding.kind, finding.value
        if key not in self._placeholders:
            self._last[finding.kind] += 1
            self._placeholders[key] = f"[{finding.kind}_{self._last[finding.kind]}]"
        return self._placeholders[key]


def _secret_links(text: str) -> tuple[list[Finding], str]:
    """The links that grant access, and the text without any link: their numbers are no phones."""
    spans = list(links(text))
    rest = _hide(text, ((span.start, span.end) for span in spans))
    has_code = has_share_code(rest)
    secret = (span for span in spans if grants_access(span.value, has_code))
    return [Finding("LINK", *span) for span in secret], rest


def _without_overlaps(spans: Iterable[Span]) -> Iterator[Span]:
    """In order. Of spans that overlap: the first, then the longest, then the detector's first."""
    end = 0
    for span in sorted(spans, key=lambda span: (span.start, -span.end)):
        if span.start >= end:
            yield span
            end = span.end


def _hide(text: str, places: Iterable[tuple[int, int]]) -> str:
    pieces, at = [], 0
    for start, end in places:
        pieces += [text[at:start], HIDDEN * (end - start)]
        at = end
    return "".join([*pieces, text[at:]])
