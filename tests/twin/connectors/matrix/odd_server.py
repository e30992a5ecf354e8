"""A homeserver that answers as the test wants: what a real one does too rarely to wait for."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from aiohttp import web

from twin.connectors.matrix.account import Account

OWN, ANN, ROOM = "@sam:odd.test", "@ann:odd.test", "!room:odd.test"
HANGS = "hangs"


class OddServer:
    """`sends` and `syncs` are answers in their order: (status, document), text, bytes, or HANGS.

    `documents`: what else it knows, by the end of the address.
    """

    def __init__(self) -> None:
        self.sends: deque[Any] = deque()
        self.syncs: deque[Any] = deque([(200, {"next_batch": "s0"}), (200, _joined())])
        self.documents: dict[str, Any] = {}
        self.asked: list[str] = []
        self.url = ""

    @property
    def account(self) -> Account:
        return Account(self.url, OWN, "TWIN", "secret token")

    def tell(self, *events: dict[str, Any]) -> None:
        """The next answer of a sync has these events of Ann's."""
        self.syncs.append((200, _joined(events, number=len(self.asked) + 2)))

    async def answer(self, request: web.Request) -> web.Response:
        last = request.path.rpartition("/v3/")[2]
        self.asked.append(last)
        if last == "sync":
            return await _response(self.syncs.popleft() if self.syncs else HANGS)
        if "/send/" in last:
            return await _response(self.sends.popleft())
        if last.endswith("joined_members"):
            return web.json_response({"joined": {OWN: {}, ANN: {"display_name": "Ann"}}})
        if last.endswith("/state"):
            return web.json_response([])
        return web.json_response(self.documents.get(last, {}))


async def _response(told: Any) -> web.Response:
    if told == HANGS:
        await asyncio.sleep(60)
    if isinstance(told, bytes):
        return web.Response(body=told, content_type="application/json")
    if isinstance(told, str):
        return web.Response(status=502, text=told, content_type="text/html")
    status, document = told
    return web.json_response(document, status=status)


def _joined(events: Any = (), number: int = 1) -> dict[str, Any]:
    timeline = {"events": list(events), "limited": False, "prev_batch": "p"}
    return {"next_batch": f"s{number}", "rooms": {"join": {ROOM: {"timeline": timeline}}}}


@asynccontextmanager
async def odd_server() -> AsyncIterator[OddServer]:
    server, app = OddServer(), web.Application()
    app.router.add_route("*", "/{path:.*}", server.answer)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    server.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    try:
        yield server
    finally:
        await runner.cleanup()
