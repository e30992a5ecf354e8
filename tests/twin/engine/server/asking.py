"""Ask an engine, and wait for what happens at a server."""

import asyncio
from collections.abc import Callable

from tests.twin.engine.server.fake_vllm import FakeVllm
from twin.engine.base import Engine, Limits, Reply
from twin.prompting.chat_template import Turn


def turns(text: str) -> list[Turn]:
    return [{"role": "system", "content": "be Sam"}, {"role": "user", "content": text}]


async def said(engine: Engine, text: str = "hi") -> str:
    return (await engine.reply(turns(text))).text


def ask(engine: Engine, text: str, limits: Limits | None = None) -> asyncio.Task[Reply]:
    return asyncio.create_task(engine.reply(turns(text), limits))


async def writing(server: FakeVllm, engine: Engine, text: str) -> asyncio.Task[Reply]:
    """A reply that the server is writing, until its gate is opened."""
    server.gate.clear()
    reply = ask(engine, text)
    await server.is_asked.wait()
    return reply


async def until(is_so: Callable[[], bool]) -> None:
    for _ in range(1000):
        if is_so():
            return
        await asyncio.sleep(0.002)
    assert is_so()
