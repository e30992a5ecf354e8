"""An inbox whose messages nobody acts on."""

from sqlite_utils import Database

from twin.clock import SYSTEM_CLOCK, Clock
from twin.inbox import Inbox


class Nobody:
    def friend_wrote(self, chat_id: int, message_id: int) -> None: ...

    def friend_recalled(self, chat_id: int, message_id: int) -> None: ...

    def friend_edited(self, chat_id: int, message_id: int) -> None: ...

    def owner_wrote(self, chat_id: int) -> None: ...

    def owner_commanded(self, chat_id: int, text: str) -> None: ...

    def media_came(self, message_id: int) -> None: ...


def inbox_of(db: Database, clock: Clock = SYSTEM_CLOCK) -> Inbox:
    return Inbox(db, Nobody(), clock)
