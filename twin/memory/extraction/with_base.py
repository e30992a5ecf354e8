"""Propose facts with the base model's help, where it is able to."""

import logging
import math
import time
from asyncio import to_thread
from collections.abc import Iterator
from contextlib import contextmanager

from sqlite_utils import Database

from storage.chats import Chat
from storage.database import open_database
from storage.errors import TwinError
from storage.fact_reading import begin_reading, unread_messages
from storage.facts import NewFact
from storage.messages import Message
from twin.clock import zone_of
from twin.config.schema import Config
from twin.engine.base import Engine
from twin.engine.base_fingerprint import tensors, weight_files
from twin.engine.base_models import local_base
from twin.memory.extraction.asking import NEEDED, PROBE, ask, right_answers
from twin.memory.extraction.propose import Proposed, enter_read
from twin.memory.extraction.sources import chats_to_read, fact_from, is_taken_back, usable
from twin.memory.extraction.statements import statements_in

log = logging.getLogger(__name__)

READER = "base"
BATCH = 20  # messages that are read at once
NEWEST = 200  # of a chat that the base begins to read: each takes it a second or more
LEAST_PARAMETERS = 10**9  # smaller ones copy the examples of the task, or invent
WORTH_ASKING = range(12, 300)  # characters
LONGEST_S = 900.0  # of one night


async def propose_with_base(
    config: Config, engine: Engine, longest_s: float = LONGEST_S
) -> Proposed:
    """Let the base read what the rules found nothing in, for so long at most.

    It is asked with no adapter, behind friends' messages. Whether it is able to is tried first,
    with messages whose facts are known; the log says why it is not asked.
    """
    if not config.memory.enabled or config.memory.extract != "auto":
        return Proposed(0, 0, True)
    try:
        why_not = await to_thread(_too_small, config) or await _unable(engine)
        if why_not is None:
            return await _read(config, engine, longest_s)
        log.info("facts: the base is not asked: %s", why_not)
    except TwinError as error:
        log.warning("facts: the base was not asked on: %s", error)
    finally:
        engine.unload_other()
    return Proposed(0, 0, True)


def _too_small(config: Config) -> str | None:
    """A sentence if its weights are on this machine and too few."""
    folder = local_base(config)
    if folder is None:
        return None
    shapes = (each["shape"] for path in weight_files(folder) for each in tensors(path).values())
    parameters = sum(math.prod(shape) for shape in shapes)
    if parameters >= LEAST_PARAMETERS:
        return None
    needed = LEAST_PARAMETERS / 1e6
    return f"it has {parameters / 1e6:.0f} million parameters, and {needed:.0f} are needed"


async def _unable(engine: Engine) -> str | None:
    right = await right_answers(engine)
    if right >= NEEDED:
        return None
    return f"it answered {right} of {len(PROBE)} known questions rightly, and {NEEDED} are needed"


async def _read(config: Config, engine: Engine, longest_s: float) -> Proposed:
    ends, messages, facts, done = time.monotonic() + longest_s, 0, 0, True
    with _own_connection(config) as db:
        for chat in await to_thread(lambda: list(chats_to_read(db, config))):
            while done and (unread := await to_thread(_unread, db, chat)):
                found: list[NewFact] = []
                for message in await to_thread(_worth_asking, db, config, chat, unread):
                    stated = await ask(engine, message.text, message.sent_at)
                    found += [fact_from(message, each, "base") for each in stated]
                new = await to_thread(enter_read, db, chat, READER, unread, found, BATCH)
                if new is not None:
                    messages, facts = messages + len(unread), facts + new
                done = time.monotonic() <= ends
    log.info("facts: the base read %d messages, %d proposed", messages, facts)
    return Proposed(messages, facts, done)


@contextmanager
def _own_connection(config: Config) -> Iterator[Database]:
    """For other threads: what is read may take longer than the event loop can wait."""
    db = open_database(config.database, create=False)
    try:
        yield db
    finally:
        db.close()


def _unread(db: Database, chat: Chat) -> list[Message]:
    begin_reading(db, chat.id, READER, NEWEST)
    return unread_messages(db, chat.id, READER, BATCH)


def _worth_asking(db: Database, config: Config, chat: Chat, unread: list[Message]) -> list[Message]:
    """Those of the messages that may state what the rules do not find."""
    zone = zone_of(config.schedule)
    return [
        message
        for message in usable(unread, chat, config)
        if len(message.text) in WORTH_ASKING
        and not any(True for _ in statements_in(message.text, message.sent_at, zone))
        and not is_taken_back(db, message)
    ]
