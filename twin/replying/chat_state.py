"""What the reply manager remembers of a chat while it has something to answer or to send."""

import asyncio
from collections.abc import Collection
from dataclasses import dataclass, field

from storage.outbox import Piece
from twin.config.schema import ReplySettings


@dataclass(slots=True)
class ChatState:
    """`first`, `last`: when the open burst's messages arrived, in monotonic seconds.

    `changed`: when one of them was changed; `last_id`: the newest; `count`: how many there are;
    `restarts`: how often the reply was started over because more came; `waiting`: pieces to be sent
    before the burst is answered; `answering`: the messages whose reply `task` makes or sends.
    `failure`: why nothing could answer when it was last tried; it is not tried again before
    `again_at`.
    """

    first: float | None = None
    last: float = 0.0
    changed: float = float("-inf")
    last_id: int = 0
    count: int = 0
    restarts: int = 0
    waiting: list[Piece] = field(default_factory=list)
    task: asyncio.Task[None] | None = None
    answering: Collection[int] = ()
    failure: str | None = None
    again_at: float = float("-inf")

    def add(self, message_id: int, now: float) -> None:
        """A message arrived."""
        self.last, self.last_id = now, message_id
        self.count += 1
        if self.first is None:
            self.first = now

    def quiet_at(self, reply: ReplySettings) -> float:
        """When the friend seems to be done, in monotonic seconds.

        Who writes on and on is answered in between. Who changes what they wrote is waited for, or
        they would get an answer to words that are gone.
        """
        begun = self.last if self.first is None else self.first
        until = min(self.last + reply.quiet_seconds, begun + reply.cap_seconds)
        is_full = self.count >= reply.max_burst
        quiet = max(self.last if is_full else until, self.changed + reply.quiet_seconds)
        return max(quiet, self.again_at)

    def unread_until(self, reply: ReplySettings, wait_seconds: float) -> float:
        """How long what the friend sent is waited for until it is read, in monotonic seconds.

        Who sends voice after voice is answered in between.
        """
        begun = self.last if self.first is None else self.first
        return min(self.last, begun + reply.cap_seconds) + wait_seconds

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
        self.failure, self.again_at = None, float("-inf")
