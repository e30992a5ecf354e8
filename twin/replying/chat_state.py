"""What the reply manager remembers of a chat while it has something to answer or to send."""

import asyncio
from collections.abc import Collection
from dataclasses import dataclass, field

from storage.outbox import Piece


@dataclass(slots=True)
class ChatState:
    """`first`, `last`: when the open burst's messages arrived, in monotonic seconds.

    `said`: when the newest was sent, which may be long before; `last_id`: that message; `count`:
    how many there are; `restarts`: how often the reply was started over because more came;
    `waiting`: pieces to be sent before the burst is answered; `answering`: the messages whose reply
    `task` makes or sends.
    """

    first: float | None = None
    last: float = 0.0
    said: float = 0.0
    last_id: int = 0
    count: int = 0
    restarts: int = 0
    waiting: list[Piece] = field(default_factory=list)
    task: asyncio.Task[None] | None = None
    answering: Collection[int] = ()

    def add(self, message_id: int, now: float, age_s: float) -> None:
        """A message arrived that was sent `age_s` ago."""
        self.last, self.last_id, self.said = now, message_id, now - age_s
        self.count += 1
        if self.first is None:
            self.first = now

    def reopen(self, count: int) -> None:
        """So many messages of the last burst are to be answered again."""
        if count and self.first is None:
            self.first, self.count = self.last, count

    def stop_task(self) -> None:
        """Break off what is being done."""
        if self.task is not None:
            self.task.cancel()
            self.task, self.answering = None, ()

    def begin_next(self, last_id: int | None) -> None:
        """The burst up to that message is closed; what came since begins the next."""
        more = last_id is not None and self.last_id > last_id
        self.first = self.last if more else None
        self.count, self.restarts = int(more), 0
