"""The samples of docs/proxies.md before the real server."""

import json
import logging
import re
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import yaml

from storage.invites import create_invite
from storage.keys import create_key
from tests.twin.dashboard.stage import PASSWORD, Stage, staged
from tests.twin.web.proxies import Proxied, caddy, nginx, program, sample
from twin.web import protocol

pytestmark = pytest.mark.server

PROXIES = {"nginx": nginx, "caddy": caddy}
SOCKET = "/_nicegui_ws/socket.io/?EIO=4&transport=websocket&client_id="


@pytest.fixture(params=PROXIES)
async def both(
    request: pytest.FixtureRequest, tmp_path: Path
) -> AsyncIterator[tuple[Stage, Proxied]]:
    """A bot and the proxy before it."""
    if sys.platform != "linux":
        pytest.skip("needs Linux, where all of 127.0.0.0/8 is this machine")
    if program(request.param) is None:
        pytest.skip(f"needs {request.param}, which this machine lacks")
    async with staged(tmp_path, proxies=("127.0.0.1",)) as stage:
        bot = stage.home.removeprefix("http://")
        async with PROXIES[request.param](tmp_path, bot) as proxied:
            yield stage, proxied


async def test_a_sample_serves_friends_owner_and_programs(both: tuple[Stage, Proxied]) -> None:
    stage, proxied = both
    await _a_friend_opens_their_page(stage, proxied)
    await _the_owner_logs_in(proxied)
    await _a_program_gets_an_answer(stage, proxied)
    await _guesses_count_for_each_address(proxied)


async def test_uploads_that_stop_make_room_for_others(
    both: tuple[Stage, Proxied],
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """All of them come from the proxy's address, so it is not addresses that count."""
    stage, proxied = both
    monkeypatch.setattr(protocol, "MOST_CONNECTIONS", 8)
    key, _ = create_key(stage.db, "bot")
    head = f"Host: {proxied.host}\r\nAuthorization: Bearer {key}\r\nContent-Length: 99\r\n\r\n"
    stuck = [await proxied.connection() for _ in range(24)]
    for number, (_, writer) in enumerate(stuck):
        path = "/login" if number % 2 else "/v1/chat/completions"
        writer.write(f"POST {path} HTTP/1.1\r\n{head}x".encode())
        await writer.drain()
    async with proxied.http() as http:
        for _ in range(5):
            assert (await http.get("/login")).status_code == 200
    for _, writer in stuck:
        writer.close()
    assert [record for record in caplog.records if record.levelno >= logging.ERROR] == []


async def _a_friend_opens_their_page(stage: Stage, proxied: Proxied) -> None:
    token, _ = create_invite(stage.db, "Ann")
    async with proxied.http() as http:
        page = await http.get(f"/c/{token}")
        said = await http.post(f"/c/{token}", json={"id": "1", "text": "coming?"})
    assert page.status_code == 200
    assert said.json() == {"receipt": "accepted"}
    found = re.search(r"'client_id': '([^']+)'|\"client_id\": ?\"([^\"]+)\"", page.text)
    assert found is not None
    client = found[1] or found[2]
    async with proxied.websocket(SOCKET + client) as web:
        await web.send("40")
        hello = {"client_id": client, "tab_id": "t", "document_id": "d", "next_message_id": 0}
        await web.send("420" + json.dumps(["handshake", hello]))
        async for message in web:
            if str(message).startswith("430"):
                assert message == "430[true]"
                break


async def _the_owner_logs_in(proxied: Proxied) -> None:
    async with proxied.http() as http:
        answer = await http.post("/login", data={"password": PASSWORD})
        assert answer.status_code == 303
        assert "Secure" in answer.headers["set-cookie"]
        cookie = answer.headers["set-cookie"].partition(";")[0]
        assert (await http.get("/", headers={"Cookie": cookie})).status_code == 200


async def _a_program_gets_an_answer(stage: Stage, proxied: Proxied) -> None:
    key, _ = create_key(stage.db, "bot")
    body = {"model": "twin", "messages": [{"role": "user", "content": "hi"}], "stream": True}
    async with proxied.http(Authorization=f"Bearer {key}") as http:
        answer = await http.post("/v1/chat/completions", json=body)
        too_much = await http.post("/v1/chat/completions", content=b"x" * 900_000)
    assert answer.text.endswith("data: [DONE]\n\n")
    assert too_much.status_code == 413


async def _guesses_count_for_each_address(proxied: Proxied) -> None:
    async def guess(source: str, password: str = "guess", forged: str = "") -> int:
        async with proxied.http(source, **{"X-Forwarded-For": forged}) as http:
            return (await http.post("/login", data={"password": password})).status_code

    statuses = [await guess("127.0.0.2", forged=f"203.0.113.{n}") for n in range(7)]
    assert statuses[-1] == 429
    assert await guess("127.0.0.3", PASSWORD, forged="127.0.0.2") == 303


async def test_another_name_is_refused_and_told(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    if program("nginx") is None:
        pytest.skip("needs nginx, which this machine lacks")
    async with (
        staged(tmp_path, proxies=("127.0.0.1",)) as stage,
        nginx(tmp_path, stage.home.removeprefix("http://")) as proxied,
        proxied.http(Host="other.example") as http,
    ):
        assert (await http.get("/login")).status_code == 421
    assert 'names = ["twin.example", "other.example"]' in caplog.text


@pytest.mark.parametrize("language", ["nginx", "caddyfile", "yaml", "toml"])
def test_both_languages_have_the_same_samples(language: str) -> None:
    assert sample(language) == sample(language, "proxies.zh-CN.md")


def test_traefiks_sample_leads_to_the_bot() -> None:
    http = yaml.safe_load(sample("yaml"))["http"]
    [router] = http["routers"].values()
    balancer = http["services"][router["service"]]["loadBalancer"]
    assert router["rule"] == "Host(`twin.example.org`)"
    assert balancer["servers"] == [{"url": "http://127.0.0.1:8080"}]
    assert balancer["serversTransport"] in http["serversTransports"]
