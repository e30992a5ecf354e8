"""What a twin must not deal with by itself: messages that are the owner's, replies that leak.

The topics are data, in guard_rules.toml; the kinds of numbers are checked by their checksums.
"""

import re
import tomllib
import unicodedata
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

from stdnum import iban, luhn
from stdnum.cn import ric

RULES = Path(__file__).with_name("guard_rules.toml")
LONGEST = 4_000  # characters looked at; a message this long is the owner's anyway
CONTROL = re.compile(
    r"<\|[^|<>]{1,40}\|?>|</?s>|<unk>|<pad>|<(start|end)_of_turn>|</?think>|"
    r"\[/?inst\]|<</?sys>>|reserved_\d",
    re.IGNORECASE,
)
# Digits with single spaces or dashes between them; the lengths of cards and identity cards.
NUMBER = re.compile(r"(?<![\dA-Za-z])\d(?:[ -]?\d){11,18}[xX]?(?![\dA-Za-z])")
IBAN = re.compile(r"\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{1,4}){3,8}\b")
SECRET_TOPICS = {"verification codes", "passwords", "identity", "bank details"}
DIGITS = re.compile(r"\d{4,}")
SAID_SECRET = re.compile(
    r"\b(password|passcode|passphrase|pin) ?(is|:) ?\S|\bcode ?(is|:) ?\w*\d|密码 ?(是|:|为) ?\S"
)


@cache
def _topics() -> tuple[tuple[str, re.Pattern[str]], ...]:
    rules = tomllib.loads(RULES.read_text(encoding="utf-8"))["topic"]
    return tuple(
        (rule["name"], re.compile("|".join(f"(?:{p})" for p in rule["patterns"]))) for rule in rules
    )


def needs_owner(text: str) -> str | None:
    """The topic of a friend's words that is the owner's alone; None when the twin may answer."""
    if len(text) > LONGEST:
        return "a very long message"
    plain = _plain(text).lower()
    return next((name for name, pattern in _topics() if pattern.search(plain)), None)


def forbidden_in(reply: str, is_copied: Callable[[str], bool]) -> str | None:
    """Why a reply must not be sent; None when it may. `is_copied`: it quotes another chat."""
    plain = _plain(reply)
    if CONTROL.search(plain):
        return "a control token"
    if any(luhn.is_valid(digits) for digits in _numbers(plain) if 13 <= len(digits) <= 19):
        return "a card number"
    if any(ric.is_valid(digits.upper()) for digits in _numbers(plain)):
        return "an identity card number"
    if any(iban.is_valid(match.group()) for match in IBAN.finditer(plain)):
        return "a bank account"
    topic = needs_owner(reply)
    if SAID_SECRET.search(plain.lower()) or (topic in SECRET_TOPICS and DIGITS.search(plain)):
        return topic if topic in SECRET_TOPICS else "a secret"
    return "words of another chat" if is_copied(reply) else None


def _numbers(text: str) -> Iterator[str]:
    for match in NUMBER.finditer(text):
        yield match.group().replace(" ", "").replace("-", "")


def _plain(text: str) -> str:
    """Full-width signs as plain ones, one space between words."""
    return " ".join(unicodedata.normalize("NFKC", text).replace("’", "'").split())
