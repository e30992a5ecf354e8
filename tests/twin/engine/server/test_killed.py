"""A server that is killed while it answers fifty friends: nobody is lost, nobody answered twice."""

import asyncio
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import cast

from tests.registry import enter_adapter
from tests.twin.driver import Bot
from tests.twin.engine.server.conftest import MakeEngine
from tests.twin.engine.server.fake_vllm import FakeVllm
from tests.twin.fakes import FakeEngine, FakeTime, chat_with
from twin.replying.answers import AGAIN_S

FRIENDS, BEFORE = 50, 20


async def test_killed_in_the_middle_of_fifty_replies(
    vllm: FakeVllm, make: MakeEngine, adapter: Path, tmp_path: Path, time: FakeTime
) -> None:
    engine = make(vllm.url)
    await engine.start(adapter.name, adapter)
    bot = Bot(tmp_path / "bot", time, engine=cast(FakeEngine, engine), policy={"max_per_day": 999})
    enter_adapter(bot.db, adapter.name)
    friends = [f"friend-{number}" for number in range(FRIENDS)]
    for friend in friends:
        chat_with(bot.db, friend)
        await bot.receive(f"I am {friend}", friend=friend)
    vllm.writes_at_most = BEFORE
    await _go_on(time, lambda: len(bot.connector.sent) == BEFORE)
    assert len(vllm.asked) > BEFORE  # it writes to others, too
    await vllm.die()
    ended = time.seconds + 3 * AGAIN_S
    await _go_on(time, lambda: time.seconds > ended)
    assert (len(bot.connector.sent), len(bot.reasons())) == (BEFORE, BEFORE)
    vllm.writes_at_most = 999
    vllm.gate.set()
    await vllm.start()
    await _go_on(time, lambda: len(bot.connector.sent) == FRIENDS)
    ended = time.seconds + 3 * AGAIN_S
    await _go_on(time, lambda: time.seconds > ended)
    assert Counter(friend for friend, _ in bot.connector.sent) == dict.fromkeys(friends, 1)
    assert all(text.endswith(f"a1:I am {friend}") for friend, text in bot.connector.sent)
    assert bot.reasons() == ["answered"] * FRIENDS
    await bot.replies.stop()


async def _go_on(time: FakeTime, is_done: Callable[[], bool]) -> None:
    """The bot's clock goes on, and the server has time to answer."""
    for _ in range(2000):
        if is_done():
            return
        await time.advance(3)
        await asyncio.sleep(0.002)
    assert is_done()
