"""The past of an account, as far as its platform still shows it."""

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from storage.errors import TwinError
from twin.config.connector_sections import S
from twin.connectors.base import ConnectorContext, MessageEdited, MessageRecalled, MessageReceived


@dataclass(frozen=True, slots=True)
class MessageUnreadable:
    """There is a message that can't be read, as for want of its keys; it is not stored."""

    external_id: str


PastEvent = MessageReceived | MessageEdited | MessageRecalled | MessageUnreadable


class PastChat(NamedTuple):
    """A chat whose past the platform shows; the id and `kind` are those of its events."""

    external_id: str
    name: str
    kind: str = "direct"


class NoHistoryError(TwinError):
    """The platform does not show the past of this one chat."""


class HistorySource(Protocol):
    """The past of an account, read beside its running connector and without it.

    It waits by itself where the platform asks to. A TwinError or OSError that is no NoHistoryError
    ends the reading of the account.
    """

    async def chats(self) -> Sequence[PastChat]:
        """Those whose past can be asked for."""

    def messages(self, chat_external_id: str, since: int) -> AsyncIterator[PastEvent]:
        """What the connector would have told, the newest first, back to `since` at least.

        In UTC milliseconds. Changes and recalls are events of their own, anywhere in it; the text
        of a changed message may be any of its wordings.
        """


OpenHistory = Callable[[S, ConnectorContext], AbstractAsyncContextManager[HistorySource]]
