"""One connection to a wechaty gateway.

Built on wechaty's `PuppetService`, and not on `Wechaty.start()`, which ends at the gateway's first
error without a sign, stops the account behind the gateway before each start and waits a minute in
between. Of `PuppetService` connecting and receiving are replaced: its own block the event
loop, end at what they can't read and cut off whoever else is attached.
"""

import asyncio
import json
from collections.abc import AsyncGenerator, Awaitable, Iterator
from contextlib import aclosing, contextmanager
from dataclasses import dataclass
from typing import Any, TypeVar

from grpclib.const import Status as GrpcStatus
from grpclib.exceptions import GRPCError, ProtocolError, StreamTerminatedError

from storage.errors import TwinError
from storage.platform_markup import decoded
from storage.texts import Text
from storage.values import storable_values
from twin.connectors.wechaty.compat import Channel, PuppetOptions, PuppetService, PuppetStub
from twin.language import N_

START_S = 30.0  # a gateway may start a browser
ANSWER_S = 15.0
NICKNAME_S = 5.0  # a group's message waits for it

Answer = TypeVar("Answer")


class GatewayError(TwinError):
    """The gateway can't be reached, refuses, or does not answer. Never quotes it: a refusal may
    contain the token, an error what a friend wrote."""


@dataclass(frozen=True, slots=True)
class GatewayEvent:
    """`type` is a number of wechaty's EventType, or one that it does not know."""

    type: int
    payload: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Payload:
    """A message as the gateway knows it. `type` is a number of the TypeScript wechaty's Message."""

    id: str
    type: int
    text: str
    timestamp: int
    talker: str
    listener: str
    room: str
    mentions: tuple[str, ...]
    filename: str


class Puppet(PuppetService):
    """The account behind the gateway. Every failure is a GatewayError."""

    def __init__(self, endpoint: str, token: str) -> None:
        super().__init__(PuppetOptions(end_point=endpoint, token=token))
        self._endpoint = endpoint
        host, _, port = endpoint.rpartition(":")
        channel = Channel(host.strip("[]"), int(port))
        channel._authority = token  # that is how the gateway wants it
        self._close = channel.close
        self._puppet_stub = PuppetStub(channel)

    async def start(self) -> None:
        """Have the account started. It goes on if it runs: there is no Stop before."""
        await self._answer(self.puppet_stub.start(), START_S)

    async def stop(self) -> None:
        """Leave, and leave the account running."""
        self._close()

    async def events(self) -> AsyncGenerator[GatewayEvent, None]:
        """Until the connection ends, which is a GatewayError however it ends."""
        with self._explained():
            async with aclosing(self.puppet_stub.event()) as stream:
                async for event in stream:
                    yield GatewayEvent(int(event.type), _object(event.payload))
        raise GatewayError(
            Text("the gateway {endpoint} ended the connection", endpoint=self._endpoint)
        )

    async def ping(self, within_s: float = ANSWER_S) -> None:
        """Ask for a `dong` event."""
        await self._answer(self.puppet_stub.ding(data="twin"), within_s)

    async def message(self, message_id: str) -> Payload:
        found = await self._answer(self.puppet_stub.message_payload(id=message_id))
        return Payload(
            id=found.id or message_id,
            type=int(found.type),
            text=found.text,
            timestamp=int(found.timestamp),
            talker=found.from_id,
            listener=found.to_id,
            room=found.room_id,
            mentions=tuple(found.mention_ids),
            filename=found.filename,
        )

    async def contact_name(self, contact_id: str) -> str:
        """What the owner calls the person. `contact.alias()` would always be empty."""
        found = await self._answer(self.puppet_stub.contact_payload(id=contact_id))
        return _name(found.alias or found.name)

    async def room_name(self, room_id: str) -> str:
        found = await self._answer(self.puppet_stub.room_payload(id=room_id))
        return _name(found.topic)

    async def nickname(self, room_id: str, contact_id: str) -> str:
        """What the person is called in the group; "" without a name of its own there."""
        call = self.puppet_stub.room_member_payload(id=room_id, member_id=contact_id)
        return _name((await self._answer(call, NICKNAME_S)).room_alias)

    async def link(self, message_id: str) -> tuple[str, str]:
        """(title, address) of a message that is a link."""
        found = await self._answer(self.puppet_stub.message_url(id=message_id))
        link = _object(found.url_link)
        return str(link.get("title") or ""), str(link.get("url") or "")

    async def send_text(self, conversation_id: str, text: str) -> str | None:
        """The new message's id, if the gateway gives it."""
        call = self.puppet_stub.message_send_text(conversation_id=conversation_id, text=text)
        return (await self._answer(call)).id or None

    async def file(self, message_id: str) -> AsyncGenerator[tuple[str, bytes], None]:
        """The file of a message in pieces: (its name, b"") first, then ("", data)."""
        with self._explained():
            async with aclosing(self.puppet_stub.message_file_stream(id=message_id)) as stream:
                async for piece in stream:
                    chunk = piece.file_box_chunk
                    yield chunk.name, chunk.data

    async def _answer(self, call: Awaitable[Answer], seconds: float = ANSWER_S) -> Answer:
        with self._explained():
            try:
                async with asyncio.timeout(seconds):
                    return await call
            except TimeoutError:
                raise GatewayError(
                    Text(
                        "the gateway {endpoint} did not answer within {seconds} s",
                        endpoint=self._endpoint,
                        seconds=round(seconds),
                    )
                ) from None

    @contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except GRPCError as error:
            raise _refused(self._endpoint, error.status) from None
        except (StreamTerminatedError, ProtocolError):
            raise GatewayError(
                Text("the connection to the gateway {endpoint} is lost", endpoint=self._endpoint)
            ) from None
        except (OSError, OverflowError) as error:
            reason = error.strerror if isinstance(error, OSError) else None
            raise GatewayError(
                Text(
                    "[connectors.wechaty] endpoint {endpoint}: no gateway answers there "
                    "({reason}); start it, see docs/wechat.md",
                    endpoint=self._endpoint,
                    reason=reason or type(error).__name__,
                )
            ) from None


_REFUSALS = {
    GrpcStatus.UNAUTHENTICATED: N_(
        "the gateway {endpoint} refuses the token; set TWIN_WECHATY_TOKEN to the one it was "
        "started with"
    ),
    GrpcStatus.ALREADY_EXISTS: N_(
        "the gateway {endpoint} serves another program already, and can serve one only; end the "
        "other one"
    ),
}


def _refused(endpoint: str, status: GrpcStatus) -> GatewayError:
    known = _REFUSALS.get(status)
    if known is not None:
        return GatewayError(Text(known, endpoint=endpoint))
    failed = Text("the gateway {endpoint} failed ({cause})", endpoint=endpoint, cause=status.name)
    return GatewayError(failed)


def _name(text: str) -> str:
    """Names come encoded as texts do, and are one line."""
    return " ".join(decoded(text).split())


def _object(text: str) -> dict[str, Any]:
    """A JSON object; empty for anything else, which no gateway should end us with."""
    try:
        value = storable_values(json.loads(text))
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}
