"""What a client is told while an answer takes long, fails late, or the twin is stopped."""

import asyncio
import json
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import openai
import pytest

from storage.errors import TwinError
from storage.preferences import pause_all
from tests.twin.api.asking import ask, client_of
from tests.twin.api.serving import Stage, served, stage_in
from tests.twin.web.test_server import served as web_served
from tests.twin.web.test_server import server_on
from twin.api import pending_answer
from twin.api.app import add_api
from twin.web import protocol

BODY: dict[str, Any] = {"model": "twin", "messages": [{"role": "user", "content": "hi"}]}
SIGN = ": the answer is not there yet"


@pytest.fixture
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pending_answer, "SIGN_SECONDS", 0.01)


def later(stage: Stage) -> asyncio.Future[str]:
    """The next answer, which is there once it is set."""
    answer: asyncio.Future[str] = asyncio.get_running_loop().create_future()
    stage.engine.enqueue(answer)
    return answer


@asynccontextmanager
async def streaming(stage: Stage) -> AsyncIterator[tuple[httpx.Response, AsyncIterator[str]]]:
    async with (
        stage.client(stage.chat_key) as http,
        http.stream("POST", "/v1/chat/completions", json=BODY | {"stream": True}) as answer,
    ):
        yield answer, answer.aiter_lines()


@pytest.mark.usefixtures("soon")
async def test_a_stream_gives_signs_until_the_answer_is_there(stage: Stage) -> None:
    answer = later(stage)
    async with streaming(stage) as (response, lines):
        assert response.headers["content-type"].startswith("text/event-stream")
        assert response.headers["x-accel-buffering"] == "no"
        assert [await anext(lines) for _ in range(3)] == [SIGN, "", SIGN]
        answer.set_result("well")
        rest = [line async for line in lines]
    assert '"content": "well"' in "".join(rest)
    assert rest[-2:] == ["data: [DONE]", ""]


@pytest.mark.usefixtures("soon")
async def test_openais_client_reads_such_a_stream(stage: Stage) -> None:
    answer = later(stage)
    async with client_of(stage) as client:
        stream = await client.chat.completions.create(**BODY, stream=True)
        answer.set_result("well")
        assert "".join([c.choices[0].delta.content or "" async for c in stream]) == "well"


@pytest.mark.usefixtures("soon")
@pytest.mark.parametrize(
    ("failure", "says"),
    [
        (RuntimeError("secret words"), "generating failed"),
        (TwinError("engine: no model is loaded"), "no model"),
        (None, "no answer within"),
    ],
)
async def test_a_stream_that_fails_ends_with_the_error(
    tmp_path: Path, failure: Exception | None, says: str
) -> None:
    stage = stage_in(tmp_path, timeout_seconds=60.0 if failure else 0.1)
    answer = later(stage)
    async with served(stage.context) as stage.url, client_of(stage) as client:
        stream = await client.chat.completions.create(**BODY, stream=True)
        if failure is not None:
            answer.set_exception(failure)
        with pytest.raises(openai.APIError, match=says) as caught:
            [chunk async for chunk in stream]
    assert "secret" not in str(caught.value)


@pytest.mark.usefixtures("soon")
async def test_who_leaves_a_stream_frees_the_place(tmp_path: Path) -> None:
    stage = stage_in(tmp_path, max_concurrent=1)
    async with served(stage.context) as stage.url:
        never = later(stage)
        async with streaming(stage) as (_, lines):
            assert await anext(lines) == SIGN
            with pytest.raises(openai.RateLimitError):
                await ask(stage)
        with pytest.raises(asyncio.CancelledError):
            await never
        async with asyncio.timeout(5):
            while not await _is_answered(stage):
                pass


async def _is_answered(stage: Stage) -> bool:
    async with stage.client(stage.chat_key) as http:
        return (await http.post("/v1/chat/completions", json=BODY)).status_code == 200


async def test_an_answer_that_takes_too_long_is_given_up(tmp_path: Path) -> None:
    stage = stage_in(tmp_path, timeout_seconds=0.05)
    never = later(stage)
    async with served(stage.context) as stage.url:
        with pytest.raises(openai.InternalServerError, match="no answer within"):
            await ask(stage)
    assert never.cancelled()


async def test_a_client_that_leaves_drops_its_answer(stage: Stage) -> None:
    never = later(stage)
    asking = asyncio.create_task(ask(stage))
    await stage.engine.is_asked.wait()
    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await never


@pytest.mark.usefixtures("soon")
async def test_a_stop_is_told_to_all_that_wait(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("twin.web.server.GRACE_S", 0)
    stage, server = stage_in(tmp_path), server_on()
    server.add(lambda app: add_api(app, stage.context))
    async with web_served(server):
        stage.url = server.address
        later(stage), later(stage)
        whole = asyncio.create_task(ask(stage))
        async with streaming(stage) as (_, lines):
            assert await anext(lines) == SIGN
            await server.stop()
            told = [line async for line in lines]
        with pytest.raises(openai.InternalServerError) as caught:
            await whole
    assert (caught.value.status_code, caught.value.code) == (503, "stopping")
    assert caught.value.response.headers["retry-after"] == "10"
    assert told[-2:] == ["data: [DONE]", ""]
    [error] = [line for line in told if "error" in line]
    assert json.loads(error.removeprefix("data: "))["error"]["code"] == "stopping"


async def test_an_engine_that_stops_is_told_too(stage: Stage) -> None:
    answer = later(stage)
    asking = asyncio.create_task(ask(stage))
    await stage.engine.is_asked.wait()
    answer.cancel()
    with pytest.raises(openai.InternalServerError) as caught:
        await asking
    assert (caught.value.status_code, caught.value.code) == (503, "stopping")


@pytest.mark.parametrize(("pause_s", "wait_s"), [(90, "91"), (10**6, "3600"), (None, "3600")])
async def test_when_to_come_again_after_a_pause(
    stage: Stage, pause_s: int | None, wait_s: str
) -> None:
    now = stage.context.clock.now()
    pause_all(stage.context.db, *([now + pause_s * 1000] if pause_s else []))
    with pytest.raises(openai.InternalServerError) as caught:
        await ask(stage)
    assert caught.value.response.headers["retry-after"] == wait_s


async def test_a_database_that_fails_is_503(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    def locked(*_: object) -> None:
        raise sqlite3.OperationalError("database is locked")

    def is_told(answer: httpx.Response) -> bool:
        waits = answer.headers["retry-after"] == "10"
        return answer.status_code == 503 and waits and "database" in answer.text

    async with stage.client(stage.manage_key) as http:
        for place in ("twin.api.completions.paused_until", "twin.api.auth.key_of"):
            with monkeypatch.context() as patch:
                patch.setattr(place, locked)
                assert is_told(await http.post("/v1/chat/completions", json=BODY)), place
        monkeypatch.setattr("twin.api.metrics.RowCounter.counts", locked)
        assert is_told(await http.get("/metrics"))


@pytest.mark.parametrize("sent", [b"", b'{"model": '])
async def test_a_slow_body_is_ended_and_frees_the_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, sent: bytes
) -> None:
    monkeypatch.setattr(protocol, "BODY_SECONDS", 0.2)
    stage, server = stage_in(tmp_path, max_concurrent=1), server_on()
    server.add(lambda app: add_api(app, stage.context))
    async with web_served(server):
        stage.url = server.address
        url = httpx.URL(stage.url)
        reader, writer = await asyncio.open_connection(url.host, url.port or 0)
        head = "POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\nContent-Length: 99\r\n"
        writer.write(f"{head}Authorization: Bearer {stage.chat_key}\r\n\r\n".encode() + sent)
        assert await asyncio.wait_for(reader.read(), 5) == b""
        writer.close()
        assert await _is_answered(stage)
