"""Chats over the wire while the live adapter is swapped: nothing is lost, nothing mixed."""

import asyncio
import itertools
import random
from pathlib import Path

import pytest

from benchmarks.gguf_file import write_gguf
from tests.llama_cpp import llama_cpp
from tests.twin.engine.server.conftest import MakeEngine, asks
from tests.twin.engine.server.fake_vllm import FakeVllm
from tests.twin.engine.swapping import alone, chat_through_swaps
from twin.config.schema import Config
from twin.engine.export.adapter_gguf import write_adapter_gguf
from twin.engine.model import load_torch_model
from twin.engine.server.adapters import name_at_server
from twin.engine.server.engine import ServerEngine

SWAPS, CHATS = 200, 8


async def test_two_hundred_swaps_under_eight_chats(
    server: FakeVllm, make: MakeEngine, adapter: Path, second: Path
) -> None:
    engine = make(server.url)
    await engine.start("a1", adapter)
    mark = next(iter(server.loaded)).removesuffix("a1")
    over, replied, drawn = asyncio.Event(), asyncio.Event(), random.Random(1)
    chats = [
        asyncio.create_task(chat(engine, number, mark, over, replied)) for number in range(CHATS)
    ]
    for _ in range(SWAPS):
        await replied.wait()
        adapters = [("a1", adapter), ("a2", second), (None, None)]
        others = [each for each in adapters if each[0] != engine.adapter]
        await engine.load(*drawn.choice(others))
        replied.clear()
    over.set()
    asked, by = zip(*await asyncio.gather(*chats), strict=True)
    assert sum(asked) == len(server.asked) >= SWAPS
    assert set().union(*by) == {"a1", "a2", None}


async def chat(
    engine: ServerEngine, number: int, mark: str, over: asyncio.Event, replied: asyncio.Event
) -> tuple[int, set[str | None]]:
    """How often it asked, and by which adapters it was answered."""
    by: set[str | None] = set()
    for asked in itertools.count(1):
        adapter, text = engine.adapter, f"{number} {asked}"
        reply = await engine.reply([{"role": "user", "content": text}])
        assert reply.text == f"{mark + adapter if adapter else FakeVllm.model}:{text}"
        by.add(adapter)
        replied.set()
        if over.is_set():
            return asked, by
    raise AssertionError


@pytest.mark.model
async def test_llama_cpp_mixes_no_two_adapters(
    config: Config, adapter: Path, second: Path, tmp_path: Path
) -> None:
    """Its real server, with both loaded: each reply is what torch says, token for token."""
    reply = config.reply.model_copy(update={"temperature": 0.0, "max_tokens": 6})
    config = config.model_copy(update={"reply": reply})
    base, adapters = load_torch_model(config, None), [adapter, second, None]
    write_gguf(base.network, base.tokenizer, base.format, tmp_path / "base.gguf")
    files = [path / f"{name_at_server(config, path.name)}.gguf" for path in (adapter, second)]
    for file in files:
        write_adapter_gguf(config, file.parent, file)
    with llama_cpp(tmp_path / "base.gguf", files, slots=4) as address:
        engine, expected = ServerEngine(asks(config, address)), alone(config, adapters)
        result = await chat_through_swaps(engine, expected, adapters, swaps=20, chats=CHATS)
    assert result.answered == result.asked > 20
    assert result.wrong == []
    assert set(result.by_adapter) == {"a1", "a2", None}
