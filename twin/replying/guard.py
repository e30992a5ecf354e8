"""Guard what the twin must leave to its owner: messages on certain topics, replies that leak.

The topics are data, in guard_rules.toml; numbers are recognised by their checksums. Every
repetition in a pattern is bounded, so that any text is checked in linear time.
"""

import re
from asyncio import to_thread
from collections.abc import Callable
from enum import StrEnum
from pathlib import Path

from sqlite_utils import Database

from storage.database import file_of, reading
from storage.quotes import said_elsewhere
from twin.config.schema import Config, PolicySettings
from twin.privacy.checksums import has_card_checksum, ibans, is_identity_card, number_parts
from twin.privacy.readings import readings, wordings
from twin.replying.guard_rules import found_rules, rules_of
from twin.replying.private_notes import tells_private
from twin.replying.second_opinion import ASKED_FOR, meant_topic

LONGEST = 4_000  # characters; longer messages are left to the owner
SECRET_TOPICS = ("verification codes", "passwords", "identity", "bank details")
DIGITS = re.compile(r"\d{4}")
# The card networks' first digits; without them every tenth order number would be a card.
CARD = re.compile(r"[3-6]\d{12,18}|2[2-7]\d{14}")


class FoundKind(StrEnum):
    """What is found by code instead of a rule."""

    LONG = "a very long message"
    ASKED_FOR = ASKED_FOR
    COPIED = "words of another chat"
    PRIVATE = "your persona or a note"
    CARD = "a card number"
    IDENTITY_CARD = "an identity card number"
    ACCOUNT = "a bank account"


def needs_owner(text: str, policy: PolicySettings) -> str | None:
    """The topic that a friend's message leaves to the owner; None when the twin may answer."""
    if not policy.guard:
        return None
    if len(text) > LONGEST:
        return FoundKind.LONG
    return next(found_rules(rules_of("topic"), text), None)


async def seems_for_owner(text: str, policy: PolicySettings) -> str | None:
    """As `needs_owner`, by a sentence model that judges what is meant. Runs in a thread."""
    if not policy.guard or not policy.second_opinion:
        return None
    return await to_thread(meant_topic, text)


async def topic_for_owner(text: str, policy: PolicySettings) -> str | None:
    """By the rules, and where none matches by the sentence model."""
    return needs_owner(text, policy) or await seems_for_owner(text, policy)


def forbidden_in(reply: str, is_copied: Callable[[str], bool]) -> str | None:
    """Why a reply must not be sent; None when it may. `is_copied`: whether it quotes another chat.

    Whether the guard is on is asked by `held_back`.
    """
    if len(reply) > LONGEST:
        return FoundKind.LONG
    texts = list(dict.fromkeys(" ".join(read.text.split()) for read in readings(reply)))
    return (
        next(found_rules(rules_of("reply"), reply), None)
        or next(filter(None, map(_private_number, texts)), None)
        or _secret_topic(reply, texts)
        or (FoundKind.COPIED if any(map(is_copied, wordings(reply))) else None)
    )


def _secret_topic(reply: str, texts: list[str]) -> str | None:
    """A topic that is a secret where numbers stand beside it."""
    if not any(map(DIGITS.search, texts)):
        return None
    topics = found_rules(rules_of("topic"), reply)
    return next((topic for topic in topics if topic in SECRET_TOPICS), None)


def _private_number(text: str) -> str | None:
    for part in number_parts(text):
        if CARD.fullmatch(part.number) and has_card_checksum(part.number):
            return FoundKind.CARD
        if is_identity_card(part.number):
            return FoundKind.IDENTITY_CARD
    return FoundKind.ACCOUNT if any(ibans(text.upper())) else None


async def held_back(config: Config, db: Database, reply: str, chat_id: int | None) -> str | None:
    """Why a reply must not be sent to a chat; None when it may. Without a chat, all are others.

    Runs in a thread: in a large log, looking up common words takes tens of milliseconds.
    """
    if not config.policy.guard:
        return None
    return await to_thread(_forbidden, file_of(db), config.owner.persona, reply, chat_id)


def _forbidden(path: Path, persona: str, reply: str, chat_id: int | None) -> str | None:
    with reading(path) as db:
        reason = forbidden_in(reply, lambda text: said_elsewhere(db, text, chat_id))
        if reason is None and any(
            tells_private(db, persona, words, chat_id) for words in wordings(reply)
        ):
            reason = FoundKind.PRIVATE
        return reason
