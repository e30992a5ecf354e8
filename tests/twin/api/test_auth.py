"""Who gets in, how much and how often."""

import asyncio
import re
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

from storage.invites import create_invite
from storage.keys import revoke_key
from tests.twin.api.serving import Stage, served, stage_in
from twin.api.app import add_api

ASK = {"model": "twin", "messages": [{"role": "user", "content": "hi"}]}
MANAGED = [
    ("GET", "/api/openapi.json"),
    ("GET", "/api/chats"),
    ("GET", "/api/chats/1"),
    ("PATCH", "/api/chats/1"),
    ("POST", "/api/chats/1/pause"),
    ("GET", "/api/people"),
    ("POST", "/api/people"),
    ("DELETE", "/api/chats/1/people"),
    ("DELETE", "/api/chats/1/pause"),
    ("GET", "/api/chats/1/messages"),
    ("GET", "/api/chats/1/decisions"),
    ("GET", "/api/messages"),
    ("GET", "/api/facts"),
    ("POST", "/api/facts"),
    ("PATCH", "/api/facts/1"),
    ("DELETE", "/api/facts/1"),
    ("POST", "/api/facts/1/release"),
    ("POST", "/api/facts/1/withdraw"),
    ("POST", "/api/facts/1/keep"),
    ("POST", "/api/facts/1/reject"),
    ("POST", "/api/pause"),
    ("DELETE", "/api/pause"),
    ("GET", "/api/drafts"),
    ("POST", "/api/drafts/1/approve"),
    ("POST", "/api/drafts/1/edit"),
    ("POST", "/api/drafts/1/reject"),
    ("GET", "/api/runs"),
    ("GET", "/api/runs/1"),
    ("POST", "/api/runs"),
    ("GET", "/api/adapters"),
    ("POST", "/api/adapters/a/promote"),
    ("POST", "/api/adapters/rollback"),
    ("GET", "/api/nothing"),
    ("GET", "/api/chats/%0A1"),
    ("GET", "/metrics"),
]
CHATTED = [
    ("POST", "/v1/chat/completions"),
    ("GET", "/v1/models"),
    ("GET", "/v1/models/twin"),
    ("GET", "/v1/nothing"),
]


def wrong_headers(stage: Stage) -> list[dict[str, str]]:
    """What others hold: nothing, a friend's link, the right key in the wrong place."""
    token, _ = create_invite(stage.context.db, "Ann")
    key = stage.manage_key
    return [
        {},
        {"Authorization": ""},
        {"Authorization": "Bearer"},
        {"Authorization": f"Bearer {token}"},
        {"Authorization": f"Basic {key}"},
        {"Authorization": key},
        {"Authorization": f"Bearer {key[:-1]}"},
        {"Authorization": f"Bearer {key}x"},
        {"Authorization": "Bearer schlüssel"},
        {"Cookie": f"key={key}; session={key}; Authorization=Bearer {key}"},
        {"X-Api-Key": key},
    ]


async def statuses(
    stage: Stage, routes: list[tuple[str, str]], headers: dict[str, str]
) -> dict[tuple[str, str], int]:
    """What each route says to a request with these headers, and the right key in its address."""
    async with stage.client() as client:
        return {
            (method, path): (
                await client.request(
                    method,
                    path,
                    headers=[(name.encode(), value.encode()) for name, value in headers.items()],
                    params={"key": stage.manage_key, "api_key": stage.manage_key},
                )
            ).status_code
            for method, path in routes
        }


async def test_without_a_key_nothing_is_reached(stage: Stage) -> None:
    for headers in wrong_headers(stage):
        answers = await statuses(stage, [*MANAGED, *CHATTED], headers)
        assert set(answers.values()) == {401}, (headers, answers)


async def test_a_key_that_may_chat_may_not_manage(stage: Stage) -> None:
    headers = {"Authorization": f"Bearer {stage.chat_key}"}
    answers = await statuses(stage, MANAGED, headers)
    assert set(answers.values()) == {403}, answers
    answers = await statuses(stage, CHATTED, headers)
    assert not {401, 403} & set(answers.values()), answers


async def test_a_managing_key_reaches_everything(stage: Stage) -> None:
    headers = {"Authorization": f"bearer {stage.manage_key}"}
    answers = await statuses(stage, [*MANAGED, *CHATTED], headers)
    assert not {401, 403} & set(answers.values()), answers


async def test_a_websocket_is_closed_whoever_asks(stage: Stage) -> None:
    key = {"Authorization": f"Bearer {stage.manage_key}"}
    for path in ("/v1/models", "/api/chats", "/metrics"):
        with pytest.raises(InvalidStatus, match="403"):
            await connect(f"{stage.url.replace('http', 'ws')}{path}", additional_headers=key)


async def test_no_route_is_forgotten_here(stage: Stage) -> None:
    document = (await stage.get("/api/openapi.json")).json()
    described = {
        (method.upper(), f"/api{path}")
        for path, operations in document["paths"].items()
        for method in operations
    }
    listed = {(m, p.replace("/1", "/*").replace("/a/", "/*/")) for m, p in MANAGED}
    assert {(m, re.sub(r"{\w+}", "*", path)) for m, path in described} <= listed


async def test_a_revoked_key_is_closed_at_once(stage: Stage) -> None:
    assert (await stage.get("/v1/models", stage.chat_key)).status_code == 200
    revoke_key(stage.context.db, "bot")
    answer = await stage.get("/v1/models", stage.chat_key)
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == "Bearer"
    assert answer.json()["error"]["code"] == "invalid_api_key"


async def test_the_same_no_whoever_asks(stage: Stage) -> None:
    """A friend's link tells no more than nothing at all."""
    token, _ = create_invite(stage.context.db, "Ann")
    known, unknown = [await stage.get("/api/chats/1", key) for key in (token, "x")]
    assert known.content == unknown.content


@pytest.fixture
async def narrow(tmp_path: Path) -> AsyncIterator[Stage]:
    stage = stage_in(tmp_path, requests_per_minute=3, max_concurrent=1, max_body_kb=1)
    async with served(stage.context) as stage.url:
        yield stage


async def test_too_many_requests_wait_for_the_minute(narrow: Stage) -> None:
    async def statuses(path: str, key: str) -> list[int]:
        return [(await narrow.get(path, key)).status_code for _ in range(3)]

    assert await statuses("/v1/models", narrow.chat_key) == [200] * 3
    answer = await narrow.get("/v1/models", narrow.chat_key)
    assert answer.status_code == 429
    assert answer.json()["error"]["type"] == "rate_limit_error"
    wait = int(answer.headers["retry-after"])
    assert 0 < wait <= 61
    # Another key has a minute of its own, over all apps.
    assert await statuses("/metrics", narrow.manage_key) == [200] * 3
    refused = await narrow.get("/api/chats", narrow.manage_key)
    assert refused.status_code == 429
    assert "come again" in refused.json()["error"]
    narrow.time.seconds += wait
    assert (await narrow.get("/v1/models", narrow.chat_key)).status_code == 200


async def test_one_at_a_time_means_one_at_a_time(narrow: Stage) -> None:
    slow: asyncio.Future[str] = asyncio.get_running_loop().create_future()
    narrow.engine.enqueue(slow)
    async with narrow.client(narrow.chat_key) as client:
        first = asyncio.create_task(client.post("/v1/chat/completions", json=ASK))
        await narrow.engine.is_asked.wait()
        second = await client.post("/v1/chat/completions", json=ASK)
        assert (second.status_code, second.headers["retry-after"]) == (429, "1")
        slow.set_result("done")
        assert (await first).status_code == 200
        assert (await client.post("/v1/chat/completions", json=ASK)).status_code == 200


@pytest.mark.parametrize("path", ["/v1/chat/completions", "/api/pause"])
@pytest.mark.parametrize("says_its_size", [True, False])
async def test_a_large_body_is_refused(narrow: Stage, path: str, says_its_size: bool) -> None:
    async def pieces() -> AsyncIterator[bytes]:
        for _ in range(3):
            yield b" " * 512

    content = b" " * 1536 if says_its_size else pieces()
    async with narrow.client(narrow.manage_key) as client:
        answer = await client.post(
            path, content=content, headers={"Content-Type": "application/json"}
        )
    assert answer.status_code == 413
    assert "max_body_kb" in answer.text


async def test_errors_have_the_shape_of_their_application(stage: Stage) -> None:
    async with stage.client(stage.manage_key) as client:
        for path in ("/v1/nothing", "/v1/chat/completions"):
            error = (await client.get(path)).json()["error"]
            assert error.keys() == {"message", "type", "param", "code"}
        for path, status in (("/api/nothing", 404), ("/api/adapters/rollback", 405)):
            answer = await client.get(path)
            assert answer.status_code == status
            assert isinstance(answer.json()["error"], str)
        broken = await client.post("/v1/chat/completions", content=b"{")
        assert broken.status_code == 400


async def test_health_says_whether_it_answers_and_nothing_else(stage: Stage) -> None:
    async with stage.client() as client:
        answer = await client.get("/healthz")
        assert (answer.status_code, answer.json()) == (200, {"status": "ok"})
        stage.context.db.execute("ALTER TABLE chats RENAME TO gone")
        answer = await client.get("/healthz")
        assert (answer.status_code, answer.json()) == (503, {"status": "unavailable"})


async def test_switched_off_there_is_health_alone(tmp_path: Path) -> None:
    stage = stage_in(tmp_path, enabled=False)
    app = FastAPI(openapi_url=None)
    add_api(app, stage.context)
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app),
        base_url="http://twin",
        headers={"Authorization": f"Bearer {stage.manage_key}"},
    ) as client:
        assert (await client.get("/healthz")).status_code == 200
        for path in ("/v1/models", "/api/chats", "/metrics"):
            assert (await client.get(path)).status_code == 404
