"""Fifty friends write, and the server that answers is killed in the middle."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import cast

from tests.registry import enter_adapter
from tests.twin.driver import Bot
from tests.twin.fakes import FakeEngine, FakeTime, chat_with
from twin.engine.base import Engine, Reply
from twin.prompting.chat_template import Turn
from twin.replying.answers import AGAIN_S

FRIENDS, BEFORE = 50, 20


async def kill_in_the_middle(
    folder: Path,
    time: FakeTime,
    engine: Engine,
    kill: Callable[[], Awaitable[None]],
    start: Callable[[], Awaitable[None]],
) -> Bot:
    """Each friend is answered once, and none while the server is dead. The bot, to look at."""
    watched = _Watched(engine, kill)
    bot = Bot(folder, time, engine=cast(FakeEngine, watched), policy={"max_per_day": 999})
    if engine.adapter is not None:
        enter_adapter(bot.db, engine.adapter)
    friends = [f"friend-{number}" for number in range(FRIENDS)]
    for friend in friends:
        chat_with(bot.db, friend)
        await bot.receive(f"I am {friend}", friend=friend)
    await _go_on(bot, lambda: watched.killing is not None and watched.killing.done())
    assert watched.killing is not None
    watched.killing.result()
    await _go_on(bot, _after(time, 3 * AGAIN_S))
    assert BEFORE <= len(bot.reasons()) < FRIENDS
    await start()
    await _go_on(bot, lambda: len(bot.reasons()) == FRIENDS)
    await _go_on(bot, _after(time, 6 * AGAIN_S))
    answered = bot.db.execute("SELECT COUNT(*), COUNT(DISTINCT chat_id) FROM decisions").fetchone()
    assert answered == (FRIENDS, FRIENDS)
    assert bot.reasons() == ["answered"] * FRIENDS
    assert {friend for friend, _ in bot.connector.sent} == set(friends)
    assert set(bot.states()) == {"sent"}
    await bot.replies.stop()
    return bot


class _Watched:
    """The engine, as far as replies need it. `busy`: how many are being made. After `BEFORE` of
    them the server is killed.
    """

    def __init__(self, engine: Engine, kill: Callable[[], Awaitable[None]]) -> None:
        self._engine, self._kill = engine, kill
        self.busy = self._made = 0
        self.killing: asyncio.Future[None] | None = None

    @property
    def adapter(self) -> str | None:
        return self._engine.adapter

    async def reply(self, turns: Sequence[Turn]) -> Reply:
        self.busy += 1
        try:
            reply = await self._engine.reply(turns)
        finally:
            self.busy -= 1
        self._made += 1
        if self._made == BEFORE:
            self.killing = asyncio.ensure_future(self._kill())
        return reply


def _after(time: FakeTime, seconds: float) -> Callable[[], bool]:
    ended = time.seconds + seconds
    return lambda: time.seconds > ended


async def _go_on(bot: Bot, is_done: Callable[[], bool]) -> None:
    """The bot's clock goes on, slowly while the server writes: friends wait ten minutes at most."""
    watched = cast(_Watched, bot.engine)
    for _ in range(4000):
        if is_done():
            return
        await bot.time.advance(0.1 if watched.busy else 1)
        await asyncio.sleep(0.005)
    assert is_done()
