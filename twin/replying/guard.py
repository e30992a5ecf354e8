"""Guard what the twin must leave to its owner: messages on certain topics, replies that leak.

The topics are data, in guard_rules.toml; numbers are recognised by their checksums. Every
repetition in a pattern is bounded, so that any text is checked in linear time.
"""

import re
import tomllib
import unicodedata
from asyncio import to_thread
from collections.abc import Callable, Iterator
from enum import StrEnum
from functools import cache
from pathlib import Path

from sqlite_utils import Database

from storage.database import file_of, reading
from storage.quotes import said_elsewhere
from twin.config.schema import PolicySettings
from twin.privacy.checksums import has_card_checksum, ibans, is_identity_card, number_parts

RULES = Path(__file__).with_name("guard_rules.toml")
LONGEST = 4_000  # characters; longer messages are left to the owner
SECRET_TOPICS = ("verification codes", "passwords", "identity", "bank details")
DIGITS = re.compile(r"\d{4}")
# The card networks' first digits; without them every tenth order number would be a card.
CARD = re.compile(r"[3-6]\d{12,18}|2[2-7]\d{14}")


class FoundKind(StrEnum):
    """What is found by code instead of a rule."""

    LONG = "a very long message"
    COPIED = "words of another chat"
    CARD = "a card number"
    IDENTITY_CARD = "an identity card number"
    ACCOUNT = "a bank account"


@cache
def _topics() -> tuple[tuple[str, re.Pattern[str]], ...]:
    return _patterns("topic")


@cache
def _reply_rules() -> tuple[tuple[str, re.Pattern[str]], ...]:
    return _patterns("reply")


def _patterns(table: str) -> tuple[tuple[str, re.Pattern[str]], ...]:
    rules = tomllib.loads(RULES.read_text(encoding="utf-8"))[table]
    return tuple(
        (rule["name"], re.compile("|".join(f"(?:{p})" for p in rule["patterns"]))) for rule in rules
    )


def needs_owner(text: str, policy: PolicySettings) -> str | None:
    """The topic that a friend's message leaves to the owner; None when the twin may answer."""
    if not policy.guard:
        return None
    if len(text) > LONGEST:
        return FoundKind.LONG
    return next(_found(_topics(), _plain(text).lower()), None)


def forbidden_in(reply: str, is_copied: Callable[[str], bool]) -> str | None:
    """Why a reply must not be sent; None when it may. `is_copied`: whether it quotes another chat.

    Whether the guard is on is asked by `held_back`.
    """
    if len(reply) > LONGEST:
        return FoundKind.LONG
    plain = _plain(reply)
    reason = next(_found(_reply_rules(), plain.lower()), None) or _private_number(plain)
    if reason is None and DIGITS.search(plain):
        topics = _found(_topics(), plain.lower())
        reason = next((topic for topic in topics if topic in SECRET_TOPICS), None)
    if reason is None and is_copied(reply):
        reason = FoundKind.COPIED
    return reason


def _found(rules: tuple[tuple[str, re.Pattern[str]], ...], text: str) -> Iterator[str]:
    return (name for name, pattern in rules if pattern.search(text))


def _private_number(text: str) -> str | None:
    for part in number_parts(text):
        if CARD.fullmatch(part.number) and has_card_checksum(part.number):
            return FoundKind.CARD
        if is_identity_card(part.number):
            return FoundKind.IDENTITY_CARD
    return FoundKind.ACCOUNT if any(ibans(text.upper())) else None


def _plain(text: str) -> str:
    """Full-width characters as ASCII, one dash and apostrophe, nothing invisible, single spaces."""
    signs = unicodedata.normalize("NFKC", text).replace("’", "'")
    kinds = ((sign, unicodedata.category(sign)) for sign in signs)
    seen = ("-" if kind == "Pd" else sign for sign, kind in kinds if kind != "Cf")
    return " ".join("".join(seen).split())


async def held_back(
    policy: PolicySettings, db: Database, reply: str, chat_id: int | None
) -> str | None:
    """Why a reply must not be sent to a chat; None when it may. Without a chat, all are others.

    Runs in a thread: in a large log, looking up common words takes tens of milliseconds.
    """
    if not policy.guard:
        return None
    return await to_thread(_forbidden, file_of(db), reply, chat_id)


def _forbidden(path: Path, reply: str, chat_id: int | None) -> str | None:
    with reading(path) as db:
        return forbidden_in(reply, lambda text: said_elsewhere(db, text, chat_id))
