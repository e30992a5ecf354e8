"""One connection to a wechaty gateway: its event stream and the few calls that a twin needs.

Wechaty's own client (`Wechaty.start`) stops the remote puppet before it starts, returns quietly
when anything fails, dies after a lost connection, and prints the token; so this speaks to the
gateway through wechaty's protocol package alone. What it knows of the defects of gateways and
clients is in docs/wechat.md, each with its test.
"""

import asyncio
import json
import logging
from collections.abc import AsyncIterator, Awaitable
from dataclasses import dataclass
from typing import Any, TypeVar

from grpclib.client import Channel
from grpclib.exceptions import GRPCError, StreamTerminatedError
from wechaty_grpc.wechaty import PuppetStub
from wechaty_grpc.wechaty.puppet import ImageType, MessagePayloadResponse
from wechaty_puppet import EventType

from storage.errors import TwinError

log = logging.getLogger(__name__)

CALL_TIMEOUT_S = 30.0
NAMES_KEPT = 10_000
LOST = (GRPCError, StreamTerminatedError, OSError, TimeoutError, asyncio.IncompleteReadError)
Answer = TypeVar("Answer")


@dataclass(frozen=True, slots=True)
class GatewayEvent:
    """`data` is the event's payload; empty when the gateway sent none that can be read."""

    type: EventType
    data: dict[str, Any]


class Gateway:
    """Raises TwinError when the gateway can't be reached or does not answer in time."""

    def __init__(self, endpoint: str, token: str) -> None:
        host, _, port = endpoint.rpartition(":")
        self._endpoint, self._token = endpoint, token
        self._channel = Channel(host=host.strip("[]"), port=int(port))
        # The token travels as the HTTP/2 authority, for which grpclib has no option.
        self._channel._authority = token or endpoint
        self._stub = PuppetStub(self._channel)
        self._names: dict[str, str] = {}

    def close(self) -> None:
        self._channel.close()

    async def events(self) -> AsyncIterator[GatewayEvent]:
        """Every event until the stream ends. What can't be read is passed over, never the end."""
        # Not Stop first, as wechaty does: that would log out whoever is logged in.
        await self._call(self._stub.start())
        try:
            async for response in self._stub.event():
                event = _event(int(response.type), response.payload)
                if event is not None:
                    yield event
        except LOST as error:
            raise self._lost(error) from error
        raise TwinError(f"wechaty gateway {self._endpoint}: the event stream ended")

    async def ding(self) -> None:
        """Ask for a sign of life; the answer is an event."""
        await self._call(self._stub.ding(data="alive?"))

    async def message(self, message_id: str) -> MessagePayloadResponse:
        """The payload as it comes: its `type` counts as in wechaty's TypeScript, 7 is a text."""
        return await self._call(self._stub.message_payload(id=message_id))

    async def contact_name(self, contact_id: str) -> str:
        """The owner's own name for a contact, or the contact's."""
        if contact_id not in self._names:
            contact = await self._call(self._stub.contact_payload(id=contact_id))
            self._keep_name(contact_id, contact.alias or contact.name or contact_id)
        return self._names[contact_id]

    async def room_topic(self, room_id: str) -> str:
        if room_id not in self._names:
            room = await self._call(self._stub.room_payload(id=room_id))
            self._keep_name(room_id, room.topic or room_id)
        return self._names[room_id]

    def forget_name(self, contact_or_room_id: str) -> None:
        """The gateway says that it has changed."""
        self._names.pop(contact_or_room_id, None)

    async def send_text(self, conversation_id: str, text: str) -> str | None:
        """The id of the sent message, where the gateway gives one."""
        answer = await self._call(
            self._stub.message_send_text(conversation_id=conversation_id, text=text)
        )
        return answer.id or None

    async def file_box(self, message_id: str, *, image: bool) -> dict[str, Any]:
        """A message's file in wechaty's JSON form: `boxType`, `name`, and its data or address."""
        if image:
            answer = await self._call(
                self._stub.message_image(id=message_id, type=ImageType.IMAGE_TYPE_HD)
            )
        else:
            answer = await self._call(self._stub.message_file(id=message_id))
        box: dict[str, Any] = json.loads(answer.filebox)
        return box

    def _keep_name(self, key: str, name: str) -> None:
        if len(self._names) >= NAMES_KEPT:
            self._names.clear()
        self._names[key] = name

    async def _call(self, call: Awaitable[Answer]) -> Answer:
        try:
            # Not wait_for: in Python 3.11 it can swallow a cancellation that comes as it ends.
            async with asyncio.timeout(CALL_TIMEOUT_S):
                return await call
        except LOST as error:
            raise self._lost(error) from error

    def _lost(self, error: BaseException) -> TwinError:
        cause = (error.message if isinstance(error, GRPCError) else str(error)) or "no answer"
        if self._token:
            cause = cause.replace(self._token, "***")  # gateways repeat the token they refuse
        return TwinError(
            f"wechaty gateway {self._endpoint}: {type(error).__name__} ({cause}); "
            "check that it runs, its address and its token"
        )


def _event(number: int, payload: str) -> GatewayEvent | None:
    """None for a kind of event that is newer than this program."""
    try:
        kind = EventType(number)
    except ValueError:
        log.debug("an event of the unknown type %d", number)
        return None
    try:
        data = json.loads(payload)
    except ValueError:
        data = {}
    return GatewayEvent(kind, data if isinstance(data, dict) else {})
