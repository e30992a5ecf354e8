"""The guard beside the event loop: in a large log its look takes a while."""

import asyncio
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlite_utils import Database

from storage.database import file_of, open_database, reading
from storage.messages import NewMessage, log_message
from storage.preferences import pause_all
from storage.quotes import said_elsewhere
from tests.twin.disguises import disguises
from tests.twin.driver import Bot
from tests.twin.fakes import chat_with, run_tasks
from twin.replying import guard

SECRET = "my sister is in the clinic again and nobody else knows about it so far"


async def test_it_looks_in_another_thread_while_the_loop_writes(
    bot: Bot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(guard, "to_thread", asyncio.to_thread)
    threads: list[threading.Thread] = []
    looked = said_elsewhere

    def look(db: Database, text: str, chat_id: int | None) -> bool:
        threads.append(threading.current_thread())
        return looked(db, text, chat_id)

    monkeypatch.setattr(guard, "said_elsewhere", look)
    ben = chat_with(bot.db, "ben")
    log_message(bot.db, NewMessage(ben.id, "peer", SECRET, 1))
    bot.db.execute("BEGIN IMMEDIATE")
    assert await guard.held_back(bot.config, bot.db, SECRET, bot.chat.id) == "words of another chat"
    assert await guard.held_back(bot.config, bot.db, SECRET, ben.id) is None
    bot.db.execute("COMMIT")
    assert threading.main_thread() not in threads
    assert len(threads) == 2


@pytest.mark.parametrize("how", ["spelled with stars", "Cyrillic", "soft hyphen between letters"])
async def test_words_of_another_chat_are_known_however_they_are_written(bot: Bot, how: str) -> None:
    ben = chat_with(bot.db, "ben")
    log_message(bot.db, NewMessage(ben.id, "peer", SECRET, 1))
    reply = disguises()[how](SECRET)
    assert await guard.held_back(bot.config, bot.db, reply, bot.chat.id) == "words of another chat"


class Slow:
    """A look that lasts until it is let go."""

    def __init__(self) -> None:
        self.begun, self.done = asyncio.Event(), asyncio.Event()

    async def __call__(self, call: Callable[..., Any], *arguments: object) -> Any:
        self.begun.set()
        await self.done.wait()
        return call(*arguments)


@pytest.fixture
def slow(monkeypatch: pytest.MonkeyPatch) -> Slow:
    slow = Slow()
    monkeypatch.setattr(guard, "to_thread", slow)
    return slow


async def ask(bot: Bot, slow: Slow) -> None:
    await bot.receive("hi")
    await bot.time.advance(10)
    assert slow.begun.is_set()


async def test_who_takes_over_meanwhile_stops_the_reply(bot: Bot, slow: Slow) -> None:
    await ask(bot, slow)
    await bot.receive("I am here", from_owner=True)
    slow.done.set()
    await bot.time.advance(60)
    assert bot.connector.sent == []
    assert bot.states() == []
    assert bot.reasons() == ["the owner answered"]


async def test_who_pauses_all_meanwhile_stops_the_reply(bot: Bot, slow: Slow) -> None:
    await ask(bot, slow)
    pause_all(bot.db)
    slow.done.set()
    await bot.time.advance(60)
    assert bot.connector.sent == []
    assert bot.states() == []
    assert bot.reasons() == ["everything is paused"]


async def test_an_end_of_the_bot_meanwhile_leaves_the_burst_open(bot: Bot, slow: Slow) -> None:
    await ask(bot, slow)
    await bot.replies.stop()
    slow.done.set()
    await run_tasks()
    assert bot.reasons() == bot.states() == []


def test_a_folder_with_odd_signs_is_found(tmp_path: Path) -> None:
    db = open_database(tmp_path / "a #1? 100%" / "twin.db")
    with reading(file_of(db)) as again:
        assert again.execute("SELECT COUNT(*) FROM chats").fetchone()[0] == 0
