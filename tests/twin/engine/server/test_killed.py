"""A server that is killed while it answers fifty friends: nobody is lost, nobody answered twice."""

from pathlib import Path

from tests.twin.engine.server.conftest import MakeEngine
from tests.twin.engine.server.fake_vllm import FakeVllm
from tests.twin.engine.server.killing import BEFORE, FRIENDS, kill_in_the_middle
from tests.twin.fakes import FakeTime


async def test_a_server_with_an_adapter(
    vllm: FakeVllm, make: MakeEngine, adapter: Path, tmp_path: Path, time: FakeTime
) -> None:
    engine = make(vllm.url)
    await engine.start(adapter.name, adapter)
    vllm.writes_at_most = BEFORE

    async def kill() -> None:
        while len(vllm.asked) <= BEFORE:  # it shall be writing to others, too
            vllm.is_asked.clear()
            await vllm.is_asked.wait()
        await vllm.die()

    async def start() -> None:
        vllm.writes_at_most = 999
        vllm.gate.set()
        await vllm.start()

    bot = await kill_in_the_middle(tmp_path / "bot", time, engine, kill, start)
    assert len(bot.connector.sent) == FRIENDS
    assert all(text.endswith(f"a1:I am {friend}") for friend, text in bot.connector.sent)
