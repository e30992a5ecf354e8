"""What the homeserver still shows of the rooms, asked with the kept login beside the sync loop."""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence, Set
from contextlib import asynccontextmanager
from typing import Any, TypeVar

import nio

from storage.database import now_ms
from storage.errors import TwinError
from storage.texts import Text
from twin.connectors.base import (
    ConnectorContext,
    MessageEdited,
    MessageRecalled,
    MessageReceived,
)
from twin.connectors.history import (
    HistorySource,
    MessageUnreadable,
    NoHistoryError,
    PastChat,
    PastEvent,
)
from twin.connectors.matrix.account import LOGIN_COMMAND, load_account
from twin.connectors.matrix.client import (
    MatrixError,
    checked,
    explained,
    is_gone,
    open_client,
    patiently,
)
from twin.connectors.matrix.contents import Owner, event_of
from twin.connectors.matrix.rooms import Place, RoomBook
from twin.connectors.matrix.settings import Settings
from twin.connectors.matrix.sync import FILTER, FIRST_S, PAGE

Answer = TypeVar("Answer")
MOST_IN_VAIN = 10  # pages on end that are empty or older than what is asked for
_ROOMS_ALONE = FILTER | {"room": FILTER["room"] | {"timeline": {"limit": 1}}}


@asynccontextmanager
async def open_past(settings: Settings, context: ConnectorContext) -> AsyncIterator[HistorySource]:
    """Raises TwinError where nobody is logged in."""
    account = load_account(context.data)
    if account is None:
        raise TwinError(
            Text("matrix: not logged in; log in once with {command}", command=LOGIN_COMMAND)
        )
    client = open_client(account)
    try:
        yield MatrixPast(client, frozenset(settings.bridge_bots))
    finally:
        await client.close()


class MatrixPast:
    """`client` is logged in and has not asked for anything yet; `bots`: those of the settings."""

    def __init__(self, client: nio.AsyncClient, bots: Set[str] = frozenset()) -> None:
        self._client, self._rooms, self._bots = client, RoomBook(client), bots
        self._owner = Owner(client.user_id, "")

    async def chats(self) -> Sequence[PastChat]:
        self._rooms.learn(await self._ask(self._first_sync))
        places = [await self._place(room_id) for room_id in list(self._client.rooms)]
        return [
            PastChat(place.id, place.name, place.kind)
            for place in places
            if place.portal is None or not place.portal.is_broadcast
        ]

    async def messages(self, chat_external_id: str, since: int) -> AsyncIterator[PastEvent]:
        place = await self._place(chat_external_id)
        edits: dict[str, list[tuple[str, MessageEdited]]] = defaultdict(list)
        async for events in self._pages(place.id, since):
            for event in events:
                for told in self._read(event, place, edits):
                    yield told

    def _read(
        self,
        event: Mapping[str, Any],
        place: Place,
        edits: dict[str, list[tuple[str, MessageEdited]]],
    ) -> list[PastEvent]:
        """An edit waits for what it changes, which is older: only its author may."""
        if event["type"] == "m.room.encrypted" and event["content"]:
            return [MessageUnreadable(event["event_id"])]
        sender = event["sender"]
        name = self._rooms.name_of(place.id, sender)
        bots = self._bots | self._rooms.bridge_bots
        match event_of(event, place, self._owner, name, now=now_ms(), bots=bots):
            case MessageEdited() as edit:
                edits[edit.external_id].append((sender, edit))
            case MessageReceived(external_id=str(own)) as message:
                changes = edits.pop(own, ())
                return [message, *(edit for author, edit in changes if author == sender)]
            case MessageRecalled() as recall:
                return [recall]
        return []

    async def _pages(self, room_id: str, since: int) -> AsyncIterator[list[Mapping[str, Any]]]:
        """The newest first, until a stretch of them is older: bridges tell late what is old."""
        start: str | None = None
        in_vain = 0
        while in_vain < MOST_IN_VAIN:
            page = await self._page(room_id, start)
            events = [event.source for event in page.chunk]
            yield events
            is_old = all(event["origin_server_ts"] < since for event in events)
            in_vain = in_vain + 1 if is_old else 0
            if not page.end or page.end == start:
                return
            start = page.end

    async def _page(self, room_id: str, start: str | None) -> nio.RoomMessagesResponse:
        async def ask() -> nio.RoomMessagesResponse:
            found = await self._client.room_messages(room_id, start, limit=PAGE)
            return checked(found, Text("asking for old messages"))

        try:
            return await self._ask(ask)
        except MatrixError as error:
            if is_gone(error):
                away = Text("the server does not show this room any more ({code})", code=error.code)
                raise NoHistoryError(away) from None
            raise

    async def _first_sync(self) -> nio.SyncResponse:
        """With the rooms and their members. It confirms nothing to the server."""
        async with asyncio.timeout(FIRST_S):
            found = await self._client.sync(0, _ROOMS_ALONE, full_state=True)
        return checked(found, Text("asking for the rooms"))

    async def _place(self, room_id: str) -> Place:
        return await self._ask(lambda: self._rooms.place_of(room_id))

    async def _ask(self, ask: Callable[[], Awaitable[Answer]]) -> Answer:
        with explained(self._client.homeserver):
            return await patiently(ask)
