"""The web connector's own rules: who gets in, what is taken, what is shown."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from sqlite_utils import Database

from storage.chats import Chat
from storage.database import open_database
from storage.errors import TwinError
from storage.invites import create_invite, revoke_invites
from storage.messages import NewMessage, Origin, log_message, mark_recalled
from twin.connectors.base import Event, MessageReceived
from twin.connectors.web.connector import HISTORY, WebConnector
from twin.connectors.web.text import CHINESE, ENGLISH, PageMessage, texts_for


@dataclass(frozen=True)
class Settings:
    host: str = "127.0.0.1"
    port: int = 0
    names: tuple[str, ...] = ()
    rate_per_minute: int = 3
    max_chars: int = 10


class Tab:
    def __init__(self) -> None:
        self.texts: list[str] = []

    def show(self, line: PageMessage) -> None:
        self.texts.append(line.text)

    def typing(self, on: bool) -> None: ...


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def db(tmp_path: Path) -> Database:
    return open_database(tmp_path / "twin.db")


@asynccontextmanager
async def served(web: WebConnector, failing: bool = False) -> AsyncIterator[list[MessageReceived]]:
    received: list[MessageReceived] = []
    ready = asyncio.Event()

    async def emit(_name: str, event: Event) -> None:
        ready.set()
        if isinstance(event, MessageReceived):
            if failing:
                raise OSError("disk full")
            received.append(event)

    task = asyncio.create_task(web.run(emit))
    await asyncio.wait_for(ready.wait(), 10)
    try:
        yield received
    finally:
        await web.stop()
        await asyncio.wait_for(task, 10)


def open_tab(web: WebConnector, token: str) -> Tab:
    tab = Tab()
    web.attach(token, tab)
    return tab


async def test_unknown_and_revoked_links_get_nothing(db: Database) -> None:
    token, chat = create_invite(db, "Ann")
    web = WebConnector(db, Settings(), "Wei")
    async with served(web) as received:
        tab = open_tab(web, token)
        revoke_invites(db, chat.id)
        assert await web.receive(token, "hi", "1") == "unknown"
        assert await web.receive("nonsense", "hi", "1") == "unknown"
        await web.send(chat.external_id, "secret")
        async with httpx.AsyncClient(headers={"Accept-Language": "zh-CN,zh;q=0.9"}) as http:
            pages = [await http.get(web.link(key)) for key in (token, "nonsense", "")]
    assert received == []
    assert tab.texts == []
    assert [page.status_code for page in pages] == [404, 404, 404]
    assert all(CHINESE.gone in page.text for page in pages)


async def test_the_page_names_the_twin_in_the_browsers_language(db: Database) -> None:
    token, _ = create_invite(db, "Ann")
    web = WebConnector(db, Settings(), "Wei")
    async with served(web), httpx.AsyncClient() as http:
        english = await http.get(web.link(token), headers={"Accept-Language": "fr, en;q=0.5"})
        chinese = await http.get(web.link(token), headers={"Accept-Language": "zh-TW"})
    assert english.status_code == 200
    assert "You are talking to Wei's AI twin" in english.text
    assert "你正在和 Wei 的 AI 分身聊天" in chinese.text


@pytest.mark.parametrize(
    ("header", "texts"),
    [
        ("", ENGLISH),
        ("de-DE", ENGLISH),
        ("en-US,zh;q=0.8", ENGLISH),
        ("zh;q=0.8,en;q=0.9", ENGLISH),
        ("zh-CN,zh;q=0.9,en;q=0.8", CHINESE),
        ("de, zh;q=0.1", CHINESE),
        ("zh;q=0, *", ENGLISH),
        ("zh;q=x;;,,", ENGLISH),
    ],
)
def test_language_choice(header: str, texts: object) -> None:
    assert texts_for(header) is texts


async def test_a_message_is_handed_on_once_and_cleaned(db: Database) -> None:
    token, chat = create_invite(db, "Ann")
    web = WebConnector(db, Settings())
    async with served(web) as received:
        tab = open_tab(web, token)
        assert await web.receive(token, "  a\r\nb\0\ud800 ", "id-1") == "accepted"
        assert await web.receive(token, "again", "id-1") == "accepted"
        assert await web.receive(token, " \n ", "id-2") == "empty"
    assert [event.text for event in received] == ["a\nb?"]
    assert tab.texts == ["a\nb?"]
    assert received[0].external_id == "id-1"
    assert (received[0].chat_external_id, received[0].chat_name) == (chat.external_id, "Ann")


async def test_too_long_is_refused(db: Database) -> None:
    token, _ = create_invite(db, "Ann")
    web = WebConnector(db, Settings(max_chars=10))
    async with served(web) as received:
        assert await web.receive(token, "x" * 11, "1") == "too_long"
        assert await web.receive(token, "我" * 10, "2") == "accepted"
    assert len(received) == 1
    assert "10" in ENGLISH.refusal("too_long", 10)


async def test_the_rate_is_per_link_and_passes_after_a_minute(db: Database) -> None:
    ann, _ = create_invite(db, "Ann")
    bob, _ = create_invite(db, "Bob")
    clock = Clock()
    web = WebConnector(db, Settings(rate_per_minute=3), clock=clock)
    async with served(web):
        receipts = [await web.receive(ann, "hi", str(n)) for n in range(4)]
        other = await web.receive(bob, "hi", "1")
        clock.now += 61
        later = await web.receive(ann, "hi", "9")
    assert receipts == ["accepted"] * 3 + ["too_fast"]
    assert (other, later) == ("accepted", "accepted")


async def test_what_could_not_be_logged_is_not_shown(db: Database) -> None:
    token, _ = create_invite(db, "Ann")
    web = WebConnector(db, Settings())
    assert await web.receive(token, "hi", "0") == "unavailable"
    async with served(web, failing=True):
        tab = open_tab(web, token)
        assert await web.receive(token, "hi", "1") == "unavailable"
        assert web.status().last_error == "OSError: disk full"
        assert web.status().state == "running"
    assert tab.texts == []


async def test_quick_messages_keep_their_order(db: Database) -> None:
    token, _ = create_invite(db, "Ann")
    web = WebConnector(db, Settings())
    seen: list[str] = []
    ready, gate = asyncio.Event(), asyncio.Event()

    async def slow_first(_name: str, event: Event) -> None:
        ready.set()
        if isinstance(event, MessageReceived):
            if event.text == "first":
                await gate.wait()
            seen.append(event.text)

    task = asyncio.create_task(web.run(slow_first))
    await ready.wait()
    sends = [asyncio.create_task(web.receive(token, t, t)) for t in ("first", "second")]
    await asyncio.sleep(0)
    gate.set()
    await asyncio.gather(*sends)
    await web.stop()
    await task
    assert seen == ["first", "second"]


async def test_each_friend_sees_only_the_own_chat(db: Database) -> None:
    ann, ann_chat = create_invite(db, "Ann")
    bob, bob_chat = create_invite(db, "Bob")
    web = WebConnector(db, Settings())
    async with served(web):
        phone, desktop, other = open_tab(web, ann), open_tab(web, ann), open_tab(web, bob)
        await web.receive(ann, "from ann", "1")
        await web.send(ann_chat.external_id, "to ann")
        await web.send(bob_chat.external_id, "to bob")
    assert phone.texts == desktop.texts == ["from ann", "to ann"]
    assert other.texts == ["to bob"]


def log(db: Database, chat: Chat, text: str, at: int, *, peer: bool, key: str) -> None:
    origin: Origin = "peer" if peer else "twin"
    log_message(db, NewMessage(chat.id, origin, text, at, external_id=key))


def test_history_is_the_last_messages_without_recalled_ones(db: Database) -> None:
    token, chat = create_invite(db, "Ann")
    for n in range(HISTORY + 5):
        log(db, chat, f"m{n}", 1000 + n, peer=n % 2 == 0, key=str(n))
    mark_recalled(db, chat.id, str(HISTORY), 9999)
    entered = WebConnector(db, Settings()).enter(token)
    assert entered is not None
    lines, typing = entered
    assert [line.text for line in lines] == [f"m{n}" for n in range(5, HISTORY + 5) if n != HISTORY]
    assert [line.mine for line in lines[:2]] == [False, True]
    assert typing is False


async def test_a_taken_port_is_one_clear_error(db: Database) -> None:
    async def emit(_name: str, _event: Event) -> None: ...

    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        web = WebConnector(db, Settings(port=port))
        with pytest.raises(TwinError, match=f"127.0.0.1:{port}.*set another port"):
            await web.run(emit)
    assert web.status().state == "failed"


def test_a_host_that_is_not_ours_is_one_clear_error(db: Database) -> None:
    with pytest.raises(TwinError, match=r"192\.0\.2\.1:0: can't listen"):
        WebConnector(db, Settings(host="192.0.2.1")).bind()


def test_links(db: Database) -> None:
    assert WebConnector(db, Settings(port=8080)).link("abc") == "http://127.0.0.1:8080/c/abc"
    assert WebConnector(db, Settings(host="::1", port=1)).link("a") == "http://[::1]:1/c/a"
    assert "0.0.0.0" not in WebConnector(db, Settings(host="0.0.0.0", port=1)).link("a")
