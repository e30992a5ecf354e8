"""Find numbers in a text that may be cards or accounts, and verify their checksums.

The guard and the masker look at the same numbers; each decides for itself what is a card. Checksums
by python-stdnum: Luhn (ISO/IEC 7812), IBAN (ISO 13616), Chinese identity cards (GB 11643).
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from stdnum import iban, luhn
from stdnum.cn import ric
from stdnum.exceptions import ValidationError

# Digits with single separators between them: cards, identity cards, and what stands beside them.
NUMBERS = re.compile(r"(?<!\d)\d(?:[ ./-]?\d){11,40}x?", re.IGNORECASE)
GROUP = re.compile(r"\d{3,19}x?", re.IGNORECASE)
# A lookahead, because one match would swallow the beginning of the next.
IBAN = re.compile(r"(?<![A-Z0-9])(?=([A-Z]{2}\d{2}(?:[ /-]?[A-Z0-9]){11,30}))")
BETWEEN = re.compile(r"[ ./-]")


@dataclass(frozen=True, slots=True)
class NumberPart:
    """text[start:end] without its separators."""

    start: int
    end: int
    number: str


def number_parts(text: str) -> Iterator[NumberPart]:
    """Each run of digits and separators, and each part of it between two separators."""
    for match in NUMBERS.finditer(text):
        run = match[0].upper()
        if run.count(".") != 1:  # one dot alone is a decimal point
            yield NumberPart(match.start(), match.end(), BETWEEN.sub("", run))
        groups = list(GROUP.finditer(run))
        for first in range(len(groups)):
            for last in range(first + 1, len(groups) + 1):
                yield NumberPart(
                    match.start() + groups[first].start(),
                    match.start() + groups[last - 1].end(),
                    "".join(group[0] for group in groups[first:last]),
                )


def has_card_checksum(number: str) -> bool:
    return bool(luhn.is_valid(number))


def has_identity_checksum(number: str) -> bool:
    """As `is_identity_card`, whatever the county is: stdnum refuses the cards of people who were
    born before their county was founded.
    """
    if not re.fullmatch(r"[1-9]\d{16}[\dX]", number, re.ASCII):
        return False
    try:
        ric.get_birth_date(number)
    except ValidationError:
        return False
    return bool(ric.calc_check_digit(number) == number[-1])


def is_identity_card(number: str) -> bool:
    return len(number) == 18 and bool(ric.is_valid(number))


def ibans(upper: str) -> Iterator[NumberPart]:
    """The bank accounts in an upper-case text."""
    for match in IBAN.finditer(upper):
        # The next word may follow without a mark: the country and the checksum tell the length.
        compact = BETWEEN.sub("", match[1])
        size = next((n for n in range(15, len(compact) + 1) if iban.is_valid(compact[:n])), None)
        if size is not None:
            end = match.start() + _length_of(match[1], size)
            yield NumberPart(match.start(), end, compact[:size])


def _length_of(spaced: str, size: int) -> int:
    """The number of characters that hold the first `size` that are no separators."""
    seen = 0
    for at, character in enumerate(spaced):
        seen += not BETWEEN.match(character)
        if seen == size:
            return at + 1
    return len(spaced)
