"""Chats that keep talking while adapters are swapped beneath them."""

import asyncio
import itertools
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from twin.config.schema import Config
from twin.engine.local import LocalEngine
from twin.engine.model import load_torch_model
from twin.prompting.chat_template import Turn

MESSAGES = ("hello there", "how are you today?", "see you tomorrow :)", "你好，在吗", "what now")

CALM_ROUNDS = 5


@dataclass(slots=True)
class Talk:
    """`wrong`: replies that were not what their adapter alone says; times in seconds."""

    asked: int = 0
    answered: int = 0
    wrong: list[tuple[str | None, str, str]] = field(default_factory=list)
    by_adapter: dict[str | None, int] = field(default_factory=dict)
    swaps: list[float] = field(default_factory=list)
    replies: list[float] = field(default_factory=list)
    calm: list[float] = field(default_factory=list)  # the replies before the first swap
    heard: asyncio.Event = field(default_factory=asyncio.Event)

    async def until(self, answered: int) -> None:
        while self.answered < answered:
            self.heard.clear()
            await self.heard.wait()


async def talk_through_swaps(
    config: Config, adapters: Sequence[Path | None], swaps: int, chats: int
) -> Talk:
    """Greedy replies in every chat, one after the other, until all swaps are done."""
    expected = {_name(path): _alone(config, path) for path in adapters}
    talk, engine, over = Talk(), LocalEngine(config), asyncio.Event()
    await engine.start(_name(adapters[0]), adapters[0])
    tasks = [
        asyncio.create_task(_chat(engine, talk, expected, number, over)) for number in range(chats)
    ]
    await talk.until(CALM_ROUNDS * chats)
    talk.calm = list(talk.replies)
    for path in itertools.islice(itertools.cycle([*adapters[1:], adapters[0]]), swaps):
        answered = talk.answered
        started = time.perf_counter()
        await engine.load(_name(path), path)
        talk.swaps.append(time.perf_counter() - started)
        await talk.until(answered + chats)  # each adapter gets to speak
    over.set()
    await asyncio.gather(*tasks)
    await engine.stop()
    return talk


async def _chat(
    engine: LocalEngine,
    talk: Talk,
    expected: dict[str | None, dict[str, str]],
    number: int,
    over: asyncio.Event,
) -> None:
    for text in itertools.cycle(MESSAGES[number % 5 :] + MESSAGES[: number % 5]):
        if over.is_set():
            return
        adapter = engine.adapter
        talk.asked += 1
        started = time.perf_counter()
        reply = await engine.reply(_turns(text))
        talk.replies.append(time.perf_counter() - started)
        talk.answered += 1
        talk.heard.set()
        talk.by_adapter[adapter] = talk.by_adapter.get(adapter, 0) + 1
        if reply.text != expected[adapter][text]:
            talk.wrong.append((adapter, text, reply.text))


def _alone(config: Config, path: Path | None) -> dict[str, str]:
    voice, limits = load_torch_model(config, path), config.reply
    return {
        text: voice.generate([_turns(text)], limits.max_tokens, 0.0, 1.0)[0].text
        for text in MESSAGES
    }


def _turns(text: str) -> list[Turn]:
    return [{"role": "system", "content": "be Sam"}, {"role": "user", "content": text}]


def _name(path: Path | None) -> str | None:
    return path.name if path else None
