"""Propose facts from the messages that were not read yet. None is released."""

import logging
import time
from collections.abc import Iterator, Sequence
from datetime import tzinfo
from typing import NamedTuple

from sqlite_utils import Database

from storage.chats import Chat
from storage.database import transaction
from storage.fact_reading import mark_read, unread_messages
from storage.facts import NewFact, enter_facts
from storage.messages import Message
from twin.clock import zone_of
from twin.config.schema import Config
from twin.memory.extraction.sources import chats_to_read, fact_from, is_taken_back, usable
from twin.memory.extraction.statements import statements_in

log = logging.getLogger(__name__)

READER = "rules"
BATCH = 2000  # messages that are read at once
LONGEST_S = 600.0  # of one night; the next one goes on where it was


class Proposed(NamedTuple):
    """How many messages were read and facts found; `done`: no message is left."""

    messages: int
    facts: int
    done: bool


def propose_facts(db: Database, config: Config, longest_s: float = LONGEST_S) -> Proposed:
    """Read new and changed messages of the chats that are learnt from, for so long at most."""
    if not config.memory.enabled or config.memory.extract == "off":
        return Proposed(0, 0, True)
    ends, messages, facts, done = time.monotonic() + longest_s, 0, 0, True
    for read, found in _read(db, config):
        messages, facts = messages + read, facts + found
        if time.monotonic() > ends:
            done = False
            break
    log.info("facts: %d messages read, %d proposed", messages, facts)
    return Proposed(messages, facts, done)


def _read(db: Database, config: Config) -> Iterator[tuple[int, int]]:
    """Piece by piece: how many messages, and how many new facts they state."""
    zone = zone_of(config.schedule)
    for chat in chats_to_read(db, config):
        while messages := unread_messages(db, chat.id, READER, BATCH):
            found = _facts_in(db, usable(messages, chat, config), zone)
            new = enter_read(db, chat, READER, messages, found, BATCH)
            if new is not None:
                yield len(messages), new


def enter_read(
    db: Database,
    chat: Chat,
    reader: str,
    messages: Sequence[Message],
    found: Sequence[NewFact],
    limit: int,
) -> int | None:
    """Store what `reader` found in the next `limit` messages; how many facts were new.

    None: the bot has written meanwhile, and nothing was stored; they are to be read again.
    """
    with transaction(db):
        if unread_messages(db, chat.id, reader, limit) != messages:
            return None
        new = enter_facts(db, found)
        mark_read(db, chat.id, reader, messages)
    return new


def _facts_in(db: Database, messages: Sequence[Message], zone: tzinfo) -> list[NewFact]:
    found: list[NewFact] = []
    for message in messages:
        statements = list(statements_in(message.text, message.sent_at, zone))
        if statements and not is_taken_back(db, message):
            found += [fact_from(message, each, "rules") for each in statements]
    return found
