"""Strangers that hold connections, sockets and memory, before the real server."""

import asyncio
import json
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
import pytest
from nicegui.client import Client
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from storage.invites import create_invite
from tests.twin.dashboard.stage import Stage
from twin.connectors.web import page
from twin.web import protocol, sockets, unopened_pages

SOCKET = "/_nicegui_ws/socket.io/?EIO=4&transport=websocket"
SOON = 0.3


def address(stage: Stage) -> tuple[str, int]:
    url = httpx.URL(stage.home)
    assert url.port is not None
    return url.host, url.port


async def is_closed(reader: asyncio.StreamReader, within: float = 5.0) -> bool:
    """Whether the server ends the connection, with or without an answer before."""
    try:
        await asyncio.wait_for(reader.read(), within)
    except ConnectionError:
        return True
    except TimeoutError:
        return False
    return reader.at_eof()


@asynccontextmanager
async def sent(stage: Stage, *parts: bytes) -> AsyncIterator[asyncio.StreamReader]:
    reader, writer = await asyncio.open_connection(*address(stage))
    try:
        for part in parts:
            writer.write(part)
            await writer.drain()
            await asyncio.sleep(0)
        yield reader
    finally:
        writer.close()


START = b"GET /login HTTP/1.1\r\nHost: localhost\r\n"
UPLOAD = b"POST /login HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9999\r\n\r\n"


@pytest.mark.parametrize(
    ("limit", "parts"),
    [
        ("HEADER_SECONDS", []),
        ("HEADER_SECONDS", [START]),
        ("HEADER_SECONDS", [START, b"A: b\r\n", b"C: d"]),
        ("BODY_SECONDS", [UPLOAD]),
        ("BODY_SECONDS", [UPLOAD, b"password="]),
    ],
    ids=["silent", "no end of headers", "slow headers", "no body", "slow body"],
)
async def test_what_never_ends_is_ended(
    stage: Stage,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    limit: str,
    parts: list[bytes],
) -> None:
    monkeypatch.setattr(protocol, limit, SOON)
    async with sent(stage, *parts) as reader:
        assert await is_closed(reader)
    async with stage.http() as http:
        await http.get("/login")
    assert caplog.records == []


async def test_no_library_writes_what_strangers_send_past_our_log(
    stage: Stage, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    # What other tests of this process have set up writes to the terminal.
    monkeypatch.setattr(logging.getLogger(), "handlers", [])
    monkeypatch.setattr(logging, "lastResort", None)
    async with stage.http() as http:
        await http.get(f"{SOCKET}&sid=%1b%5b2J%0aforged")
    for library in ("engineio", "engineio.server", "socketio", "socketio.server", "nicegui"):
        assert logging.getLogger(library).handlers == []
    assert "forged" not in capfd.readouterr().err


async def test_what_is_no_request_leaves_nothing_in_the_log(
    stage: Stage, caplog: pytest.LogCaptureFixture
) -> None:
    for nonsense in (b"\x16\x03\x01 hello\r\n\r\n", START + b"Upgrade: a\r\n\r\n", UPLOAD + b"x"):
        async with sent(stage, nonsense):
            pass
    async with stage.http() as http:
        await http.get("/login")
    assert caplog.records == []


async def test_a_long_body_that_goes_on_is_taken(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(protocol, "BODY_SECONDS", 0.1)
    monkeypatch.setattr(protocol, "BODY_BYTES", 10)

    async def body() -> AsyncIterator[bytes]:
        for _ in range(12):
            yield b"x" * 100
            await asyncio.sleep(0.05)

    async with stage.http() as http:
        answer = await http.post("/login", content=body())
    assert answer.status_code < 500


async def test_headers_without_end_are_refused(stage: Stage) -> None:
    many = b"".join(b"x-%d: %s\r\n" % (n, b"y" * 100) for n in range(1000))
    for headers in (many, b"x: " + b"y" * 200_000):
        async with sent(stage, START) as reader:
            pass
        async with sent(stage, START + headers) as reader:
            assert await is_closed(reader, 2.0)


async def test_silent_connections_make_room_for_others(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(protocol, "MOST_CONNECTIONS", 20)
    silent = [await asyncio.open_connection(*address(stage)) for _ in range(60)]
    async with stage.http() as http:
        for _ in range(5):
            assert (await http.get("/login")).status_code == 200
    ended = sum(1 for reader, _ in silent if reader.at_eof() or reader.exception() is not None)
    assert ended >= 40
    for _, writer in silent:
        writer.close()


def socket(stage: Stage) -> connect:
    return connect(
        stage.home.replace("http", "ws") + SOCKET,
        origin=stage.home,  # type: ignore[arg-type]
        max_size=None,
    )


async def is_disconnected(web: ClientConnection, within: float = 5.0) -> bool:
    try:
        async with asyncio.timeout(within):
            while True:
                await web.recv()
    except ConnectionClosed:
        return True
    except TimeoutError:
        return False


@pytest.mark.parametrize(
    "message",
    [
        '459999999-["event",{"_placeholder":true,"num":0}]',
        '451-["event",{"_placeholder":true,"num":0}]',
        b"\x00" * 100,
        "42" + json.dumps(["log", {"client_id": "x", "level": "error", "message": "\x1b[2J" * 10}]),
        "42" + json.dumps(["event", ["not", "an", "object"]]),
        "42" + json.dumps(["event", {"client_id": "x"}]),
        "42" + json.dumps(["event"]),
        "42[",
        "42" + "[" * 50_000,
        "43" + "1" * 90_000,
        "49",
        "42" + json.dumps(["event", {"client_id": "x" * 200_000, "id": 1}]),
    ],
    ids=lambda message: repr(message)[:24],
)
async def test_a_socket_takes_known_messages_alone(stage: Stage, message: str | bytes) -> None:
    async with socket(stage) as web:
        await web.send("40")
        await web.send(message)
        assert await is_disconnected(web)


CLICK = {"client_id": "x", "id": 1, "listener_id": "y", "args": ["{}", None]}
SEEN = {"client_id": "x", "next_message_id": 1}


@pytest.mark.parametrize(
    ("event", "values", "is_known"),
    [
        ("event", CLICK, True),
        ("event", CLICK | {"args": ["not JSON"]}, False),  # a traceback each, when it was taken
        ("event", CLICK | {"args": "{}"}, False),
        ("event", CLICK | {"id": []}, False),
        ("event", {"client_id": "x", "id": 1}, False),
        ("ack", SEEN, True),
        ("ack", SEEN | {"next_message_id": "1"}, False),
        ("javascript_response", {"client_id": "x", "request_id": "r", "result": [1]}, True),
        ("javascript_response", {"client_id": "x", "request_id": {}}, False),
        ("log", CLICK, False),
    ],
)
def test_an_event_has_the_values_that_pages_send(
    event: str, values: dict[str, object], is_known: bool
) -> None:
    fault = sockets.fault_in("42" + json.dumps([event, values]), "x")
    assert (fault is None) == is_known


async def test_a_socket_that_names_no_page_is_disconnected(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sockets, "HANDSHAKE_SECONDS", SOON)
    async with socket(stage) as web:
        await web.send("40")
        assert await is_disconnected(web)


async def test_sockets_without_a_page_make_room_for_others(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sockets, "MOST_UNNAMED", 5)
    opened = [await socket(stage) for _ in range(9)]
    assert await is_disconnected(opened[0])
    assert not await is_disconnected(opened[-1], SOON)
    for web in opened:
        await web.close()


async def test_a_socket_may_not_talk_without_end(stage: Stage) -> None:
    async with socket(stage) as web:
        await web.send("40")
        for _ in range(2 * sockets.EVENTS_PER_SECOND):
            await web.send('42["ack",{"client_id":"x","next_message_id":1}]')
        assert await is_disconnected(web)


async def test_one_link_opens_so_many_tabs_and_no_more(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Or one friend's script could take all connections."""
    monkeypatch.setattr(page, "MOST_TABS", 3)
    tokens = [create_invite(stage.db, name)[0] for name in ("Ann", "Bob")]
    async with stage.http() as http:
        statuses = [(await http.get(f"/c/{tokens[0]}")).status_code for _ in range(5)]
        assert statuses == [200, 200, 200, 429, 429]
        assert (await http.get(f"/c/{tokens[1]}")).status_code == 200
        for client in list(Client.instances.values()):
            client.delete()
        assert (await http.get(f"/c/{tokens[0]}")).status_code == 200


async def test_pages_that_nobody_opens_are_dropped(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(unopened_pages, "MOST", 3)
    before = len(Client.instances)
    token, _ = create_invite(stage.db, "Ann")
    async with stage.http() as http:
        for _ in range(12):
            assert (await http.get(f"/c/{token}")).status_code == 200
    assert len(Client.instances) - before <= 3
