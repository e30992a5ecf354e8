"""Private values in a text, and placeholders for them.

The kinds are looked for one after the other, what proves itself first; what one has taken, the
next can't see. See docs/privacy.md for what is found and what is not.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from twin.privacy.detectors.addresses import places
from twin.privacy.detectors.contact import emails, phones
from twin.privacy.detectors.documents import (
    bank_accounts,
    bank_cards,
    identity_cards,
    passports,
    plates,
)
from twin.privacy.detectors.links import links, opens_something, says_code
from twin.privacy.detectors.secrets import codes, keys, passwords
from twin.privacy.detectors.span import Span
from twin.privacy.normalize import fold

FINDERS: tuple[tuple[str, Callable[[str], Iterable[Span]]], ...] = (
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
    ("ADDRESS", places),
)
KINDS = ("LINK", *(kind for kind, _ in FINDERS))
PLACEHOLDER = re.compile(rf"\[(?:{'|'.join(KINDS)})_\d{{1,9}}\]")
# Most messages hold nothing of this, and are done.
SUSPECT = re.compile(
    r"\d|@|://|www\.|-----BEGIN|密码|口令|暗号|[取请证]码|号[院楼号弄]|pass|pwd|psw|pw|pin|[A-Za-z0-9_-]{20}",
    re.IGNORECASE,
)
CHINESE_DOOR = re.compile(r"[一二三四五六七八九十百零〇两](?:号|弄|栋|幢)")
TAKEN = "\0"  # neither a letter nor a space nor a digit, so that nothing reaches across


@dataclass(frozen=True, slots=True)
class Finding:
    """A private value: `value` is the same however it was written, the place is in the text."""

    kind: str
    start: int
    end: int
    value: str


def find(text: str) -> list[Finding]:
    """Every private value, in the order of the text."""
    folded = fold(text)
    if not SUSPECT.search(folded) and not CHINESE_DOOR.search(folded):
        return []
    rest = _without(folded, (match.span() for match in PLACEHOLDER.finditer(folded)))
    found, rest = _secret_links(rest)
    for kind, finder in FINDERS:
        taken = [Finding(kind, *span) for span in _apart(finder(rest))]
        rest = _without(rest, ((finding.start, finding.end) for finding in taken))
        found += taken
    return sorted(found, key=lambda finding: finding.start)


class Masker:
    """The placeholders of one chat: a value keeps its own for as long as the chat goes on."""

    def __init__(self) -> None:
        self._placeholders: dict[tuple[str, str], str] = {}
        self._last: dict[str, int] = dict.fromkeys(KINDS, 0)

    def mask(self, text: str) -> str:
        return self.replace(text, find(text))

    def replace(self, text: str, findings: Iterable[Finding]) -> str:
        """The text with a placeholder for each of these, which were found in it."""
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
    """The links that open something, and the text without any link: their numbers are no phones."""
    spans = list(links(text))
    rest = _without(text, ((span.start, span.end) for span in spans))
    has_code = says_code(rest)
    opening = (span for span in spans if opens_something(span.value, has_code))
    return [Finding("LINK", *span) for span in opening], rest


def _apart(spans: Iterable[Span]) -> Iterator[Span]:
    """In order. Of spans that overlap: the first, the longest, the finder's first."""
    end = 0
    for span in sorted(spans, key=lambda span: (span.start, -span.end)):
        if span.start >= end:
            yield span
            end = span.end


def _without(text: str, places: Iterable[tuple[int, int]]) -> str:
    pieces, at = [], 0
    for start, end in places:
        pieces += [text[at:start], TAKEN * (end - start)]
        at = end
    return "".join([*pieces, text[at:]])
