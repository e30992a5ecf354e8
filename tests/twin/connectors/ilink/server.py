"""WeChat's bot server as its plugin's source and its users' reports describe it."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from aiohttp import web
from aiohttp.test_utils import TestServer

from storage.database import now_ms

TOKEN, BOT, OWNER = "bot-token-1-secret", "1a2b@im.bot", "owner@im.wechat"
MOST_SENDS = 10
ENDED = {"errcode": -14, "errmsg": "session timeout"}
State = dict[str, Any]


class FakeILink:
    """One bot and its owner. `asked`: the names of the requests with their bodies, in order."""

    def __init__(self) -> None:
        self.tokens = {TOKEN}
        self.context_token = ""
        self.texts: list[str] = []  # what the owner sees
        self.asked: list[tuple[str, Any]] = []
        self.headers: dict[str, str] = {}
        self.cursors: list[str] = []  # what was confirmed, poll by poll
        self.sends: deque[int | State] = deque()  # HTTP errors and answers of the next sends
        self.loses_next = False  # the next message arrives, and its answer is lost
        self.codes: deque[list[State]] = deque()  # what becomes of each code, state by state
        self._states: dict[str, deque[State]] = {}
        self._messages: list[Any] = []
        self._sent = 0
        self._changed = asyncio.Condition()
        self._closing = False

    def say(self, text: str = "", **more: Any) -> None:
        """A message to the bot; `more` changes its fields."""
        number = len(self._messages) + 1
        message: dict[str, Any] = {
            "message_id": 7_000_000_000_000_000_000 + number,
            "from_user_id": OWNER,
            "to_user_id": BOT,
            "message_type": 1,
            "create_time_ms": now_ms(),
            "context_token": f"context-{number}",
            "item_list": [{"type": 1, "text_item": {"text": text}}],
        } | more
        self.deliver(message)
        if message["from_user_id"] == OWNER:
            self.context_token, self._sent = message["context_token"], 0

    def deliver(self, message: Any) -> None:
        """Exactly this, also again or spoilt."""
        self._messages.append(message)
        self._wake()

    def again(self) -> None:
        """What came last comes once more."""
        self.deliver(self._messages[-1])

    def end_session(self) -> None:
        """Somebody scanned the bot's code elsewhere."""
        self.tokens.clear()
        self._wake()

    def give(self, context_token: str) -> None:
        """The owner wrote that before."""
        self.context_token = context_token

    def app(self) -> web.Application:
        app = web.Application()
        app.router.add_post("/ilink/bot/getupdates", self._updates)
        app.router.add_post("/ilink/bot/sendmessage", self._send)
        app.router.add_post("/ilink/bot/getconfig", self._config)
        app.router.add_post("/ilink/bot/get_bot_qrcode", self._new_code)
        app.router.add_get("/ilink/bot/get_qrcode_status", self._code_state)
        return app

    def close(self) -> None:
        self._closing = True
        self._wake()

    def _wake(self) -> None:
        async def notify() -> None:
            async with self._changed:
                self._changed.notify_all()

        self._notifying = asyncio.get_running_loop().create_task(notify())

    async def _body(self, request: web.Request) -> Any:
        name = request.path.rpartition("/")[2]
        body = await request.json()
        self.asked.append((name, body))
        self.headers = dict(request.headers)
        return body

    def _knows(self, request: web.Request) -> bool:
        return request.headers.get("Authorization", "").removeprefix("Bearer ") in self.tokens

    async def _config(self, request: web.Request) -> web.Response:
        await self._body(request)
        return web.json_response({"ret": 0} if self._knows(request) else ENDED)

    async def _updates(self, request: web.Request) -> web.Response:
        cursor = (await self._body(request))["get_updates_buf"]
        seen = int(cursor.removeprefix("c") or 0)
        self.cursors.append(cursor)
        async with self._changed:
            await self._changed.wait_for(
                lambda: self._closing or not self._knows(request) or len(self._messages) > seen
            )
        if not self._knows(request):
            return web.json_response(ENDED)
        messages = self._messages[seen:]
        answer = {"ret": 0, "msgs": messages, "get_updates_buf": f"c{len(self._messages)}"}
        return web.json_response(answer)

    async def _send(self, request: web.Request) -> web.Response:
        message = (await self._body(request))["msg"]
        if not self._knows(request):
            return web.json_response(ENDED)
        if self.sends:
            answer = self.sends.popleft()
            if isinstance(answer, int):
                return web.Response(status=answer)
            return web.json_response(answer)
        if message["context_token"] != self.context_token or self._sent >= MOST_SENDS:
            return web.json_response({"ret": -2, "errmsg": "rate limited"})
        assert message["to_user_id"] == OWNER
        self._sent += 1
        self.texts.append(message["item_list"][0]["text_item"]["text"])
        if self.loses_next:
            self.loses_next = False
            assert request.transport is not None
            request.transport.abort()
        return web.json_response({})

    async def _new_code(self, request: web.Request) -> web.Response:
        await self._body(request)
        code = f"code-{len(self._states) + 1}"
        self._states[code] = deque(self.codes.popleft() if self.codes else [])
        link = f"https://liteapp.example/q/{code}"
        return web.json_response({"qrcode": code, "qrcode_img_content": link})

    async def _code_state(self, request: web.Request) -> web.Response:
        self.asked.append(("get_qrcode_status", dict(request.query)))
        states = self._states[request.query["qrcode"]]
        return web.json_response(states.popleft() if states else {"status": "wait"})


def confirmed(server: str, token: str = TOKEN, **more: Any) -> State:
    """The owner scanned the code and agreed."""
    return {
        "status": "confirmed",
        "bot_token": token,
        "ilink_bot_id": BOT,
        "ilink_user_id": OWNER,
        "baseurl": server,
    } | more


@asynccontextmanager
async def serving() -> AsyncIterator[tuple[FakeILink, str]]:
    """The server and its address."""
    fake = FakeILink()
    server = TestServer(fake.app())
    await server.start_server()
    try:
        yield fake, str(server.make_url("")).rstrip("/")
    finally:
        fake.close()
        await server.close()
