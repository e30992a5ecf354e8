"""A server's model as the judge asks it, beside the bot that answers by the same server."""

import asyncio
from pathlib import Path

import pytest

from storage.errors import TwinError
from tests.twin.engine.server.conftest import MakeEngine, asks
from tests.twin.engine.server.fake_vllm import FakeVllm
from twin.config.schema import Config
from twin.engine.server.served_model import ServedModel
from twin.prompting.chat_template import Turn


async def test_judge_and_bot_unload_only_what_is_theirs(
    vllm: FakeVllm, make: MakeEngine, config: Config, adapter: Path
) -> None:
    bot = make(vllm.url)
    await bot.start("a1", adapter)
    [of_bot] = vllm.loaded
    left = of_bot.replace("-a1", "-judged-of-a-killed-night")
    vllm.loaded[left] = "/gone"
    model = await asyncio.to_thread(ServedModel, asks(config, vllm.url), adapter)
    of_judge = of_bot.replace("-a1", "-judged-a1")
    assert vllm.loaded.keys() == {of_bot, of_judge}
    batch: list[list[Turn]] = [[{"role": "user", "content": text}] for text in ("hi", "you?")]
    replies = await asyncio.to_thread(model.generate, batch, 50, 0.0, 1.0, 7)
    assert [reply.text for reply in replies] == [f"{of_judge}:hi", f"{of_judge}:you?"]
    assert [body["seed"] for body in vllm.asked] == [7, 8]
    again = make(vllm.url)
    await again.start("a1", adapter)  # a bot that starts while it is judged
    assert vllm.loaded.keys() == {of_bot, of_judge}
    await asyncio.to_thread(model.close)
    assert vllm.loaded.keys() == {of_bot}


async def test_what_cant_be_brought_there_is_told_at_once(
    vllm: FakeVllm, config: Config, adapter: Path
) -> None:
    with pytest.raises(TwinError, match="finds no adapter"):
        await asyncio.to_thread(
            ServedModel, asks(config, vllm.url, adapters_at="/not/there"), adapter
        )
    await vllm.die()
    with pytest.raises(TwinError, match="can't be reached"):
        await asyncio.to_thread(ServedModel, asks(config, vllm.url), None)
