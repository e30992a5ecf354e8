"""What every connector must keep, run over each of them."""

import asyncio
import queue
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import pytest

from storage.database import open_database
from storage.invites import create_invite
from tests.twin.connectors.wechaty.gateway import ANN, Gateway
from twin.connectors.base import Connector, Event, LoggedIn, MessageReceived
from twin.connectors.console.connector import CHAT_ID, ConsoleConnector
from twin.connectors.web.connector import WebConnector
from twin.connectors.web.text import PageMessage
from twin.connectors.wechaty.connector import WechatyConnector


@dataclass(frozen=True)
class Settings:
    host: str = "127.0.0.1"
    port: int = 0
    names: tuple[str, ...] = ()
    rate_per_minute: int = 100
    max_chars: int = 2000


class Platform(Protocol):
    """The far side of a connector: what a friend does and sees."""

    connector: Connector
    chat: str

    async def say(self, text: str) -> None: ...

    def heard(self) -> list[str]: ...

    def close(self) -> None: ...


class ConsolePlatform:
    def __init__(self, folder: Path) -> None:
        self._typed: queue.Queue[str | None] = queue.Queue()
        self._heard: list[str] = []
        self._db = open_database(folder / "twin.db")
        self.connector: Connector = ConsoleConnector(
            self._db, "Ann", self._lines, self._heard.append
        )
        self.chat = CHAT_ID

    def _lines(self) -> Iterator[str]:
        while (line := self._typed.get()) is not None:
            yield line

    async def say(self, text: str) -> None:
        self._typed.put(text)

    def heard(self) -> list[str]:
        return self._heard

    def close(self) -> None:
        self._typed.put(None)
        self._db.close()


class Tab:
    """An open page of the web connector, without a browser."""

    def __init__(self) -> None:
        self.lines: list[PageMessage] = []
        self.is_typing = False

    def show(self, line: PageMessage) -> None:
        self.lines.append(line)

    def typing(self, on: bool) -> None:
        self.is_typing = on


class WebPlatform:
    def __init__(self, folder: Path) -> None:
        self._db = db = open_database(folder / "twin.db")
        self._token, chat = create_invite(db, "Ann")
        self._web = WebConnector(db, Settings())
        self.connector: Connector = self._web
        self.chat = chat.external_id
        self._tab = Tab()
        self._web.attach(self._token, self._tab)
        self._sent = 0

    async def say(self, text: str) -> None:
        self._sent += 1
        assert await self._web.receive(self._token, text, str(self._sent)) == "accepted"

    def heard(self) -> list[str]:
        return [line.text for line in self._tab.lines if not line.mine]

    def close(self) -> None:
        self._db.close()


class WechatyPlatform:
    """The account behind a real gateway."""

    def __init__(self, folder: Path, gateway: Gateway) -> None:
        gateway.login()
        self._db = db = open_database(folder / "twin.db")
        self.connector: Connector = WechatyConnector(db, gateway.settings(), folder)
        self.chat = ANN
        self._gateway = gateway

    async def say(self, text: str) -> None:
        self._gateway.say(text)

    def heard(self) -> list[str]:
        return self._gateway.sent()

    def close(self) -> None:
        self._db.close()


@pytest.fixture(
    params=[
        WebPlatform,
        ConsolePlatform,
        pytest.param(WechatyPlatform, marks=pytest.mark.gateway),
    ]
)
def platform(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Platform]:
    needs = ["gateway"] if request.param is WechatyPlatform else []
    made: Platform = request.param(tmp_path, *map(request.getfixturevalue, needs))
    yield made
    made.close()


class Inbox:
    def __init__(self) -> None:
        self.events: asyncio.Queue[tuple[str, Event]] = asyncio.Queue()

    async def emit(self, name: str, event: Event) -> None:
        await self.events.put((name, event))

    async def next(self) -> tuple[str, Event]:
        return await asyncio.wait_for(self.events.get(), 10)


@asynccontextmanager
async def running(connector: Connector) -> AsyncIterator[Inbox]:
    """The connector at work, logged in; it must end when told to."""
    inbox = Inbox()
    task = asyncio.create_task(connector.run(inbox.emit))
    try:
        name, event = await inbox.next()
        assert name == connector.name
        assert isinstance(event, LoggedIn)
        yield inbox
    finally:
        await connector.stop()
        await asyncio.wait_for(task, 10)


async def test_messages_arrive_in_order_with_who_and_when(platform: Platform) -> None:
    async with running(platform.connector) as inbox:
        await platform.say("one")
        await platform.say("two")
        received = [await inbox.next() for _ in range(2)]
    events = [event for _, event in received if isinstance(event, MessageReceived)]
    assert [name for name, _ in received] == [platform.connector.name] * 2
    assert [event.text for event in events] == ["one", "two"]
    assert {(e.chat_external_id, e.sender_name, e.from_owner) for e in events} == {
        (platform.chat, "Ann", False)
    }
    assert 1_500_000_000_000 < events[0].sent_at <= events[1].sent_at


async def test_what_is_sent_is_heard_in_order(platform: Platform) -> None:
    async with running(platform.connector) as inbox:
        await platform.connector.typing(platform.chat, True)
        for text in ("a", "b\nc", "<b>d</b>"):
            external_id = await platform.connector.send(platform.chat, text)
            assert (external_id is not None) == platform.connector.capabilities.send_returns_id
        await platform.connector.typing(platform.chat, False)
        assert inbox.events.empty() or platform.connector.capabilities.self_echo
    assert platform.heard() == ["a", "b\nc", "<b>d</b>"]


async def test_status_tells_the_state(platform: Platform) -> None:
    connector = platform.connector
    assert connector.status().state == "stopped"
    async with running(connector) as inbox:
        assert connector.status().state == "running"
        await platform.say("hi")
        await inbox.next()
        assert connector.status().last_event_at is not None
    assert connector.status().state == "stopped"


async def test_it_can_run_again_after_its_end(platform: Platform) -> None:
    async with running(platform.connector):
        pass
    async with running(platform.connector) as inbox:
        await platform.say("still there?")
        _, event = await inbox.next()
        assert isinstance(event, MessageReceived)
        assert event.text == "still there?"


async def test_stopping_is_harmless_at_any_time(platform: Platform) -> None:
    await platform.connector.stop()
    async with running(platform.connector):
        await platform.connector.stop()
    await platform.connector.stop()


async def test_a_cancelled_run_leaves_nothing_behind(platform: Platform) -> None:
    inbox = Inbox()
    task = asyncio.create_task(platform.connector.run(inbox.emit))
    await inbox.next()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert platform.connector.status().state == "stopped"
    async with running(platform.connector):
        pass
