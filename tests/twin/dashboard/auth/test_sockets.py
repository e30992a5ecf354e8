"""A page of the owner talks to the browser that got it, and to no other."""

import json
import re
from typing import Any

import httpx
import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from storage.invites import create_invite
from storage.owner_sessions import end_all_sessions, key_of
from tests.twin.dashboard.stage import PASSWORD, Stage
from tests.twin.web.test_limits import is_disconnected
from twin.dashboard.auth.middleware import COOKIE
from twin.dashboard.auth.open_pages import OpenPages

POLLING = "/_nicegui_ws/socket.io/?EIO=4&transport=polling"
UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def page_in(text: str) -> str:
    found = re.search(r"client_id[^0-9a-f]*" + UUID.pattern, text)
    assert found is not None
    return found[0][-36:]


def socket(stage: Stage, page: str, cookie: str = "", more: str = "") -> connect:
    query = f"EIO=4&transport=websocket&client_id={page}&tab_id=t&document_id=d{more}"
    return connect(
        f"{stage.home.replace('http', 'ws')}/_nicegui_ws/socket.io/?{query}",
        origin=stage.home,  # type: ignore[arg-type]
        additional_headers={"Cookie": f"{COOKIE}={cookie}"} if cookie else {},
    )


async def is_refused(connecting: connect) -> bool:
    try:
        async with connecting:
            return False
    except (InvalidStatus, ConnectionClosed):
        return True


async def says(web: ClientConnection, event: str, **values: Any) -> None:
    await web.send("42" + json.dumps([event, values]))


@pytest.fixture
async def owners(stage: Stage) -> tuple[str, str, str]:
    """A page of the owner's, its cookie, and the cookie of another browser of theirs."""
    async with stage.http() as http, stage.http() as elsewhere:
        await stage.log_in(http)
        await stage.log_in(elsewhere)
        page = page_in((await http.get("/")).text)
        return page, http.cookies[COOKIE], elsewhere.cookies[COOKIE]


async def test_a_socket_needs_the_cookie_of_the_page(
    stage: Stage, owners: tuple[str, str, str]
) -> None:
    page, cookie, other = owners
    assert await is_refused(socket(stage, page))
    assert await is_refused(socket(stage, page, "guess"))
    assert await is_refused(socket(stage, page, other))
    many = "".join(f"&x{number}=" for number in range(200))
    assert await is_refused(socket(stage, page, more=many))
    assert not await is_refused(socket(stage, page, cookie))
    async with stage.http() as http:
        for headers in ({}, {"Cookie": f"{COOKIE}={other}"}):
            answer = await http.get(f"{POLLING}&client_id={page}", headers=headers)
            assert answer.status_code in (303, 401)


async def test_a_socket_of_one_page_says_nothing_in_the_name_of_another(
    stage: Stage, owners: tuple[str, str, str]
) -> None:
    page, _, _ = owners
    token, _ = create_invite(stage.db, "Ann")
    async with stage.http() as http:
        friends = page_in((await http.get(f"/c/{token}")).text)
    for event in ("handshake", "event", "ack", "javascript_response"):
        values = {"tab_id": "t", "document_id": "d", "id": 1, "args": []}
        values |= {"next_message_id": 0, "request_id": "r"}
        async with socket(stage, friends) as web:
            await web.send("40")
            await says(web, event, client_id=page, **values)
            assert await is_disconnected(web)
        async with stage.http() as http:
            opened = (await http.get(f"{POLLING}&client_id={friends}")).text
            sid = json.loads(opened[1:])["sid"]
            body = "42" + json.dumps([event, {"client_id": page, **values}])
            answer = await http.post(f"{POLLING}&client_id={friends}&sid={sid}", content=body)
            assert answer.status_code == 400


@pytest.mark.parametrize("how", ["logged out", "ended elsewhere"])
async def test_the_socket_ends_with_the_session(
    stage: Stage, owners: tuple[str, str, str], how: str
) -> None:
    page, cookie, _ = owners
    async with socket(stage, page, cookie, "&implicit_handshake=true&next_message_id=0") as web:
        await web.send("40")
        assert not await is_disconnected(web, 0.1)
        if how == "logged out":
            async with httpx.AsyncClient(base_url=stage.home) as http:
                http.cookies.set(COOKIE, cookie)
                await http.post("/logout", headers={"Origin": stage.home})
        else:
            end_all_sessions(stage.db)
            await says(web, "event", client_id=page, id=1, args=[])
        assert await is_disconnected(web)


class FakeClient:
    """A page of NiceGUI's that notes its events."""

    def __init__(self) -> None:
        self.events: list[dict[str, Any]] = []
        self.handle_event = self.events.append
        self.accept_handshake = self.on_delete = lambda *_: True


async def test_halves_of_characters_in_an_event_are_no_error(stage: Stage) -> None:
    client = FakeClient()
    token = await stage.auth.log_in("127.0.0.1", PASSWORD)
    OpenPages(stage.auth).admit(client, key_of(token))  # type: ignore[arg-type]
    args = ['"\\ud83d\\u0000ab"', '{"a": ["\\udc00"]}', "1", None, "[", "[" * 100_000, 5]
    events: tuple[Any, ...] = (args, None, "x", {})
    for given in events:
        client.handle_event({"client_id": "c", "id": 1, "args": given})
    read = [[value and json.loads(value) for value in event["args"]] for event in client.events]
    assert read == [["?ab", {"a": ["?"]}, 1, None, None, None, None], [], [], []]
