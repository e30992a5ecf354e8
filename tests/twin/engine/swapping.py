"""Chats that go on while the live adapter is swapped."""

import asyncio
import itertools
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from twin.config.schema import Config
from twin.engine.base import Engine
from twin.engine.model import load_torch_model
from twin.prompting.chat_template import Turn

MESSAGES = ("hello there", "how are you today?", "see you tomorrow :)", "你好，在吗", "what now")

ROUNDS_BEFORE = 5
Expected = dict[str | None, dict[str, str]]  # by adapter and message


@dataclass(slots=True)
class SwapResult:
    """`wrong`: replies that differ from what their adapter says alone; times in seconds."""

    asked: int = 0
    answered: int = 0
    wrong: list[tuple[str | None, str, str]] = field(default_factory=list)
    by_adapter: dict[str | None, int] = field(default_factory=dict)
    swaps: list[float] = field(default_factory=list)
    replies: list[float] = field(default_factory=list)
    before: list[float] = field(default_factory=list)  # the replies before the first swap
    replied: asyncio.Event = field(default_factory=asyncio.Event)

    async def wait_for(self, answered: int) -> None:
        while self.answered < answered:
            self.replied.clear()
            await self.replied.wait()


async def chat_through_swaps(
    engine: Engine,
    expected: Expected,
    adapters: Sequence[Path | None],
    swaps: int,
    chats: int,
) -> SwapResult:
    """Greedy replies in every chat, one after the other, until all swaps are done.

    `engine` is started here, and stopped.
    """
    result, over = SwapResult(), asyncio.Event()
    await engine.start(_name(adapters[0]), adapters[0])
    tasks = [
        asyncio.create_task(_chat(engine, result, expected, number, over))
        for number in range(chats)
    ]
    await result.wait_for(ROUNDS_BEFORE * chats)
    result.before = list(result.replies)
    for path in itertools.islice(itertools.cycle([*adapters[1:], adapters[0]]), swaps):
        answered = result.answered
        started = time.perf_counter()
        await engine.load(_name(path), path)
        result.swaps.append(time.perf_counter() - started)
        await result.wait_for(answered + chats)  # each adapter answers
    over.set()
    await asyncio.gather(*tasks)
    await engine.stop()
    return result


async def _chat(
    engine: Engine,
    result: SwapResult,
    expected: Expected,
    number: int,
    over: asyncio.Event,
) -> None:
    for text in itertools.cycle(MESSAGES[number % 5 :] + MESSAGES[: number % 5]):
        if over.is_set():
            return
        adapter = engine.adapter
        result.asked += 1
        started = time.perf_counter()
        reply = await engine.reply(_turns(text))
        result.replies.append(time.perf_counter() - started)
        result.answered += 1
        result.replied.set()
        result.by_adapter[adapter] = result.by_adapter.get(adapter, 0) + 1
        if reply.text != expected[adapter][text]:
            result.wrong.append((adapter, text, reply.text))


def alone(config: Config, adapters: Sequence[Path | None]) -> Expected:
    """What torch says with each adapter, to each message by itself."""
    models = {_name(path): load_torch_model(config, path) for path in adapters}
    return {
        name: {
            text: model.generate([_turns(text)], config.reply.max_tokens, 0.0, 1.0)[0].text
            for text in MESSAGES
        }
        for name, model in models.items()
    }


async def alone_by(engine: Engine, adapters: Sequence[Path | None]) -> Expected:
    """What a started engine says with each adapter, when nobody else asks."""
    expected: Expected = {}
    for path in adapters:
        await engine.load(_name(path), path)
        expected[_name(path)] = {text: (await engine.reply(_turns(text))).text for text in MESSAGES}
    return expected


def _turns(text: str) -> list[Turn]:
    return [{"role": "system", "content": "be Sam"}, {"role": "user", "content": text}]


def _name(path: Path | None) -> str | None:
    return path.name if path else None
