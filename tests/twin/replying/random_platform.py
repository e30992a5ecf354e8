"""A model and a platform for the random machine: what they do next is told to them."""

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import replace

from tests.alterations import ALTERATIONS
from tests.twin.fakes import FakeConnector, FakeEngine, said
from twin.connectors.base import (
    Capabilities,
    MessageReceived,
    Outgoing,
    SendInDoubtError,
    SendLaterError,
    SendRefusedError,
)
from twin.engine.base import Limits, Reply
from twin.prompting.chat_template import Turn

REFUSAL = "the platform gives no access to this chat"
# What becomes of a message: does it arrive, and what does the sender hear?
ENDS: dict[str, tuple[bool, Exception | None]] = {
    "arrives": (True, None),
    "arrives, and nobody says so": (True, SendInDoubtError("no answer")),
    "is lost, and nobody says so": (False, SendInDoubtError("no answer")),
    "fails": (False, OSError("broken")),
    "fails, and arrives all the same": (True, OSError("timed out")),
    "comes too soon": (False, SendLaterError("429", seconds=20)),
    "is refused": (False, SendRefusedError("no", reason=REFUSAL)),
}


class Talker(FakeEngine):
    """Answers `r1a`, `r1b`, … so that every piece that is ever sent has words of its own.

    `asked_by`: the lines that each reply answers, by its number.
    """

    def __init__(self) -> None:
        super().__init__()
        self.number = 0
        self.lines = 1
        self.slow: list[asyncio.Future[None]] = []
        self.is_slow = False
        self.asked_by: dict[str, list[str]] = {}

    async def reply(self, turns: Sequence[Turn], limits: Limits | None = None) -> Reply:
        self.asked.append(list(turns))
        if self.is_slow:
            self.slow.append(asyncio.get_running_loop().create_future())
            await self.slow[-1]
        self.number += 1
        self.asked_by[f"r{self.number}"] = turns[-1]["content"].split("\n")
        text = "\n".join(f"r{self.number}{letter}" for letter in "abc"[: self.lines])
        return Reply(text, 1, True, 0.0)


class RandomPlatform(FakeConnector):
    """`ends`: what becomes of the next messages, of `ENDS`; without one they arrive.

    `judge` is told of each attempt, and whether a friend sees something new.
    """

    def __init__(self, name: str, capabilities: Capabilities) -> None:
        super().__init__(name, capabilities)
        self.ends: deque[str] = deque()
        self.judge: Callable[[RandomPlatform, str, Outgoing, bool], None]
        self.denied: set[str] = set()  # keys of what arrived, although sending it was an error
        self._seen: set[str] = set()

    async def send(self, chat_external_id: str, message: Outgoing) -> str | None:
        arrives, error = ENDS[self.ends.popleft() if self.ends else "arrives"]
        is_again = bool(self.capabilities.resend_s) and message.key in self._seen
        is_new = arrives and not is_again
        if is_new:
            self._seen.add(message.key)
            self.sent.append((chat_external_id, message.text))
            if isinstance(error, OSError):
                self.denied.add(message.key)
        self.judge(self, chat_external_id, message, is_new)
        if self.gate is not None:
            await self.gate.wait()
        if error is not None:
            raise error
        return f"{self.name}-{message.key}" if self.capabilities.send_returns_id else None


def echo_of(platform: RandomPlatform, friend: str, message: Outgoing, at: float) -> MessageReceived:
    """What comes back of a message that arrived then, altered; the key is told of every other."""
    number = len(platform.sent)
    alter = list(ALTERATIONS.values())[number % len(ALTERATIONS)]
    external_id = f"{platform.name}-{message.key}"
    echo = said(alter(message.text), at, friend=friend, id=external_id, from_owner=True)
    return replace(echo, key=message.key) if number % 2 else echo
