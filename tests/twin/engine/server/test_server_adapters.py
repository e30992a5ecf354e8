"""Adapters at a server: loaded under names of their own, and never another twin's."""

import asyncio
import json
from pathlib import Path

import pytest

from benchmarks.gguf_file import write_gguf
from storage.errors import TwinError
from tests.llama_cpp import llama_cpp
from tests.tiny import tiny_adapter
from tests.twin.engine.server.conftest import MakeEngine
from tests.twin.engine.server.fake_sglang import FakeSglang
from tests.twin.engine.server.fake_vllm import FakeVllm
from twin.config.schema import Config
from twin.engine.base import EngineUnavailable, Limits, NotServed
from twin.engine.export import adapter_gguf
from twin.engine.model import load_torch_model
from twin.engine.server.adapters import ServedAdapter
from twin.engine.server.engine import ServerEngine
from twin.prompting.chat_template import Turn

TURNS: list[Turn] = [{"role": "user", "content": "hello there"}]


async def test_what_an_earlier_bot_left_is_unloaded_and_no_other_twins(
    server: FakeVllm, make: MakeEngine, adapter: Path
) -> None:
    first = make(server.url)
    await first.start("a1", adapter)
    [name] = server.loaded
    old = name.removesuffix("a1") + "old"
    others = {"twin-00000000-a1": "/x", "twin-a1": "/y", "somebody": "/z"}
    server.loaded |= {old: "/gone", **others}
    await first.stop()  # it is not told: a bot that starts again finds its adapter there
    again = make(server.url)
    await again.start("a1", adapter)
    assert server.loaded.keys() == {name, *others}
    assert server.unloaded == [old]


async def test_what_the_server_has_dropped_is_brought_there_again(
    server: FakeVllm, make: MakeEngine, adapter: Path
) -> None:
    engine = make(server.url)
    await engine.start("a1", adapter)
    [name] = server.loaded
    server.loaded.clear()
    assert (await engine.reply(TURNS)).text == f"{name}:hello there"
    assert list(server.loaded) == [name]
    assert len(server.asked) == 2


async def test_what_the_server_refuses_is_told_with_what_helps(
    server: FakeVllm, make: MakeEngine, adapter: Path
) -> None:
    engine = make(server.url)
    await engine.start()
    settings = adapter / "adapter_config.json"
    as_it_was = settings.read_text()
    settings.write_text(json.dumps(json.loads(as_it_was) | {"r": 24}))
    with pytest.raises(NotServed, match="--max-lora-rank 32"):
        await engine.load("a1", adapter)
    settings.write_text(as_it_was)
    elsewhere = make(server.url, adapters_at="/there")
    await elsewhere.start()
    with pytest.raises(NotServed, match=r"no adapter in /there/a1; set \[engine\] adapters_at"):
        await elsewhere.load("a1", adapter)
    assert (engine.adapter, elsewhere.adapter, server.loaded) == (None, None, {})


async def test_a_server_that_loads_nothing_while_it_runs(
    base: Path, make: MakeEngine, adapter: Path
) -> None:
    async with FakeVllm(base, can_load=False) as vllm:
        engine = make(vllm.url)
        await engine.start()
        with pytest.raises(NotServed, match="VLLM_ALLOW_RUNTIME_LORA_UPDATING"):
            await engine.load("a1", adapter)
    async with FakeSglang(base, enable_lora=False) as sglang:
        engine = make(sglang.url)
        await engine.start()
        with pytest.raises(NotServed, match="without --enable-lora"):
            await engine.load("a1", adapter)


async def test_another_folder_at_the_server(
    vllm: FakeVllm, make: MakeEngine, config: Config, adapter: Path, tmp_path: Path
) -> None:
    """As two twins on two machines, who share one server."""
    moved = tiny_adapter(tmp_path / "seen" / "a1", config)
    one, two = make(vllm.url), make(vllm.url, adapters_at=str(moved.parent))
    await one.start("a1", adapter)
    await two.start("a1", adapter)
    assert sorted(vllm.loaded.values()) == sorted([str(adapter), str(moved)])
    await two.load(None, None)
    await asyncio.gather(*two._models._unloading)
    assert list(vllm.loaded.values()) == [str(adapter)]


@pytest.mark.model
async def test_llama_cpp_answers_with_what_it_was_started_with(
    make: MakeEngine,
    config: Config,
    adapter: Path,
    second: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Its real server, by scale, and again with an adapter more."""
    folders = {"a1": adapter, "a2": second, None: None}
    expected = {name: _alone(config, path) for name, path in folders.items()}
    base = tmp_path / "base.gguf"
    with_base = load_torch_model(config, None)
    write_gguf(with_base.network, with_base.tokenizer, with_base.format, base)
    files: list[Path] = []
    with llama_cpp(base) as address:
        engine = make(address)
        await engine.start()
        with monkeypatch.context() as patch:
            patch.setattr(adapter_gguf, "_FAMILIES", {})
            with pytest.raises(NotServed, match=r"can't be made here .*--lora \S*-a1\.gguf"):
                await engine.load("a1", adapter)
        for name in ("a1", "a2"):
            with pytest.raises(NotServed, match=r"start it again with --lora (.*)") as refused:
                await engine.load(name, folders[name])
            files.append(Path(str(refused.value).rpartition(" ")[2]))
            assert files[-1].parent == folders[name]
        assert (await _said(engine), engine.adapter) == (expected[None], None)
    with llama_cpp(base, files, port=int(address.rpartition(":")[2])):
        for wanted in ("a1", "a2", None, "a2", "a1"):
            await engine.load(wanted, folders[wanted])
            assert await _said(engine) == expected[wanted]
        connection = await engine._models.connect()
        chosen = await connection.adapters.chosen_by(ServedAdapter(None))
        assert chosen["lora"] == [{"id": 0, "scale": 0.0}, {"id": 1, "scale": 0.0}]
        assert chosen["cache_prompt"] is False  # else answers of two adapters' keys and values
    with llama_cpp(base, [files[1], files[1]], port=int(address.rpartition(":")[2])):
        with pytest.raises(EngineUnavailable, match="start it again with --lora"):
            await _said(engine)
        await engine.load("a2", second)
        assert await _said(engine) == expected["a2"]


def _alone(config: Config, path: Path | None) -> str:
    return load_torch_model(config, path).generate([TURNS], 12, 0.0, 1.0)[0].text


async def _said(engine: ServerEngine) -> str:
    return (await engine.reply(TURNS, Limits(12, 0.0))).text


async def test_a_server_of_another_kind_takes_none(
    vllm: FakeVllm, make: MakeEngine, adapter: Path
) -> None:
    engine = make(vllm.url, kind="openai")
    await engine.start()
    with pytest.raises(TwinError, match="a prompt to a model that has not learnt from you"):
        await engine.load("a1", adapter)
