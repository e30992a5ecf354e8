"""A bot with a fake model, platform and clock; inbox, replies and database are real."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import cycle
from pathlib import Path
from typing import Any

from sqlite_utils import Database

from storage.chats import Chat
from storage.database import open_database
from storage.media_texts import store_media_text
from storage.messages import messages_of_chat
from tests.alterations import ALTERATIONS
from tests.twin.fakes import FakeConnector, FakeEngine, FakeTime, chat_with, config_in, said
from twin.app import EventDispatcher
from twin.config.schema import Config
from twin.connectors.base import Connector, MediaSaved
from twin.inbox import Inbox
from twin.replying.manager import ReplyManager
from twin.replying.unread_media import CanRead, reads_nothing


class Bot:
    """Replies and an inbox on a database; a second one on the same file is a restart.

    `others`: further accounts; `can_read`: which kinds of files are read there.
    """

    def __init__(
        self,
        folder: Path,
        time: FakeTime,
        connector: FakeConnector | None = None,
        engine: FakeEngine | None = None,
        others: Sequence[Connector] = (),
        can_read: CanRead = reads_nothing,
        **sections: dict[str, object],
    ) -> None:
        connector = connector or FakeConnector()
        values = {
            name: getattr(Config(path=folder, data=folder), name).model_copy(update=changes)
            for name, changes in sections.items()
        }
        self.config: Config = config_in(folder).model_copy(update=values)
        self.db: Database = open_database(self.config.database)
        self.time, self.connector, self.engine = time, connector, engine or FakeEngine()
        self.chat: Chat = chat_with(self.db, "ann")
        self._alterations = cycle(list(ALTERATIONS.values())[::-1])
        connectors: dict[str, Connector] = {one.name: one for one in (connector, *others)}
        self.replies = ReplyManager(
            self.config, self.db, self.engine, connectors, time.clock, can_read=can_read
        )
        self.dispatcher = EventDispatcher(self.db, self.replies, self.obey, self.replies.clock)
        self.inbox = Inbox(self.db, self.dispatcher, self.replies.clock, time.clock)

    def obey(self, text: str) -> str:
        return f"did {text}"

    async def receive(
        self, text: str, friend: str = "ann", id: str | None = None, from_owner: bool = False
    ) -> None:
        event = said(text, self.time.seconds, friend=friend, id=id, from_owner=from_owner)
        await self.inbox.handle("fake", event)

    async def receive_file(self, kind: str, text: str = "", id: str = "f", **more: Any) -> None:
        """A picture, voice or the like of a friend's; its file is at `media/fake/ID`."""
        event = said(text, self.time.seconds, id=id, **more)
        await self.inbox.handle("fake", replace(event, kind=kind))
        saved = MediaSaved(event.chat_external_id, id, f"media/fake/{id}")
        await self.inbox.handle("fake", saved)

    def read(self, text: str, id: str = "f", failure: str | None = None) -> None:
        """Something read the file of that message."""
        (number,) = self.db.execute(
            "SELECT id FROM messages WHERE external_id = ?", [id]
        ).fetchone()
        path = f"media/fake/{id}"
        assert store_media_text(
            self.db, number, path, text, reader="reads", at=self.time.now(), failure=failure
        )

    async def echo(self, text: str, id: str | None = None) -> None:
        """The platform tells what was sent from the owner's account, altered as platforms do."""
        await self.receive(next(self._alterations)(text), id=id, from_owner=True)

    def states(self) -> list[str]:
        return [state for (state,) in self.db.execute("SELECT state FROM outbox ORDER BY id")]

    def reasons(self) -> list[str]:
        rows = self.db.execute("SELECT reason FROM decisions ORDER BY id")
        return [reason for (reason,) in rows]

    def log(self) -> list[tuple[str, str]]:
        return [(m.origin, m.text) for m in messages_of_chat(self.db, self.chat.id)]


MakeBot = Callable[..., Bot]
