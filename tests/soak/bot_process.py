"""The bot of the soak, in a process of its own: real server, inbox, replies and database.

Its clock runs faster. The other platform's events come line by line on stdin; what is kept, what is
sent, and how late the loop was goes to stdout.
"""

import asyncio
import hashlib
import json
import os
import sys
import time
from collections.abc import Callable
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any

import twin.connectors.web.connector
from storage.database import open_database
from tests.soak.stalls import Stalls
from tests.twin.fakes import FakeEngine, config_in
from twin.app import App
from twin.clock import Clock
from twin.config.schema import Config
from twin.connectors.base import Capabilities, Emit, LoggedIn, MessageReceived, Outgoing, Status
from twin.connectors.web.connector import WebConnector
from twin.connectors.web.page import add_friends_page
from twin.connectors.web.settings import Settings
from twin.engine.base import Limits, Reply
from twin.engine.runtime import freeze_imports
from twin.one_bot import one_bot
from twin.web.server import WebServer

PLATFORM = "piped"


class FastClock:
    """`speed` simulated seconds pass in one; `began` is the world's beginning, in real time."""

    def __init__(self, speed: float, began: float, skew: float) -> None:
        self._speed, self._began, self.skew = speed, began, skew
        self.clock = Clock(self._now, self.elapsed, lambda s: asyncio.sleep(s / speed))

    def elapsed(self) -> float:
        return (time.time() - self._began) * self._speed

    def true_ms(self) -> int:
        return int((self._began + self.elapsed()) * 1000)

    def _now(self) -> int:
        return self.true_ms() + int(self.skew * 1000)


class SlowTalker(FakeEngine):
    """Every answer has words of its own, and takes some seconds."""

    def __init__(self, clock: Clock) -> None:
        super().__init__()
        self._clock, self._numbers = clock, count()

    async def start(self, name: str | None = None, path: Path | None = None) -> None:
        freeze_imports()  # as where a model is loaded
        await super().start(name, path)

    async def reply(self, turns: Any, limits: Limits | None = None) -> Reply:
        number = f"{os.getpid()}-{next(self._numbers)}"
        await self._clock.sleep(2 + hash(number) % 20)
        words = hashlib.sha256(number.encode()).hexdigest()  # near to those of no other answer
        lines = [f"{words[at : at + 16]} 🙂 ok & fine" for at in (0, 16)[: 1 + len(turns) % 2]]
        return Reply("\n".join(lines), 1, True, 0.0)


class PipedPlatform:
    """A platform that echoes what is sent, and tells an event again until it was taken."""

    name = PLATFORM
    capabilities = Capabilities(self_echo=True)

    def __init__(self, fast: FastClock, stop: Callable[[], None]) -> None:
        self._fast, self._stop = fast, stop
        self._lines: asyncio.Queue[dict[str, Any]] = asyncio.Queue(maxsize=100)
        self._in_hand: dict[str, Any] | None = None
        self._status, self._ended, self._lost = Status(), asyncio.Event(), asyncio.Event()

    def status(self) -> Status:
        return self._status

    async def read(self) -> None:
        reader = asyncio.StreamReader()
        protocol = partial(asyncio.StreamReaderProtocol, reader)
        await asyncio.get_running_loop().connect_read_pipe(protocol, sys.stdin)
        while line := await reader.readline():
            command = json.loads(line)
            if "skew" in command:
                self._fast.skew = command["skew"]
            elif "lose" in command:
                self._lost.set()
            elif "stop" in command:
                self._stop()
            else:
                await self._lines.put(command)

    async def run(self, emit: Emit) -> None:
        self._lost.clear()
        self._status.state = "running"
        try:
            await emit(self.name, LoggedIn("me"))
            working = asyncio.create_task(self._work(emit))
            waiting = [asyncio.create_task(event.wait()) for event in (self._lost, self._ended)]
            await asyncio.wait({working, *waiting}, return_when=asyncio.FIRST_COMPLETED)
            for task in (working, *waiting):
                task.cancel()
            await asyncio.gather(working, *waiting, return_exceptions=True)
            if self._lost.is_set():
                raise ConnectionError
        finally:
            self._status.state = "failed"

    async def _work(self, emit: Emit) -> None:
        while True:
            # What the loss of the connection cut off is told again.
            self._in_hand = self._in_hand or await self._lines.get()
            event = MessageReceived(**self._in_hand["event"])
            await emit(self.name, event)
            tell(kept=event.external_id)
            self._in_hand = None

    async def send(self, chat: str, message: Outgoing) -> str | None:
        # By the platform's clock, which nobody sets.
        tell(sent=[chat, message.text, self._fast.true_ms()])
        return None

    async def typing(self, chat_external_id: str, on: bool) -> None: ...

    async def stop(self) -> None:
        self._ended.set()


def tell(**said: object) -> None:
    print(json.dumps(said), flush=True)


def soak_config(folder: Path) -> Config:
    config = config_in(folder)
    policy: dict[str, object] = {"quiet_hours": "", "max_per_chat_hour": 1000}
    policy |= {"max_per_day": 1_000_000}
    # Its 20 ms of computing would be seconds here, and every burst too old after an hour.
    policy |= {"second_opinion": False}
    changed = {
        "policy": config.policy.model_copy(update=policy),
        "reply": config.reply.model_copy(update={"disclose": "never"}),
    }
    return config.model_copy(update=changed)


async def main(folder: Path, speed: float, began: float, skew: float) -> None:
    fast = FastClock(speed, began, skew)
    clock, config = fast.clock, soak_config(folder)
    twin.connectors.web.connector.now_ms = clock.now  # type: ignore[attr-defined]
    db = open_database(config.database)
    settings = Settings().model_copy(update={"port": 0, "enabled": True})
    server = WebServer(settings)
    web = WebConnector(db, settings, server, "Owner", clock.monotonic)
    server.add(partial(add_friends_page, connector=web))
    server.bind()
    platform = PipedPlatform(fast, lambda: app.stop())
    app = App(config, db, [web, platform], SlowTalker(clock), clock=clock, web=server)
    running = asyncio.create_task(app.run())
    await server.up()
    others = [asyncio.create_task(platform.read()), asyncio.create_task(Stalls().measure(tell))]
    tell(up=server.address)
    await running
    for task in others:
        task.cancel()


if __name__ == "__main__":
    with one_bot(Path(sys.argv[1])):
        asyncio.run(main(Path(sys.argv[1]), *(float(number) for number in sys.argv[2:])))
