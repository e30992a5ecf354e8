"""Where the pages are served, and that they are without the friends' page."""

import asyncio
import socket
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from storage.database import open_database
from storage.errors import TwinError
from storage.invites import create_invite
from storage.keys import create_key
from storage.messages import messages_of_chat
from tests.twin.connectors.web.serving import FriendsPage
from tests.twin.dashboard.stage import PASSWORD, Stage
from tests.twin.engine.fake_models import FakeModel
from tests.twin.fakes import FakeEngine, config_in
from twin.api.app import add_api
from twin.api.context import ApiContext
from twin.app import App
from twin.cli.chat import page_is_up
from twin.config.schema import Config, WebSettings
from twin.dashboard.app import add_dashboard
from twin.engine.base import LoadedModel
from twin.engine.local import LocalEngine
from twin.web.server import WebServer

pytestmark = pytest.mark.server

CHAT = "/v1/chat/completions"


def server_on(host: str = "127.0.0.1", port: int = 0, **settings: Any) -> WebServer:
    # Port 0, any that is free, is none that the owner may set.
    changes = {"host": host, "port": port} | settings
    return WebServer(WebSettings().model_copy(update=changes))


@asynccontextmanager
async def served(server: WebServer) -> AsyncIterator[httpx.AsyncClient]:
    serving = asyncio.create_task(server.run())
    await asyncio.wait_for(server.up(), 10)
    try:
        async with httpx.AsyncClient(base_url=server.address) as http:
            yield http
    finally:
        await server.stop()
        await asyncio.wait_for(serving, 10)


async def test_a_taken_port_is_one_clear_error() -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        server = server_on(port=port)
        with pytest.raises(TwinError, match=f"127.0.0.1:{port}.*in use.*set another port"):
            await server.run()
    assert not server.is_up


@pytest.mark.parametrize("host", ["192.0.2.1", "no.such.host.invalid"])
async def test_a_host_that_is_not_ours_is_one_clear_error(host: str) -> None:
    with pytest.raises(TwinError, match=rf"{host}:0: can't listen there \(\w"):
        server_on(host).bind()


async def test_addresses() -> None:
    assert server_on(port=8080).address == "http://127.0.0.1:8080"
    assert server_on("::1", 1).address == "http://[::1]:1"
    assert "0.0.0.0" not in server_on("0.0.0.0", 1).address
    assert server_on(names=("a.example",)).public_address == "http://127.0.0.1:0"
    behind = server_on(names=("a.example", "b.example"), proxies=("127.0.0.1",))
    assert behind.public_address == "https://a.example"
    server = server_on()
    server.bind()
    assert not server.address.endswith(":0")
    await server.stop()


@pytest.mark.skipif(not socket.has_dualstack_ipv6(), reason="needs IPv6, which this system lacks")
async def test_every_address_is_ipv4s_too() -> None:
    server = server_on("::")
    async with served(server):
        port = server.address.rpartition(":")[2]
        async with httpx.AsyncClient() as http:
            for host in ("127.0.0.1", "[::1]"):
                assert (await http.get(f"http://{host}:{port}/x")).status_code == 404


async def test_it_serves_again_after_its_end_with_what_was_added_meanwhile() -> None:
    def add(app: FastAPI, path: str) -> None:
        app.add_api_route(path, lambda: "here")

    server = server_on()
    server.add(partial(add, path="/one"))
    async with served(server) as http:
        assert (await http.get("/one")).text == '"here"'
        assert (await http.get("/two")).status_code == 404
    assert not server.is_up
    server.add(partial(add, path="/two"))
    async with served(server) as http:
        assert [(await http.get(path)).status_code for path in ("/one", "/two")] == [200, 200]


async def test_stopping_is_harmless_at_any_time() -> None:
    server = server_on()
    await server.stop()
    server.bind()
    await server.stop()
    async with served(server):
        pass
    await server.stop()


async def test_a_cancelled_run_frees_the_port() -> None:
    server = server_on()
    serving = asyncio.create_task(server.run())
    await asyncio.wait_for(server.up(), 10)
    serving.cancel()
    with pytest.raises(asyncio.CancelledError):
        await serving
    assert not server.is_up
    async with served(server):
        pass


async def test_the_bot_serves_pages_without_any_connector(tmp_path: Path) -> None:
    config = config_in(tmp_path)
    db = open_database(config.database)
    server = server_on()
    bot = App(config, db, [], FakeEngine(), web=server)
    running = asyncio.create_task(bot.run())
    await asyncio.wait_for(server.up(), 10)
    async with httpx.AsyncClient(base_url=server.address) as http:
        assert (await http.get("/nothing")).status_code == 404
    bot.stop()
    await asyncio.wait_for(running, 10)
    assert not server.is_up
    db.close()


async def test_dashboard_and_api_are_served_without_the_friends_page(
    stage: Stage, tmp_path: Path
) -> None:
    token, _ = create_invite(stage.db, "Ann")
    server = server_on()
    server.add(partial(add_dashboard, context=stage.context, auth=stage.auth))
    api = ApiContext(stage.config, stage.db, stage.engine, stage.actions)
    server.add(partial(add_api, context=api))
    async with served(server) as http:
        assert (await http.get("/healthz")).json() == {"status": "ok"}
        assert (await http.get("/v1/models")).status_code == 401
        assert (await http.get("/login")).status_code == 200
        page = await http.get(f"/c/{token}")
    assert page.status_code == 404
    assert "twin" not in page.text


class SlowLoad:
    """Loads a model once it may."""

    def __init__(self) -> None:
        self.go_on = threading.Event()

    def __call__(self, _config: Config, _path: Path | None) -> LoadedModel:
        assert self.go_on.wait(20)
        return FakeModel("base")


async def test_a_friend_who_writes_while_the_model_loads_is_heard_later(tmp_path: Path) -> None:
    config, load = config_in(tmp_path), SlowLoad()
    db = open_database(config.database)
    token, chat = create_invite(db, "Ann")
    page = FriendsPage(db, "Wei")
    bot = App(config, db, [page.web], LocalEngine(config, load), web=page.server)
    running = asyncio.create_task(bot.run())
    await asyncio.wait_for(page.server.up(), 10)
    async with httpx.AsyncClient(base_url=page.server.address) as http:

        async def post() -> httpx.Response:
            return await http.post(f"/c/{token}", json={"id": "1", "text": "hi"})

        answer = await post()
        assert (answer.status_code, answer.json()) == (503, {"receipt": "unavailable"})
        load.go_on.set()
        await page_is_up(page.web)
        assert (await post()).json() == {"receipt": "accepted"}
    bot.stop()
    await asyncio.wait_for(running, 10)
    assert [message.text for message in messages_of_chat(db, chat.id)] == ["hi"]
    db.close()


async def test_while_the_model_loads_pages_are_there_and_programs_are_told_to_wait(
    stage: Stage,
) -> None:
    server, load = server_on(), SlowLoad()
    engine = LocalEngine(stage.config, load, stage.time.clock)
    bot = App(stage.config, stage.db, [], engine, web=server)
    context = replace(stage.context, engine=engine, actions=bot.actions)
    server.add(partial(add_dashboard, context=context, auth=stage.auth))
    server.add(partial(add_api, context=ApiContext(stage.config, stage.db, engine, bot.actions)))
    key, _ = create_key(stage.db, "script", "manage")
    body = {"model": "twin", "messages": [{"role": "user", "content": "hi"}]}
    running = asyncio.create_task(bot.run())
    await asyncio.wait_for(server.up(), 10)
    async with httpx.AsyncClient(base_url=server.address) as http:
        await http.post("/login", data={"password": PASSWORD})
        for path in ("/", "/chats", "/drafts", "/data", "/training", "/settings", "/try"):
            assert (await http.get(path)).status_code == 200, path
        http.headers["Authorization"] = f"Bearer {key}"
        assert (await http.get("/healthz")).status_code == 503
        assert (await http.get("/metrics")).status_code == 200
        assert (await http.get("/api/chats")).status_code == 200
        for answer in (await http.get("/v1/models"), await http.post(CHAT, json=body)):
            assert (answer.status_code, answer.headers["retry-after"]) == (503, "10")
            assert "loaded" in answer.json()["error"]["message"]
        load.go_on.set()
        async with asyncio.timeout(10):
            while (await http.get("/healthz")).status_code != 200:
                pass
        assert (await http.post(CHAT, json=body)).status_code == 200
    bot.stop()
    await asyncio.wait_for(running, 10)
