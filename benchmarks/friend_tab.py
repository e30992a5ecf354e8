"""A tab on the friends' page: the page, its socket, and what arrives there."""

import asyncio
import json
import re
import uuid
from types import TracebackType
from typing import Any

import httpx
import websockets

_ID = re.compile(r"""client_id['"]: ['"]([0-9a-f-]{36})""")
_NEXT = re.compile(r"""next_message_id['"]: (\d+)""")


class FriendTab:
    """Open it with `async with`. Raises ValueError when the page is refused."""

    def __init__(self, http: httpx.AsyncClient, url: str, token: str) -> None:
        self._http, self._url, self._token = http, url, token
        self._client = ""

    async def __aenter__(self) -> "FriendTab":
        page = await self._http.get(f"/c/{self._token}")
        found, following = _ID.search(page.text), _NEXT.search(page.text)
        if found is None or following is None:
            raise ValueError(f"no page: status {page.status_code}")
        self._client = found[1]
        query = {
            "EIO": "4",
            "transport": "websocket",
            "client_id": self._client,
            "next_message_id": following[1],
            "implicit_handshake": "true",
            "tab_id": str(uuid.uuid4()),
            "document_id": str(uuid.uuid4()),
        }
        address = f"{self._url.replace('http', 'ws')}/_nicegui_ws/socket.io/"
        self._web = await websockets.connect(
            f"{address}?{httpx.QueryParams(query)}",
            origin=self._url,  # type: ignore[arg-type]
            max_size=None,
        )
        await self._web.send("40")
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._web.close()

    async def emit(self, event: str, values: dict[str, Any]) -> None:
        await self._web.send("42" + json.dumps([event, {"client_id": self._client} | values]))

    async def say(self, text: str) -> int:
        """Post a message; the status of the answer."""
        body = {"id": str(uuid.uuid4()), "text": text}
        return (await self._http.post(f"/c/{self._token}", json=body)).status_code

    async def reply(self) -> None:
        """Wait until a message of the twin is shown."""
        while True:
            received = await self._web.recv()
            if received == "2":
                await self._web.send("3")
            elif "twin-theirs" in str(received):
                return

    async def closed(self) -> None:
        """Wait until the bot closes the socket."""
        await asyncio.wait_for(self._web.wait_closed(), 10)
