"""OpenAI's own client against /v1."""

import asyncio
from pathlib import Path
from typing import Any

import openai
import pytest

from storage.chats import upsert_chat
from storage.errors import TwinError
from storage.messages import NewMessage, log_message
from storage.preferences import pause_all
from tests.tiny import tiny_model
from tests.twin.api.asking import ask, client_of
from tests.twin.api.serving import Stage, add_adapter, served, stage_in
from twin.api.context import ApiContext
from twin.config.schema import Config, ModelSettings
from twin.engine.base import EngineUnavailable, Limits, LoadedModel
from twin.engine.local import LocalEngine
from twin.engine.runtime import load_model

SECRET = "the red fox sleeps under our old apple tree since yesterday night"


async def test_the_official_client_gets_an_answer(stage: Stage) -> None:
    stage.engine.enqueue("well\nhello")
    answer = await ask(stage)
    assert answer.choices[0].message.content == "well\nhello"
    assert answer.choices[0].finish_reason == "stop"
    assert (answer.model, answer.system_fingerprint) == ("twin", "base")
    assert answer.usage is not None
    assert answer.usage.prompt_tokens > 0
    assert answer.usage.total_tokens == answer.usage.prompt_tokens + answer.usage.completion_tokens


async def test_the_synchronous_client_does_too(stage: Stage) -> None:
    def talk() -> str | None:
        with openai.OpenAI(base_url=f"{stage.url}/v1", api_key=stage.chat_key) as client:
            answer = client.chat.completions.create(
                model="twin", messages=[{"role": "user", "content": "hi"}]
            )
            return answer.choices[0].message.content

    assert await asyncio.to_thread(talk) == "ok"


async def test_a_stream_comes_line_by_line(stage: Stage) -> None:
    stage.engine.enqueue("well\nhello")
    async with client_of(stage) as client:
        stream = await client.chat.completions.create(
            model="twin",
            messages=[{"role": "user", "content": "hi"}],
            stream=True,
            stream_options={"include_usage": True},
        )
        chunks = [chunk async for chunk in stream]
    said = [chunk.choices[0].delta.content for chunk in chunks if chunk.choices]
    assert [piece for piece in said if piece] == ["well\n", "hello"]
    assert [c.choices[0].finish_reason for c in chunks if c.choices][-1] == "stop"
    assert chunks[-1].usage is not None
    assert len({chunk.id for chunk in chunks}) == 1


async def test_the_persona_always_opens_and_the_clients_words_follow(stage: Stage) -> None:
    messages = [
        {"role": "system", "content": "You are a pirate."},
        {"role": "user", "content": [{"type": "text", "text": "one"}]},
        {"role": "user", "content": "two"},
        {"role": "assistant", "content": "aye"},
        {"role": "user", "content": "three"},
    ]
    await ask(stage, messages=messages)
    [turns] = stage.engine.asked
    assert [turn["role"] for turn in turns] == ["system", "user", "assistant", "user"]
    assert turns[0]["content"].startswith("You are the owner")
    assert turns[0]["content"].endswith("\n\nYou are a pirate.")
    assert [turn["content"] for turn in turns[1:]] == ["one\ntwo", "aye", "three"]


async def test_what_is_asked_for_reaches_the_model_within_the_limits(stage: Stage) -> None:
    await ask(stage, max_tokens=5, temperature=0, top_p=0.5, seed=7)
    await ask(stage, max_completion_tokens=100_000)
    assert stage.engine.limits == [
        Limits(5, 0.0, 0.5, 7, may_cut=False),
        Limits(stage.context.config.api.max_tokens, may_cut=False),
    ]


async def test_a_stop_word_cuts_the_answer(stage: Stage) -> None:
    stage.engine.enqueue("one two three")
    answer = await ask(stage, stop=[" three", " two"])
    assert answer.choices[0].message.content == "one"


async def test_models_are_the_twin_the_base_and_what_was_live(stage: Stage) -> None:
    for name in ("first", "second"):
        add_adapter(stage.context, name)
    add_adapter(stage.context, "refused", live=False)
    stage.engine.adapter = "second"
    async with client_of(stage) as client:
        listed = [model.id async for model in client.models.list()]
        assert listed == ["twin", "base", "second", "first"]
        assert (await client.models.retrieve("twin")).object == "model"
    for name in ("twin", "second", "first", "base"):
        assert (await ask(stage, model=name)).model == name
    assert stage.engine.others == ["first", None]
    with pytest.raises(openai.NotFoundError) as caught:
        await ask(stage, model="refused")
    assert caught.value.code == "model_not_found"


async def test_other_models_can_be_switched_off(tmp_path: Path) -> None:
    stage = stage_in(tmp_path, other_models=False)
    add_adapter(stage.context, "first")
    stage.engine.adapter = "first"
    async with served(stage.context) as stage.url, client_of(stage) as client:
        assert [model.id async for model in client.models.list()] == ["twin", "first"]
        with pytest.raises(openai.NotFoundError):
            await ask(stage, model="base")


@pytest.mark.parametrize(
    ("more", "says"),
    [
        ({"messages": []}, "messages"),
        ({"messages": [{"role": "assistant", "content": "hi"}]}, "must be the user's"),
        ({"messages": [{"role": "tool", "content": "hi"}]}, "must be the user's"),
        ({"messages": [{"role": "friend", "content": "hi"}]}, "messages.0.role"),
        ({"messages": [{"role": "user", "content": 5}]}, "messages.0.content"),
        ({"messages": [{"role": "user", "content": [{"type": "text"}]}]}, "must have a text"),
        ({"messages": [{"role": "user", "content": [7]}]}, "messages.0.content"),
        ({"temperature": 9}, "temperature"),
        ({"stop": list("abcde")}, "stop"),
        ({"stop": [1]}, "stop"),
        ({"max_tokens": 0}, "max_tokens"),
    ],
)
async def test_what_cant_be_served_is_400(stage: Stage, more: dict[str, Any], says: str) -> None:
    with pytest.raises(openai.BadRequestError, match=says) as caught:
        await ask(stage, **more)
    assert caught.value.type == "invalid_request_error"
    assert stage.engine.asked == []


async def test_a_message_over_the_budget_is_400(stage: Stage) -> None:
    with pytest.raises(openai.BadRequestError) as caught:
        await ask(stage, "word " * 300)
    assert caught.value.code == "context_length_exceeded"


async def test_old_turns_are_left_out(stage: Stage) -> None:
    past = [
        {"role": role, "content": f"{number} " + "x" * 100}
        for number in range(20)
        for role in ("user", "assistant")
    ]
    await ask(stage, messages=[*past, {"role": "user", "content": "now"}])
    [turns] = stage.engine.asked
    assert turns[-1]["content"] == "now"
    assert 3 <= len(turns) < 10


@pytest.mark.parametrize("streams", [False, True])
async def test_a_topic_of_the_owners_is_not_answered(stage: Stage, streams: bool) -> None:
    async with client_of(stage) as client:
        answer: Any = await client.chat.completions.create(
            model="twin",
            messages=[{"role": "user", "content": "what is your password?"}],
            stream=streams,
        )
        choices = [c.choices[0] async for c in answer] if streams else [answer.choices[0]]
    assert choices[-1].finish_reason == "content_filter"
    said = [choice.delta if streams else choice.message for choice in choices]
    assert not any(part.content for part in said)
    assert "passwords" in next(part.refusal for part in said if part.refusal)
    assert stage.engine.asked == []


@pytest.mark.parametrize("reply", [SECRET, "my card is 4111 1111 1111 1111"])
async def test_what_the_guard_forbids_never_leaves(stage: Stage, reply: str) -> None:
    chat = upsert_chat(stage.context.db, "fake", "ann", "Ann")
    log_message(stage.context.db, NewMessage(chat.id, "peer", SECRET, 1))
    stage.engine.enqueue(reply, reply)
    answer = await ask(stage)
    assert answer.choices[0].finish_reason == "content_filter"
    assert answer.choices[0].message.content == ""
    async with stage.client(stage.chat_key) as client:
        body = {
            "model": "twin",
            "stream": True,
            "messages": [{"role": "user", "content": "hi"}],
        }
        streamed = await client.post("/v1/chat/completions", json=body)
    assert "content_filter" in streamed.text
    assert reply.split()[-1] not in streamed.text


async def test_nothing_is_logged(stage: Stage) -> None:
    await ask(stage)
    for table in ("messages", "outbox", "decisions"):
        assert stage.context.db.table(table).count == 0


@pytest.mark.parametrize(
    ("failure", "code"),
    [
        (RuntimeError("out of memory"), "engine_failed"),
        (TwinError("engine: no model is loaded"), "engine_unavailable"),
        (EngineUnavailable("http://10.0.0.5 fails", "HTTP 500"), "engine_unavailable"),
    ],
)
async def test_a_failing_engine_is_503(stage: Stage, failure: Exception, code: str) -> None:
    stage.engine.enqueue(failure)
    with pytest.raises(openai.InternalServerError) as caught:
        await ask(stage)
    assert (caught.value.status_code, caught.value.code) == (503, code)
    assert "10.0.0.5" not in str(caught.value)


async def test_a_pause_of_everything_holds_here_too(stage: Stage) -> None:
    pause_all(stage.context.db)
    with pytest.raises(openai.InternalServerError) as caught:
        await ask(stage)
    assert (caught.value.status_code, caught.value.code) == (503, "paused")


@pytest.mark.slow
async def test_a_real_model_answers_as_the_twin_and_as_the_base(tmp_path: Path) -> None:
    stage = stage_in(tmp_path)
    base = str(tiny_model(tmp_path / "base"))
    model = ModelSettings(base=base, device="cpu", dtype="float32")
    config = stage.context.config.model_copy(update={"model": model})
    loads: list[Path | None] = []

    def load(config: Config, path: Path | None) -> LoadedModel:
        loads.append(path)
        return load_model(config, path)

    engine = LocalEngine(config, load, stage.time.clock)
    context = ApiContext(config, stage.context.db, engine, stage.context.actions)
    await engine.start()
    async with served(context) as stage.url:
        answers = [await ask(stage, seed=5, max_tokens=8, top_p=0, model="base") for _ in "ab"]
        await stage.time.advance(config.model.unload_after_minutes * 60)
        answers += [await ask(stage, seed=5, max_tokens=8, temperature=1e-9, model="twin")]
        assert len(loads) == 2  # it had been unloaded
        await stage.time.advance(config.model.unload_after_minutes * 60)
        async with client_of(stage) as client:
            stream = await client.chat.completions.create(
                model="twin",
                messages=[{"role": "user", "content": "hi"}],
                temperature=0,
                max_tokens=8,
                stream=True,
            )
            streamed = "".join([c.choices[0].delta.content or "" async for c in stream])
    await engine.stop()
    assert len(loads) == 3
    assert {answer.choices[0].finish_reason for answer in answers} <= {"stop", "length"}
    assert {answer.choices[0].message.content for answer in answers} == {streamed}
    assert engine.throughput.replies == 4
