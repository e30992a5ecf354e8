"""Friends on two platforms, and everything that can go wrong, around the bot of the soak."""

import asyncio
import contextlib
import json
import random
import sqlite3
import sys
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
from sqlite_utils import Database

from storage.chats import upsert_chat
from storage.invites import create_invite
from tests.alterations import ALTERATIONS
from tests.soak.bot_process import PLATFORM, soak_config
from twin.replying.bursts import open_bursts

ROOT = Path(__file__).parents[2]
HOUR = 3600.0
JUMPS = (0, 0, 60, -60, 8 * HOUR, -8 * HOUR)
ALTERED = [alter for name, alter in ALTERATIONS.items() if name != "cut off"]


@dataclass
class Seen:
    """What the world saw. `kept`: what the bot said it keeps; `sent`: what reached the platform."""

    told: dict[str, list[str]] = field(default_factory=dict)
    kept: set[str] = field(default_factory=set)
    sent: list[str] = field(default_factory=list)
    late: Counter[int] = field(default_factory=Counter)
    memory: list[tuple[int, float, int]] = field(default_factory=list)  # life, hour, bytes
    # Milliseconds, of them computed by the loop's thread and by the process; where it was.
    stalls: list[tuple[int, int, int, str]] = field(default_factory=list)
    faults: Counter[str] = field(default_factory=Counter)


class World:
    """`hours` simulated at `speed`; of the friends a quarter writes on the piped platform.

    `pause`: simulated seconds between a friend's bursts; between two faults it is about as long.
    """

    def __init__(
        self, folder: Path, friends: int, hours: float, speed: float, pause: float, seed: int
    ) -> None:
        self.config, self.seen, self.lives = soak_config(folder), Seen(), 0
        self._random, self._pause = random.Random(seed), pause
        self._friends, self._end, self._speed = friends, hours * HOUR, speed
        self._began, self._skew, self._numbers = time.time(), 0.0, 0
        self._address: str | None = None
        self._up, self._is_over = asyncio.Event(), False
        self._process: asyncio.subprocess.Process | None = None
        self._waiting: dict[str, dict[str, Any]] = {}  # events of the platform, until kept
        self._echoes: set[asyncio.Task[None]] = set()

    @property
    def now(self) -> float:
        """Simulated seconds since the beginning."""
        return (time.time() - self._began) * self._speed

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds / self._speed)

    async def run(self, db: Database) -> None:
        """Until everybody's words are taken and the bot has stopped by itself."""
        tokens = [create_invite(db, f"web{n}")[0] for n in range(self._friends * 3 // 4)]
        others = [f"other{n}" for n in range(self._friends - len(tokens))]
        for name in others:
            upsert_chat(db, PLATFORM, name, name, mode="auto")
        self._began = time.time()
        await self._start()
        self._end += self.now
        limits = httpx.Limits(max_connections=20)
        async with httpx.AsyncClient(limits=limits, timeout=5) as self._http:
            faults = asyncio.create_task(self._go_wrong())
            writing = [self._write_on_page(token) for token in tokens]
            await asyncio.gather(*writing, *map(self._write_elsewhere, others))
            self._is_over = True
            await faults
            await self._all_is_well(db)
        await self._stop()

    # Friends

    async def _bursts(self, name: str) -> Any:
        """The texts of one friend, with pauses between them."""
        self.seen.told[name] = []
        while self.now < self._end:
            await self.sleep(self._random.expovariate(1 / self._pause))
            for _ in range(self._random.randint(1, 3)):
                self._numbers += 1
                self.seen.told[name].append(f"f{self._numbers} & <b>hi</b>")
                yield self.seen.told[name][-1]
                await self.sleep(self._random.uniform(1, 15))

    async def _write_on_page(self, token: str) -> None:
        async for text in self._bursts(token):
            if self._random.random() < 0.02:
                await self._post(token, "x" * 100_000, f"long {text[:20]}")
            if self._random.random() < 0.05:  # the network goes away while it is sent
                self.seen.faults["post cut off"] += 1
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(0.003):
                        await self._post(token, text, text)
            twice = 2 if self._random.random() < 0.05 else 1
            await self._until_accepted(token, text, twice)
            self.seen.kept.add(text)

    async def _until_accepted(self, token: str, text: str, times: int) -> None:
        """As the page does: again and again with the same number, sometimes twice at once."""
        while True:
            posts = (self._post(token, text, text) for _ in range(times))
            if "accepted" in await asyncio.gather(*posts):
                return
            await asyncio.sleep(0.1)

    async def _post(self, token: str, text: str, number: str) -> str:
        body = json.dumps({"id": number.partition(" ")[0], "text": text})
        headers = {"Origin": self._address or ""}
        try:
            answer = await self._http.post(
                f"{self._address}/c/{token}", content=body, headers=headers
            )
            return str(answer.json().get("receipt"))
        except (httpx.HTTPError, ValueError):
            return "gone"

    async def _write_elsewhere(self, name: str) -> None:
        async for text in self._bursts(name):
            late = self._random.random() < 0.03
            at = int((self._began + self.now - (9 * HOUR if late else 0)) * 1000)
            event = self._event(name, text, at, text.partition(" ")[0])
            self.seen.faults["told a day late"] += late
            self._tell_bot(event)
            if self._random.random() < 0.05:
                self.seen.faults["told twice"] += 1
                self._tell_bot(event)

    def _event(
        self, chat: str, text: str, at: int, number: str, *, from_owner: bool = False
    ) -> dict[str, Any]:
        sender = "me" if from_owner else chat
        names = {"chat_external_id": chat, "chat_name": chat, "sender_id": sender}
        more = {"sender_name": sender, "text": text, "sent_at": at, "external_id": number}
        return {"event": names | more | {"from_owner": from_owner}}

    # The bot

    async def _start(self) -> None:
        self._address, self.lives, self._up = None, self.lives + 1, asyncio.Event()
        arguments = [self.config.data, self._speed, self._began, self._skew]
        self._process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "tests.soak.bot_process", *map(str, arguments)),
            cwd=ROOT,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
        )
        self._reading = asyncio.create_task(self._read(self._process))
        up = asyncio.create_task(self._up.wait())
        await asyncio.wait({up, self._reading}, return_when=asyncio.FIRST_COMPLETED)
        assert up.done(), "the bot did not start"
        for event in list(self._waiting.values()):
            self._write(event)

    async def _read(self, process: asyncio.subprocess.Process) -> None:
        assert process.stdout is not None
        async for line in process.stdout:
            with contextlib.suppress(json.JSONDecodeError):  # a line that a kill cut off
                self._hear(json.loads(line))

    def _hear(self, said: dict[str, Any]) -> None:
        if "up" in said:
            self._address = said["up"]
            self._up.set()
        elif "kept" in said:
            self._waiting.pop(said["kept"], {})
            self.seen.kept.add(said["kept"])
        elif "sent" in said:
            _, text, _ = said["sent"]
            self.seen.sent.append(text)
            echo = asyncio.create_task(self._echo(*said["sent"]))
            self._echoes.add(echo)
            echo.add_done_callback(self._echoes.discard)
        elif "stall" in said:
            self.seen.stalls.append(tuple(said["stall"]))
        elif "late" in said:
            self.seen.late.update({int(ms): n for ms, n in said["late"].items()})
            self.seen.memory.append((self.lives, self.now / HOUR, said["memory"]))

    async def _echo(self, chat: str, text: str, taken_at: int) -> None:
        """As platforms do: altered, late, more than once, out of order; timed when it was taken."""
        await self.sleep(self._random.choice([0, 0.5, 3, 10]))
        altered = self._random.choice(ALTERED)(text)
        event = self._event(chat, altered, taken_at, f"echo of {text}", from_owner=True)
        for _ in range(self._random.choice([1, 1, 1, 2])):
            self._tell_bot(event)

    def _tell_bot(self, event: dict[str, Any]) -> None:
        self._waiting[event["event"]["external_id"]] = event
        self._write(event)

    def _write(self, command: dict[str, Any]) -> None:
        process = self._process
        if process is not None and process.stdin is not None and self._address is not None:
            with contextlib.suppress(ConnectionError):
                process.stdin.write(f"{json.dumps(command)}\n".encode())

    async def _end_bot(self, *, kill: bool) -> None:
        process, self._address = self._process, None
        assert process is not None
        if kill:
            process.kill()
        else:
            assert process.stdin is not None
            process.stdin.write(b'{"stop": true}\n')
        await asyncio.wait_for(process.wait(), 30)
        await self._reading

    # What goes wrong

    async def _go_wrong(self) -> None:
        """In any order, but kills only in the first half: the second shows if memory grows.

        The clock is right while the bot is off: nobody could tell how late an echo is that waited.
        """
        while True:
            kinds = [self._hold_lock, self._set_clock, self._lose_connection]
            if self.now < self._end / 2:
                kinds += [self._kill, self._restart]
            self._random.shuffle(kinds)
            for what in kinds:
                await self.sleep(self._pause * self._random.uniform(0.25, 1.5))
                if self._is_over:
                    return
                self.seen.faults[what.__name__.strip("_").replace("_", " ")] += 1
                await what()

    async def _hold_lock(self) -> None:
        with contextlib.closing(sqlite3.connect(self.config.database, timeout=30)) as other:
            other.execute("BEGIN IMMEDIATE")
            await self.sleep(self._random.choice([1, 60, 60, 300]))
            other.rollback()

    async def _set_clock(self) -> None:
        self._skew = self._random.choice(JUMPS)
        self._write({"skew": self._skew})

    async def _lose_connection(self) -> None:
        self._write({"lose": True})

    async def _kill(self) -> None:
        await self._set_right()
        await self._end_bot(kill=True)
        await self._start()

    async def _restart(self) -> None:
        await self._set_right()
        await self._end_bot(kill=False)
        await self._start()

    async def _set_right(self) -> None:
        self._skew = 0
        self._write({"skew": 0})
        await self.sleep(60)

    async def _all_is_well(self, db: Database) -> None:
        """Wait until nothing is left to take, to answer, to send or to echo."""
        self._write({"skew": 0})
        waits = "SELECT COUNT(*) FROM outbox WHERE state IN ('pending', 'sending')"
        for _ in range(300):
            await asyncio.sleep(0.2)
            left = self._waiting or self._echoes or open_bursts(db)
            if not left and db.execute(waits).fetchone() == (0,):
                return
        raise AssertionError("something was never taken, answered or sent")

    async def _stop(self) -> None:
        await self._end_bot(kill=False)
