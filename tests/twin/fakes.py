"""A fake platform, model and clock that tests control."""

import asyncio
import heapq
import itertools
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager, nullcontext
from datetime import datetime
from pathlib import Path

from sqlite_utils import Database

from storage.chats import Chat, upsert_chat
from storage.outbox import Piece
from twin.clock import Clock
from twin.config.load import FullConfig
from twin.config.schema import Config
from twin.connectors.base import Capabilities, Emit, LoggedIn, MessageReceived, Outgoing, Status
from twin.engine.base import Limits, Reply, Throughput
from twin.prompting.chat_template import Turn
from twin.prompting.fitting import fit_turns


async def run_tasks() -> None:
    """Let every task run as far as it can."""
    for _ in range(50):
        await asyncio.sleep(0)


class FakeTime:
    """Stands still until a test moves it on."""

    def __init__(self) -> None:
        # Noon, so that no test falls into quiet hours.
        today = datetime.now().astimezone().replace(hour=12, minute=0, second=0, microsecond=0)
        self.seconds = today.timestamp()
        self.skew = 0.0  # how far somebody set the wall clock
        self.slept: list[float] = []
        self._order = itertools.count()
        self._sleepers: list[tuple[float, int, asyncio.Future[None]]] = []
        self.clock = Clock(self.now, lambda: self.seconds, self._sleep)

    def now(self) -> int:
        return int((self.seconds + self.skew) * 1000)

    async def _sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        awake: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        heapq.heappush(self._sleepers, (self.seconds + seconds, next(self._order), awake))
        await awake

    async def advance(self, seconds: float) -> None:
        target = self.seconds + seconds
        await run_tasks()
        while self._sleepers and self._sleepers[0][0] <= target:
            due, _, awake = heapq.heappop(self._sleepers)
            self.seconds = max(self.seconds, due)  # the machine may have slept longer
            if not awake.done():
                awake.set_result(None)
            await run_tasks()
        self.seconds = target


CONTEXT_TOKENS = 768


class FakeFormat:
    """Each letter is a token."""

    takes_opening = True
    marks: tuple[str, ...] = ()

    def __init__(self) -> None:
        self.stop_ids = [0]

    def render(self, turns: Sequence[Turn]) -> list[int]:
        return [0] * sum(len(turn["content"]) for turn in turns)

    def complete(
        self, turns: Sequence[Turn], answers: int | None = None
    ) -> tuple[list[int], list[int]]:
        raise NotImplementedError


class FakeEngine:
    """Answers with what was enqueued, otherwise "ok". An exception is raised, a future awaited."""

    def __init__(self) -> None:
        self.adapter: str | None = None
        self.asked: list[list[Turn]] = []
        self.loaded: list[str | None] = []
        self.refuse: dict[str | None, Exception] = {}
        self.stopped = False
        self.limits: list[Limits | None] = []
        self.others: list[str | None] = []
        self.throughput = Throughput()
        self.waiting = 0
        self.is_asked = asyncio.Event()
        self.forgot = 0
        self._answers: deque[str | Exception | asyncio.Future[str]] = deque()

    def enqueue(self, *answers: str | Exception | asyncio.Future[str]) -> None:
        self._answers.extend(answers)

    def drop_answers(self) -> None:
        self._answers.clear()

    @property
    def bursts(self) -> list[str]:
        return [turns[-1]["content"] for turns in self.asked]

    async def start(self, name: str | None = None, path: Path | None = None) -> None:
        await self.load(name, path)

    async def load(self, name: str | None, path: Path | None) -> None:
        self.loaded.append(name)
        if name in self.refuse:
            raise self.refuse[name]
        self.adapter = name

    async def reply_as(
        self, name: str | None, path: Path | None, turns: Sequence[Turn], limits: Limits
    ) -> Reply:
        if name in self.refuse:
            raise self.refuse[name]
        self.others.append(name)
        return await self.reply(turns, limits)

    def unload_other(self) -> None:
        self.forgot += 1

    async def reply(self, turns: Sequence[Turn], limits: Limits | None = None) -> Reply:
        may_cut = limits is None or limits.may_cut
        prompt = fit_turns(turns, FakeFormat(), CONTEXT_TOKENS, may_cut=may_cut)
        self.asked.append(prompt)
        self.limits.append(limits)
        self.is_asked.set()
        answer = self._answers.popleft() if self._answers else "ok"
        if isinstance(answer, asyncio.Future):
            answer = await answer
        if isinstance(answer, Exception):
            raise answer
        return Reply(answer, 1, True, 0.0, len(FakeFormat().render(prompt)))

    def free_gpu_memory(self) -> AbstractAsyncContextManager[None]:
        return nullcontext()

    async def stop(self) -> None:
        self.stopped = True


class FakeConnector:
    """Keeps what was sent. `on_send` runs when a piece has left, before `send` returns."""

    def __init__(self, name: str = "fake", capabilities: Capabilities | None = None) -> None:
        self.name = name
        self.capabilities = capabilities or Capabilities(typing=True, discloses=True)
        self.sent: list[tuple[str, str]] = []
        self.messages: list[Outgoing] = []
        self.is_typing: dict[str, bool] = {}
        self.on_send: Callable[[str], object] = lambda _text: None
        self.gate: asyncio.Event | None = None
        self.crashes: deque[Exception] = deque()
        self.runs = 0
        self.emit: Emit | None = None
        self._status = Status("running")
        self._ended = asyncio.Event()

    @property
    def texts(self) -> list[str]:
        return [text for _, text in self.sent]

    def status(self) -> Status:
        return self._status

    async def run(self, emit: Emit) -> None:
        self.runs += 1
        if self.crashes:
            raise self.crashes.popleft()
        self.emit = emit
        self._status.state = "running"
        await emit(self.name, LoggedIn("me"))
        await self._ended.wait()

    async def send(self, chat_external_id: str, message: Outgoing) -> str | None:
        self.sent.append((chat_external_id, message.text))
        self.messages.append(message)
        self.on_send(message.text)
        if self.gate is not None:
            await self.gate.wait()
        return f"id-{len(self.sent)}" if self.capabilities.send_returns_id else None

    async def typing(self, chat_external_id: str, on: bool) -> None:
        self.is_typing[chat_external_id] = on

    async def stop(self) -> None:
        self._ended.set()


class FakeReplies:
    """The running bot's replies, for actions: `sent` and `taken_over` are what they asked for."""

    def __init__(self) -> None:
        self.sent: list[Piece] = []
        self.taken_over: list[int] = []

    def send(self, pieces: Sequence[Piece]) -> None:
        self.sent.extend(pieces)

    def owner_wrote(self, chat_id: int) -> None:
        self.taken_over.append(chat_id)

    def can_send_to(self, platform: str) -> bool:
        return True


def config_in(folder: Path) -> Config:
    """The defaults, with the data in that folder."""
    return FullConfig(path=folder / "config.toml", data=folder)


def chat_with(db: Database, friend: str, platform: str = "fake") -> Chat:
    """A chat that the twin may answer."""
    return upsert_chat(db, platform, friend, friend, mode="auto")


def said(
    text: str, at: float, *, friend: str = "ann", id: str | None = None, from_owner: bool = False
) -> MessageReceived:
    """An event of the fake platform; `at` in seconds."""
    return MessageReceived(
        chat_external_id=friend,
        chat_name=friend,
        sender_id="me" if from_owner else friend,
        sender_name="me" if from_owner else friend,
        text=text,
        sent_at=int(at * 1000),
        external_id=id,
        from_owner=from_owner,
    )
