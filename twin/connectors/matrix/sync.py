"""Follow what the homeserver tells: every event once it is on the disk, then the next token.

`sync_forever` of nio saves the token before anybody has handled what came with it, and asks on
without a pause when the login has ended. Hence a loop of our own.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from email.utils import parsedate_to_datetime
from typing import Any

from nio import AsyncClient, MessageDirection, SyncResponse
from nio.responses import RoomInfo

from storage.texts import Text
from twin.connectors.matrix.client import MatrixError, checked, is_gone, patiently
from twin.connectors.matrix.rooms import RoomBook
from twin.connectors.matrix.sync_token import SyncToken

log = logging.getLogger(__name__)

POLL_MS = 30_000
FIRST_S = 300.0  # the state of every room, from a server that may be busy
PAGE = 100
# No filter of types: the event that turns encryption on must be seen.
FILTER: dict[str, Any] = {
    "presence": {"types": []},
    "account_data": {"types": ["m.direct"]},
    "room": {
        "timeline": {"limit": PAGE, "lazy_load_members": True},
        "state": {"lazy_load_members": True, "include_redundant_members": True},
        "ephemeral": {"types": []},
        "account_data": {"types": []},
    },
}

# Called with the room and some of its events, in their order; they are on the disk afterwards.
Tell = Callable[[str, Sequence[Any]], Awaitable[None]]


class SyncLoop:
    """tell: takes events; what it raises ends the loop, and they come again.

    began: called once the account is known to be logged in.
    after: called when the events of an answer are told, and before the next is asked for; whether
        none of them is held back.
    """

    def __init__(
        self,
        client: AsyncClient,
        token: SyncToken,
        rooms: RoomBook,
        tell: Tell,
        began: Callable[[], Awaitable[None]],
        after: Callable[[SyncResponse], Awaitable[bool]],
    ) -> None:
        self._client, self._token, self._rooms = client, token, rooms
        self._tell, self._began, self._after = tell, began, after

    async def run(self) -> None:
        """Until the server can't be reached, or refuses, which are errors of nio's and ours."""
        since, answer = self._token.value, await self._first()
        if since is None:  # what was written before the first start is no news
            await self._token.keep(answer.next_batch, server_time(answer))
        await self._began()
        while True:
            await self._handle(answer, since)
            since, answer = self._token.value, await self._next()

    async def _first(self) -> SyncResponse:
        """With the whole state: after a restart nobody knows rooms and members."""
        async with asyncio.timeout(FIRST_S):
            found = await self._client.sync(
                timeout=0, sync_filter=FILTER, since=self._token.value, full_state=True
            )
        return checked(found, Text("the first sync"))

    async def _next(self) -> SyncResponse:
        async def ask() -> SyncResponse:
            found = await self._client.sync(POLL_MS, FILTER, since=self._token.value)
            return checked(found, Text("a sync"))

        return await patiently(ask)

    async def _handle(self, answer: SyncResponse, since: str | None) -> None:
        self._rooms.learn(answer)
        if since is not None:
            for room_id, room in (*answer.rooms.join.items(), *answer.rooms.leave.items()):
                await self._tell_room(room_id, room, since)
        whole = await self._after(answer)
        await self._token.keep(answer.next_batch, server_time(answer), whole=whole)

    async def _tell_room(self, room_id: str, room: RoomInfo, since: str) -> None:
        if room.timeline.limited and room.timeline.prev_batch:
            async for events in self._missed(room_id, since, room.timeline.prev_batch):
                await self._tell(room_id, events)
        await self._tell(room_id, room.timeline.events)

    async def _missed(self, room_id: str, since: str, until: str) -> AsyncIterator[list[Any]]:
        """What was left out of a long answer, oldest first, a page at a time."""
        start = since
        while start:
            try:
                page = await self._page(room_id, start, until)
            except MatrixError as error:
                if not is_gone(error):
                    raise
                log.warning("matrix: missed messages of a room are not shown (%s)", error.code)
                return
            yield page.chunk
            start = page.end if page.chunk and page.end != start else ""

    async def _page(self, room_id: str, start: str, until: str) -> Any:
        async def ask() -> Any:
            found = await self._client.room_messages(
                room_id, start, until, MessageDirection.front, PAGE
            )
            return checked(found, Text("asking for missed messages"))

        return await patiently(ask)


def server_time(answer: SyncResponse) -> int | None:
    """When the server answered, by its own clock in UTC milliseconds."""
    try:
        date = parsedate_to_datetime(answer.transport_response.headers["Date"])
    except (AttributeError, KeyError, ValueError):
        return None
    return round(date.timestamp() * 1000)
