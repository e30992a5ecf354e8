"""Propose facts from the messages that were not read yet. None is released."""

import logging
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from datetime import tzinfo
from typing import NamedTuple

from sqlite_utils import Database

from storage.chats import Chat, all_chats
from storage.database import transaction
from storage.fact_reading import drop_facts_of_chat, is_read, mark_read, unread_messages
from storage.facts import About, NewFact, enter_facts
from storage.messages import Message, messages_from
from twin.clock import zone_of
from twin.config.schema import Config
from twin.memory.extraction.doubt import is_irony
from twin.memory.extraction.statements import statements_in
from twin.privacy.blocked_words import comparable_words, holds_blocked
from twin.privacy.learning import not_learnt, reason_against
from twin.prompting.turns import has_words

log = logging.getLogger(__name__)

READER = "rules"
BATCH = 500  # messages that are read at once
LONGEST_S = 600.0  # of one night; the next one goes on where it was
# So soon after, "just kidding" is meant of what was said.
_TAKEN_BACK_MS = 600_000
_SHORT = 40  # characters of a message that says nothing else
# Groups: who is meant by "about this friend" could be anybody, so they give facts of the owner.
_ABOUT: dict[str, dict[str, About]] = {
    "direct": {"owner": "owner", "peer": "friend"},
    "group": {"owner": "owner"},
}


class Proposed(NamedTuple):
    """How many messages were read and facts found; `done`: no message is left."""

    messages: int
    facts: int
    done: bool


def propose_facts(db: Database, config: Config, longest_s: float = LONGEST_S) -> Proposed:
    """Read new and changed messages of the chats that are learnt from, for so long at most.

    Facts that were proposed from a chat which is not learnt from any more are dropped.
    """
    if not config.memory.enabled or config.memory.extract == "off":
        return Proposed(0, 0, True)
    ends, messages, facts = time.monotonic() + longest_s, 0, 0
    unlearnt = not_learnt(db, config)
    for chat in all_chats(db):
        if reason_against(asdict(chat), config, unlearnt) is not None:
            if is_read(db, chat.id):
                drop_facts_of_chat(db, chat.id, proposed_alone=True)
            continue
        for read, found in _read_chat(db, config, chat):
            messages, facts = messages + read, facts + found
            if time.monotonic() > ends:
                return _told(Proposed(messages, facts, False))
    return _told(Proposed(messages, facts, True))


def _told(proposed: Proposed) -> Proposed:
    log.info("facts: %d messages read, %d proposed", proposed.messages, proposed.facts)
    return proposed


def _read_chat(db: Database, config: Config, chat: Chat) -> Iterator[tuple[int, int]]:
    """Read the chat piece by piece: how many messages, and how many new facts they state."""
    about = _ABOUT.get(chat.kind)
    if about is None:
        return
    words, zone = comparable_words(config.privacy), zone_of(config.schedule)
    while messages := unread_messages(db, chat.id, READER, BATCH):
        usable = [
            message
            for message in messages
            if has_words(message)
            and message.origin in about
            and not holds_blocked(message.text, words)
        ]
        found = _facts_in(db, usable, about, zone)
        with transaction(db):
            # The bot writes meanwhile: what was changed since is read again.
            if unread_messages(db, chat.id, READER, BATCH) != messages:
                continue
            new = enter_facts(db, found)
            mark_read(db, chat.id, READER, messages)
        yield len(messages), new


def _facts_in(
    db: Database, messages: Sequence[Message], about: dict[str, About], zone: tzinfo
) -> list[NewFact]:
    found: list[NewFact] = []
    for message in messages:
        statements = list(statements_in(message.text, message.sent_at, zone))
        if not statements or _is_taken_back(db, message):
            continue
        found += [
            NewFact(
                chat_id=message.chat_id,
                message_id=message.id,
                about=about[message.origin],
                kind=each.kind,
                slot=each.slot,
                value=each.value,
                text=each.text,
                said_at=message.sent_at,
                valid_from=each.valid_from,
                valid_until=each.valid_until,
            )
            for each in statements
        ]
    return found


def _is_taken_back(db: Database, message: Message) -> bool:
    """Whether its sender says right after it that they were joking."""
    after = messages_from(db, message.chat_id, message.sent_at, 6)
    return any(
        other.origin == message.origin
        and other.id != message.id
        and other.sent_at - message.sent_at < _TAKEN_BACK_MS
        and len(other.text) <= _SHORT
        and is_irony(other.text)
        for other in after
    )
