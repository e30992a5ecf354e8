"""Index beside the running bot: a process of its own, when nothing else wants the processor.

In a thread of the bot, at that priority, it would hold Python's lock while others wait.
"""

import asyncio
import logging
import subprocess
import sys

from sqlite_utils import Database

from storage.fact_vectors import facts_without_vector
from storage.passages import made_with
from storage.stale_chats import is_any_stale
from storage.unfinished_import import is_unfinished
from twin.child_process import end, process_options
from twin.clock import SYSTEM_CLOCK, Clock
from twin.config.schema import Config
from twin.memory import index
from twin.sentence_model import embeddings_of

log = logging.getLogger(__name__)

# What is not indexed yet is found by its words, and what was just said stands in the prompt.
LOOK_S = 300.0
_GRACE_S = 5.0


def index_command(config: Config) -> list[str]:
    return [sys.executable, "-m", "twin.memory", "--config", str(config.path.resolve())]


def is_wanted(db: Database, config: Config) -> bool:
    """Whether anything is to be indexed now."""
    if not config.memory.enabled or not embeddings_of(config) or is_unfinished(db):
        return False
    is_made_otherwise = made_with(db) != index.made_with(config)
    return is_made_otherwise or is_any_stale(db) or bool(facts_without_vector(db, 1))


async def index_in_background(db: Database, config: Config, clock: Clock = SYSTEM_CLOCK) -> None:
    """Until cancelled, which also ends the process. It keeps what it has done so far."""
    while True:
        await clock.sleep(LOOK_S)
        if is_wanted(db, config):
            await _index(config)


async def _index(config: Config) -> None:
    # It ends by itself when the other end of its stdin is gone: killed, the bot ends nothing.
    options = process_options() | {"stdin": subprocess.PIPE}
    process = await asyncio.create_subprocess_exec(*index_command(config), **options)
    try:
        if await process.wait():
            log.warning("indexing the memory ended with exit code %d", process.returncode)
    finally:
        await end(process, _GRACE_S)
