"""A platform that shows the past of its chats, for tests."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from twin.connectors.base import (
    ConnectorContext,
    ConnectorFolder,
    MessageEdited,
    MessageRecalled,
    MessageReceived,
)
from twin.connectors.history import PastChat, PastEvent
from twin.connectors.wechaty.settings import Settings

DAY_MS = 86_400_000
THEN = 1_750_000_000_000


def said(
    text: str, *, at: int, chat: str = "@ann", mine: bool = False, **more: Any
) -> MessageReceived:
    """A message `at` so many seconds after THEN."""
    return MessageReceived(
        chat_external_id=chat,
        chat_name=chat.strip("@").title(),
        sender_id="@me" if mine else chat,
        sender_name="Sam" if mine else "Ann",
        text=text,
        sent_at=THEN + at * 1000,
        from_owner=mine,
        **{"external_id": f"{chat}:{at}"} | more,
    )


def edited(text: str, *, of: int, at: int, chat: str = "@ann") -> PastEvent:
    return MessageEdited(chat, f"{chat}:{of}", text, THEN + at * 1000)


def recalled(*, of: int, chat: str = "@ann") -> PastEvent:
    return MessageRecalled(chat, f"{chat}:{of}")


@dataclass
class PastOfAccount:
    """`shown`: the events of each chat, the newest first. `fails`: what reading a chat raises."""

    shown: Mapping[str, Sequence[PastEvent]]
    kinds: dict[str, str] = field(default_factory=dict)
    fails: dict[str, Exception] = field(default_factory=dict)
    asked: list[tuple[str, int]] = field(default_factory=list)

    async def chats(self) -> Sequence[PastChat]:
        return [
            PastChat(id_, id_.strip("@").title(), self.kinds.get(id_, "direct"))
            for id_ in self.shown
        ]

    async def messages(self, chat_external_id: str, since: int) -> AsyncIterator[PastEvent]:
        self.asked.append((chat_external_id, since))
        for event in self.shown[chat_external_id]:
            yield event
        if chat_external_id in self.fails:
            raise self.fails[chat_external_id]

    def folder(self, name: str = "there") -> ConnectorFolder[Any]:
        """What a connector folder with this past declares."""

        @asynccontextmanager
        async def opened(_: Any, __: ConnectorContext) -> AsyncIterator[PastOfAccount]:
            yield self

        def no_connector(*_: Any) -> Any:
            raise NotImplementedError

        return ConnectorFolder(
            name=name,
            title=name,
            section="connectors.wechaty",
            settings=Settings,
            connect=no_connector,
            history=opened,
        )
