"""Read the events of the account's rooms: where they are, who wrote them, and whether they may."""

from collections.abc import Set
from typing import Any

from sqlite_utils import Database

from storage.messages import sender_of
from storage.outbox import is_key
from storage.texts import Text
from twin.clock import Clock
from twin.connectors.base import Event, MessageEdited, MessageReceived
from twin.connectors.matrix.contents import Owner, event_of
from twin.connectors.matrix.rooms import RoomBook
from twin.connectors.matrix.sync_token import SyncToken

_SHARED_LOGIN = Text(
    "matrix: another program writes with this login, and its messages can't be "
    "told from the twin's; end it, or log out with `bot.py matrix logout` and in "
    "again"
)


class Reader:
    """For one connection. `bots`: those of the owner's bridges that the settings name.

    `problem`: what it found wrong.
    """

    def __init__(
        self,
        db: Database,
        platform: str,
        rooms: RoomBook,
        token: SyncToken,
        bots: Set[str],
        clock: Clock,
    ) -> None:
        self._db, self._platform, self._clock = db, platform, clock
        self._rooms, self._token, self._named = rooms, token, bots
        self.owner = Owner("", "")
        self.problem: str | None = None

    @property
    def bots(self) -> Set[str]:
        """The bots of the owner's bridges: those named, and those of every room of a bridge."""
        return self._named | self._rooms.bridge_bots

    async def read(self, room_id: str, event: Any) -> Event | None:
        """What the twin is told of it; None: nothing. Raises MatrixError."""
        sender = getattr(event, "sender", None)
        if sender is None:
            return None
        place = await self._rooms.place_of(room_id)
        told = event_of(
            event.source,
            place,
            self.owner,
            self._rooms.name_of(room_id, sender),
            now=self._clock.now(),
            since=self._token.heard_at,
            bots=self.bots,
        )
        if isinstance(told, MessageReceived) and self._is_of_another_program(told):
            self.problem = _SHARED_LOGIN
        if isinstance(told, MessageEdited) and not self._may_edit(told, sender):
            return None
        return told

    def _is_of_another_program(self, message: MessageReceived) -> bool:
        """Whether this device sent it, and not the twin: a server gives only devices their keys."""
        return message.key is not None and not is_key(self._db, message.key)

    def _may_edit(self, edit: MessageEdited, sender: str) -> bool:
        """Not what another wrote: servers pass on what anybody claims to have changed."""
        author = sender_of(self._db, self._platform, edit.chat_external_id, edit.external_id)
        return author is None or author == ("" if sender == self.owner.id else sender)
