"""Servers that are asked with messages, since they take no tokens or have another base."""

from pathlib import Path

import pytest

from storage.errors import InputError, TwinError
from tests.twin.engine.server.asking import said, turns
from tests.twin.engine.server.conftest import MakeEngine
from tests.twin.engine.server.fake_openai import FakeOpenAi
from tests.twin.engine.server.fake_vllm import FakeVllm
from twin.engine.base import EngineUnavailable, Limits
from twin.prompting.chat_template import Turn

PROBE = "<|im_end|> and <|eot_id|>, said Ann"


async def test_any_server_is_sent_what_every_server_takes(make: MakeEngine) -> None:
    async with FakeOpenAi() as server:
        engine = make(server.url, kind="openai", model="served")
        await engine.start()
        reply = await engine.reply(turns(PROBE), Limits(20, 0.5, 0.9, seed=7))
        assert (reply.text, reply.tokens, reply.prompt_tokens) == (
            "said < |im_end|> and < |eot_id|>, said Ann",
            3,
            12,
        )
        [asked] = server.asked
        assert {key: asked[key] for key in asked.keys() - {"messages"}} == {
            "model": "served",
            "max_tokens": 20,
            "temperature": 0.5,
            "top_p": 0.9,
            "seed": 7,
        }
        assert [message["role"] for message in asked["messages"]] == ["system", "user"]


async def test_its_list_may_fail_and_its_adapters_are_none(make: MakeEngine, adapter: Path) -> None:
    async with FakeOpenAi() as server:
        engine = make(server.url, kind="openai", model="served")
        with pytest.raises(TwinError, match="takes no adapters"):
            await engine.start(adapter.name, adapter)
        await engine.start()
        assert engine.adapter is None
        assert await said(engine) == "said hi"


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("<think>hmm, Rue Haxo?</think>\n\nat eight", "at eight"),
        ("hmm, Rue Haxo?</think>at eight", "at eight"),
        ("<think>hmm, Rue Haxo?", ""),
        ("<thought>a</thought>at <think>b</think>eight", "at eight"),
        ("at eight<|im_end|>\n<|im_start|>user\nok", "at eight"),
        (None, ""),
    ],
)
async def test_thoughts_and_further_turns_are_left_out(
    make: MakeEngine, written: object, read: str
) -> None:
    async with FakeOpenAi(lambda _: written) as server:
        engine = make(server.url, kind="openai", model="served")
        await engine.start()
        assert await said(engine) == read


async def test_a_template_without_a_system_text(make: MakeEngine) -> None:
    async with FakeOpenAi(lambda _: "ok", takes_system=False) as server:
        engine = make(server.url, kind="openai", model="served")
        await engine.start()
        opened = [*turns("hi")[:1], Turn(role="assistant", content="oi"), *turns("hi")[1:]]
        assert [(await engine.reply(each)).text for each in (opened, turns("ho"))] == ["ok", "ok"]
        shown = [body["messages"] for body in server.asked]
        assert [len(server.asked), *shown[1:]] == [
            3,
            [{"role": "user", "content": "be Sam\n\nhi"}],
            [{"role": "user", "content": "be Sam\n\nho"}],
        ]


async def test_numbers_that_servers_read_differently(make: MakeEngine) -> None:
    async with FakeOpenAi() as server:
        engine = make(server.url, kind="openai", model="served")
        await engine.start()
        await engine.reply(turns("hi"), Limits(9, 0.7, top_p=0.0, seed=-1))
        [asked] = server.asked
        assert (asked["temperature"], asked["top_p"], asked["seed"]) == (0.0, 1.0, 2**31 - 1)


async def test_what_is_no_text_is_no_answer(make: MakeEngine) -> None:
    async with FakeOpenAi(lambda _: ["at", "eight"]) as server:
        engine = make(server.url, kind="openai", model="served")
        await engine.start()
        with pytest.raises(EngineUnavailable, match="without an answer in it"):
            await engine.reply(turns("hi"))


async def test_a_server_with_another_base_is_asked_with_messages(
    base: Path, make: MakeEngine, adapter: Path
) -> None:
    async with FakeVllm(base) as vllm:
        shifted = vllm.tokenizer

        class Foreign:
            """Its tokens are others."""

            def encode(self, text: str, **options: object) -> list[int]:
                return [each + 1 for each in shifted.encode(text, **options)]

        vllm.tokenizer = Foreign()
        engine = make(vllm.url)
        with pytest.raises(TwinError, match="takes no adapters"):
            await engine.start(adapter.name, adapter)
        await engine.start()
        assert await said(engine) == "base-at-server:hi"
        [asked] = vllm.asked
        assert "prompt" not in asked
        assert asked["chat_template_kwargs"] == {"enable_thinking": False, "thinking": False}


@pytest.mark.parametrize("listed", [b"5", b'"gpt"', b'{"id": "gpt"}', b"[5, {}]"])
async def test_what_is_no_list_of_models_has_none(
    vllm: FakeVllm, make: MakeEngine, listed: bytes
) -> None:
    vllm.models = b'{"data": %s}' % listed
    with pytest.raises(InputError, match=r"lists no models; name one as \[engine\] model"):
        await make(vllm.url).start()


async def test_one_of_several_models_has_to_be_named(vllm: FakeVllm, make: MakeEngine) -> None:
    vllm.loaded["an adapter"] = "/adapters/x"
    await make(vllm.url).start()
    vllm.more_models = ["qwen3:8b", "llama3.2"]
    with pytest.raises(InputError, match=r"several models \(base-at-server, qwen3:8b, llama3.2\)"):
        await make(vllm.url).start()
    await make(vllm.url, model=vllm.model).start()
