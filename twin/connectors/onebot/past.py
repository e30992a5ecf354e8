"""The account's past, for `bot.py history`: what the gateway still shows of each chat."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from sqlite_utils import Database

from storage.database import now_ms
from storage.texts import Text
from twin.connectors.history import MessageUnreadable, NoHistoryError, PastChat, PastEvent
from twin.connectors.onebot.gateway import Gateway, GatewayError
from twin.connectors.onebot.history import back_from_now
from twin.connectors.onebot.messages import is_as_text, message_id, received
from twin.connectors.onebot.names import Account, ask_account
from twin.connectors.onebot.places import Place, chat_of, place_of
from twin.connectors.onebot.session import AS_TEXT
from twin.connectors.onebot.settings import Settings

MOST_OF_A_CHAT = 1_000_000
PAUSE_S = 0.5  # between two pages: QQ watches how an account behaves


class OneBotPast:
    """One connection's."""

    def __init__(self, gateway: Gateway, db: Database, account: Account) -> None:
        self._gateway, self._db, self._account = gateway, db, account
        self._places: dict[str, Place] = {}

    async def chats(self) -> Sequence[PastChat]:
        friends = (
            (self._own_place(number), name) for number, name in self._account.friends.items()
        )
        groups = ((Place("group", number), name) for number, name in self._account.groups.items())
        names: dict[str, str] = {}
        for place, name in (*friends, *groups):
            chat = chat_of(self._db, place)
            if chat in names:  # the log knows neither, and gives the number to whichever is first
                chat = f"{place.kind}:{place.number}"
            self._places[chat], names[chat] = place, name
        return [PastChat(chat, names[chat], place.kind) for chat, place in self._places.items()]

    async def messages(self, chat_external_id: str, since: int) -> AsyncIterator[PastEvent]:
        place = self._places.get(chat_external_id) or place_of(self._db, chat_external_id)
        if place is None:
            raise NoHistoryError(Text("this chat has no QQ number, so QQ can't be asked for it"))
        pages = back_from_now(self._gateway, place, since, MOST_OF_A_CHAT, pause_s=PAUSE_S)
        async for frame in pages:
            if is_as_text(frame):
                raise GatewayError(AS_TEXT)
            message = received(frame, place, self._account, self._db, now_ms())
            yield MessageUnreadable(message_id(frame) or "") if message is None else message.event

    def _own_place(self, number: str) -> Place:
        return Place("self" if number == self._account.number else "direct", number)


@asynccontextmanager
async def past(settings: Settings, db: Database) -> AsyncIterator[OneBotPast]:
    """Raises GatewayError where the gateway can't be reached, refuses, or goes."""
    gateway = Gateway(settings.url, settings.secret, lambda event: None)
    try:
        await gateway.connect()
        reading = asyncio.create_task(gateway.read(), name="qq frames")
        try:
            yield OneBotPast(gateway, db, await ask_account(gateway))
        except GatewayError:
            if reading.done():  # it knows better why
                reading.result()
            raise
        finally:
            reading.cancel()
            await asyncio.gather(reading, return_exceptions=True)
    finally:
        await gateway.close()
