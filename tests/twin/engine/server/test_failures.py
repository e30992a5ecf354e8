"""What goes wrong with a server: told in a line, asked again, and never with a word of a chat."""

import asyncio
import logging
import socket
from pathlib import Path

import pytest

from storage.errors import InputError, TwinError
from tests.twin.engine.fake_models import FakeLoader
from tests.twin.engine.server.asking import ask, said, turns, until, writing
from tests.twin.engine.server.conftest import MakeEngine
from tests.twin.engine.server.fake_vllm import (
    FakeVllm,
    cuts,
    fails,
    gives,
    hangs_up,
    is_late,
    refuses,
)
from twin.config.schema import Config
from twin.engine.base import EngineUnavailable, Limits
from twin.engine.local import LocalEngine
from twin.engine.server.failures import KEY_VARIABLE, TooLate, WrongRequest

SECRET = "the cat sleeps at Rue Haxo"


async def test_a_server_that_hangs_is_asked_once(vllm: FakeVllm, make: MakeEngine) -> None:
    engine = make(vllm.url, timeout_seconds=0.3)
    await engine.start()
    vllm.troubles.append(is_late)
    with pytest.raises(TooLate, match=r"did not answer in 0\.3 s"):
        await engine.reply(turns("hi"))
    assert len(vllm.asked) == 1


async def test_a_server_that_hangs_delays_no_start(
    make: MakeEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("twin.engine.server.client.LOOK_S", 0.05)
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        engine = make(f"http://127.0.0.1:{silent.getsockname()[1]}")
        await engine.start()
        with pytest.raises(TooLate, match=r"in 0\.05 s"):
            await engine.reply(turns("hi"))


async def test_a_server_that_hangs_makes_nobody_wait_twice(
    make: MakeEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("twin.engine.server.client.LOOK_S", 0.05)
    met = 0

    async def say_nothing(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal met
        met += 1
        await reader.read()
        writer.close()
        await writer.wait_closed()

    async with await asyncio.start_server(say_nothing, "127.0.0.1", 0) as silent:
        engine = make(f"http://127.0.0.1:{silent.sockets[0].getsockname()[1]}")
        await engine.start()
        friends = [ask(engine, "hi") for _ in range(3)]
        failures = await asyncio.gather(*friends, return_exceptions=True)
        assert [type(failure) for failure in failures] == [TooLate] * 3
        assert met == 2  # by the start and by one of them


async def test_a_bot_starts_before_its_server(
    vllm: FakeVllm, make: MakeEngine, adapter: Path
) -> None:
    await vllm.die()
    engine = make(vllm.url)
    await engine.start(adapter.name, adapter)
    assert engine.adapter == "a1"
    with pytest.raises(EngineUnavailable, match="can't be reached"):
        await engine.reply(turns("hi"))
    await vllm.start()
    assert (await said(engine)).endswith("-a1:hi")


async def test_a_server_that_was_started_again_gets_the_adapter_again(
    vllm: FakeVllm, make: MakeEngine, adapter: Path
) -> None:
    engine = make(vllm.url)
    await engine.start(adapter.name, adapter)
    await said(engine)
    await vllm.die()
    await vllm.start()
    assert vllm.loaded == {}
    assert (await said(engine)).endswith("-a1:hi")
    assert len(vllm.loaded) == 1


async def test_what_the_owner_has_to_change_is_told_at_the_start(
    base: Path, make: MakeEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with FakeVllm(base, key="s3cret") as vllm:
        with pytest.raises(InputError, match=f"refuses the key.*{KEY_VARIABLE}"):
            await make(vllm.url).start()
        monkeypatch.setenv(KEY_VARIABLE, " s3cret\n")
        engine = make(vllm.url)
        await engine.start()
        assert await said(engine) == "base-at-server:hi"
        with pytest.raises(InputError, match=r"no model another; .*: base-at-server"):
            await make(vllm.url, model="another").start()
    monkeypatch.setenv(KEY_VARIABLE, "with a blank")
    with pytest.raises(InputError, match=KEY_VARIABLE):
        make(vllm.url)


@pytest.mark.parametrize("server", ["http://8.8.8.8:8000", "http://[2a00:1450:4001::1]"])
def test_messages_go_to_the_internet_encrypted_alone(server: str, make: MakeEngine) -> None:
    with pytest.raises(InputError, match="unencrypted"):
        make(server)
    make(server, plain_http=True)
    make(server.replace("http:", "https:"))


async def test_a_name_that_leads_to_the_internet(
    make: MakeEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def resolve(*_: object) -> list[dict[str, object]]:
        return [
            {"hostname": "gpu", "host": host, "port": 9, "family": 2, "proto": 6, "flags": 0}
            for host in ("127.0.0.1", "8.8.8.8")
        ]

    monkeypatch.setattr("aiohttp.resolver.ThreadedResolver.resolve", resolve)
    with pytest.raises(InputError, match="unencrypted"):
        await make("http://gpu:9").start()


async def test_no_word_of_a_chat_is_told(
    vllm: FakeVllm, make: MakeEngine, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    engine = make(vllm.url)
    await engine.start()
    told = ""
    for trouble in (fails, refuses, cuts, hangs_up, gives(SECRET.encode()), gives(b"", 302)):
        vllm.troubles.extend([trouble, trouble])
        with pytest.raises(TwinError) as error:
            await engine.reply(turns(SECRET))
        told += str(error.value)
        vllm.troubles.clear()
    assert "HTTP 500: InternalServerError" in told
    assert SECRET not in told + caplog.text + " ".join(vllm.paths)
    assert set(vllm.paths) == {"/v1/models", "/tokenize", "/v1/completions"}


async def test_what_is_refused_for_ever_is_not_asked_again(
    vllm: FakeVllm, make: MakeEngine
) -> None:
    engine = make(vllm.url)
    await engine.start()
    vllm.troubles.append(refuses)
    with pytest.raises(WrongRequest, match="HTTP 400: BadRequestError"):
        await engine.reply(turns("hi"))
    assert len(vllm.asked) == 1


async def test_an_answer_of_nothing_is_asked_for_once_more(
    vllm: FakeVllm, make: MakeEngine
) -> None:
    engine, answers = make(vllm.url), iter(["", "well", "", ""])
    vllm.says = lambda *_: next(answers)
    await engine.start()
    assert [await said(engine), await said(engine)] == ["well", ""]


async def test_this_program_answers_instead(
    vllm: FakeVllm, make: MakeEngine, adapter: Path
) -> None:
    loader = FakeLoader()
    engine = make(vllm.url, fallback=True, local=lambda config: LocalEngine(config, loader))
    await engine.start(adapter.name, adapter)
    assert ((await said(engine)).endswith("-a1:hi"), loader.loads) == (True, [])
    await vllm.die()
    assert [await said(engine), await said(engine)] == ["a1:hi"] * 2
    assert (await engine.reply_as(None, None, turns("x"), Limits(5))).text == "base:x"
    assert await said(engine) == "a1:hi"
    assert loader.loads == ["a1", "base"]  # each once: it answers beside the live one
    async with engine.free_gpu_memory():
        assert await said(engine) == "a1:hi"
    await vllm.start()
    assert (await said(engine)).startswith("twin-")


async def test_friends_go_before_guests(vllm: FakeVllm, make: MakeEngine, config: Config) -> None:
    engine = make(vllm.url)
    await engine.start()
    vllm.gate.clear()
    held = [ask(engine, f"held {n}") for n in range(config.reply.max_batch)]
    await until(lambda: len(vllm.asked) == len(held))
    guests = [ask(engine, "guest", Limits(50)) for _ in range(2)]
    await until(lambda: engine.waiting == 2)
    friend = ask(engine, "friend")
    await until(lambda: engine.waiting == 3)
    dropped = guests.pop()
    dropped.cancel()
    vllm.gate.set()
    await asyncio.gather(*held, *guests, friend)
    asked = [vllm.tokenizer.decode(body["prompt"]) for body in vllm.asked]
    assert ["friend" in text for text in asked[-2:]] == [True, False]
    assert (len(asked), engine.waiting) == (len(held) + 2, 0)


async def test_stopping_drops_what_waits(vllm: FakeVllm, make: MakeEngine) -> None:
    engine = make(vllm.url)
    await engine.start()
    waiting = await writing(vllm, engine, "hi")
    await engine.stop()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    with pytest.raises(TwinError, match="no model is loaded"):
        await engine.reply(turns("late"))
