"""Scripts of other pages: not before a setting allows them, and never without a key."""

from pathlib import Path

import pytest

from tests.twin.api.serving import Stage, served, stage_in
from tests.twin.web.test_server import served as web_served
from tests.twin.web.test_server import server_on
from twin.api.app import add_api

pytestmark = pytest.mark.server

PAGE = "https://chat.example"
PREFLIGHT = {
    "Origin": PAGE,
    "Access-Control-Request-Method": "POST",
    "Access-Control-Request-Private-Network": "true",
    # OpenAI's own client for browsers sends headers of its own.
    "Access-Control-Request-Headers": "authorization,content-type,x-stainless-timeout",
}
BODY = {"model": "twin", "messages": [{"role": "user", "content": "hi"}]}


async def test_by_default_no_page_may(stage: Stage) -> None:
    async with stage.client() as http:
        asked = await http.options("/v1/chat/completions", headers=PREFLIGHT)
        answer = await http.get("/v1/models", headers={"Origin": PAGE})
    assert asked.status_code == 401
    for each in (asked, answer):
        assert not [name for name in each.headers if name.startswith("access-control")]


@pytest.mark.parametrize("origins", [[PAGE], ["*"]])
async def test_a_page_in_the_settings_may_with_a_key(tmp_path: Path, origins: list[str]) -> None:
    stage = stage_in(tmp_path, origins=origins, requests_per_minute=2)
    shown = origins[0]
    async with served(stage.context) as stage.url, stage.client() as http:
        asked = await http.options("/v1/chat/completions", headers=PREFLIGHT)
        key = {"Authorization": f"Bearer {stage.chat_key}", "Origin": PAGE}
        answers = [
            await http.post("/v1/chat/completions", headers={"Origin": PAGE}),
            await http.post("/v1/chat/completions", json=BODY | {"tools": [{}]}, headers=key),
            await http.post("/v1/chat/completions", json={"stream": 7}, headers=key),
            await http.get("/v1/models", headers=key),
            await http.get("/api/chats", headers={"Origin": PAGE}),
        ]
    assert asked.status_code == 200
    assert asked.headers["access-control-allow-origin"] == shown
    assert "x-stainless-timeout" in asked.headers["access-control-allow-headers"]
    assert asked.headers["access-control-allow-private-network"] == "true"
    assert "POST" in asked.headers["access-control-allow-methods"]
    assert [answer.status_code for answer in answers] == [401, 200, 400, 429, 401]
    for answer in answers:
        assert answer.headers["access-control-allow-origin"] == shown
        assert "Retry-After" in answer.headers["access-control-expose-headers"]
    for answer in (asked, *answers):
        assert "access-control-allow-credentials" not in answer.headers


async def test_another_page_may_not(tmp_path: Path) -> None:
    stage = stage_in(tmp_path, origins=[PAGE])
    async with served(stage.context) as stage.url, stage.client(stage.chat_key) as http:
        for origin in ("https://chat.example.evil", "http://chat.example", "null", "\x1b"):
            asked = await http.options("/v1/models", headers=PREFLIGHT | {"Origin": origin})
            answer = await http.get("/v1/models", headers={"Origin": origin})
            assert asked.status_code == 400
            for each in (asked, answer):
                assert "access-control-allow-origin" not in each.headers


async def test_such_a_page_passes_what_protects_the_pages(tmp_path: Path) -> None:
    stage, server = stage_in(tmp_path, origins=[PAGE]), server_on()
    server.add(lambda app: add_api(app, stage.context))
    async with web_served(server) as http:
        asked = await http.options("/v1/chat/completions", headers=PREFLIGHT)
        key = {"Authorization": f"Bearer {stage.chat_key}", "Origin": PAGE}
        cross = key | {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "cors"}
        answer = await http.post("/v1/chat/completions", json=BODY, headers=cross)
    assert (asked.status_code, answer.status_code) == (200, 200)
    assert answer.headers["access-control-allow-origin"] == PAGE
