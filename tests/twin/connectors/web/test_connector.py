"""The web connector's own rules: who gets in, what is taken, what is shown."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlite_utils import Database

from storage.chats import Chat
from storage.invites import create_invite, revoke_invites
from storage.messages import NewMessage, Origin, log_message, mark_recalled
from tests.twin.connectors.web.serving import Clock, FriendsPage
from twin.connectors.base import Event, MessageReceived, Outgoing, SendRefusedError, Sticker
from twin.connectors.web.connector import HISTORY, PageMessage, WebConnector
from twin.connectors.web.page import REFUSALS
from twin.language import Language, language_for
from twin.web.secret_links import GONE

pytestmark = pytest.mark.server

ENGLISH, CHINESE = Language("en"), Language("zh_CN")


class Tab:
    def __init__(self) -> None:
        self.texts: list[str] = []
        self.pictures: list[str | None] = []

    def show(self, line: PageMessage) -> None:
        self.texts.append(line.text)
        self.pictures.append(line.picture)

    def typing(self, on: bool) -> None: ...


def page_of(db: Database, owner: str = "", **changes: Any) -> FriendsPage:
    return FriendsPage(db, owner, **{"rate_per_minute": 3, "max_chars": 10} | changes)


@asynccontextmanager
async def served(page: FriendsPage, failing: bool = False) -> AsyncIterator[list[MessageReceived]]:
    received: list[MessageReceived] = []

    async def emit(_name: str, event: Event) -> None:
        if isinstance(event, MessageReceived):
            if failing:
                raise OSError("disk full")
            received.append(event)

    async with page.run(emit):
        yield received


def open_tab(web: WebConnector, token: str) -> Tab:
    tab = Tab()
    web.attach(token, tab)
    return tab


async def test_unknown_and_revoked_links_get_nothing(db: Database) -> None:
    token, chat = create_invite(db, "Ann")
    page = page_of(db, "Wei")
    web = page.web
    async with served(page) as received:
        tab = open_tab(web, token)
        revoke_invites(db, chat.id)
        assert await web.receive(token, "hi", "1") == "unknown"
        assert await web.receive("nonsense", "hi", "1") == "unknown"
        await web.send(chat.external_id, Outgoing("secret"))
        async with httpx.AsyncClient(headers={"Accept-Language": "zh-CN,zh;q=0.9"}) as http:
            pages = [await http.get(web.link(key)) for key in (token, "nonsense", "")]
    assert received == []
    assert tab.texts == []
    assert [page.status_code for page in pages] == [404, 404, 404]
    assert all(CHINESE.say(GONE) in page.text for page in pages)


async def test_the_page_names_the_twin_in_the_browsers_language(db: Database) -> None:
    token, _ = create_invite(db, "Ann")
    page = page_of(db, "Wei")
    web = page.web
    async with served(page), httpx.AsyncClient() as http:
        english = await http.get(web.link(token), headers={"Accept-Language": "fr, en;q=0.5"})
        chinese = await http.get(web.link(token), headers={"Accept-Language": "zh-TW"})
    assert english.status_code == 200
    assert "You are talking to Wei's AI twin" in english.text
    assert "你正在和 Wei 的 AI 分身聊天" in chinese.text


@pytest.mark.parametrize(
    ("header", "language"),
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
def test_language_choice(header: str, language: Language) -> None:
    assert language_for(header) == language


async def test_a_message_is_handed_on_once_and_cleaned(db: Database) -> None:
    token, chat = create_invite(db, "Ann")
    page = page_of(db)
    web = page.web
    async with served(page) as received:
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
    page = page_of(db, max_chars=10)
    web = page.web
    async with served(page) as received:
        assert await web.receive(token, "x" * 11, "1") == "too_long"
        assert await web.receive(token, "我" * 10, "2") == "accepted"
    assert len(received) == 1
    assert "10" in ENGLISH.say(REFUSALS["too_long"], max_chars=10)


async def test_the_rate_is_per_link_and_passes_after_a_minute(db: Database) -> None:
    ann, _ = create_invite(db, "Ann")
    bob, _ = create_invite(db, "Bob")
    clock = Clock()
    page = page_of(db, clock=clock, rate_per_minute=3)
    web = page.web
    async with served(page):
        receipts = [await web.receive(ann, "hi", str(n)) for n in range(4)]
        other = await web.receive(bob, "hi", "1")
        clock.now += 61
        later = await web.receive(ann, "hi", "9")
    assert receipts == ["accepted"] * 3 + ["too_fast"]
    assert (other, later) == ("accepted", "accepted")


async def test_refused_messages_count_and_repeated_ones_do_not(db: Database) -> None:
    token, _ = create_invite(db, "Ann")
    page = page_of(db, clock=Clock(), rate_per_minute=3, max_chars=10)
    web = page.web
    async with served(page) as received:
        assert await web.receive(token, "hi", "1") == "accepted"
        assert {await web.receive(token, "hi", "1") for _ in range(9)} == {"accepted"}
        assert await web.receive(token, "x" * 11, "2") == "too_long"
        assert await web.receive(token, " ", "3") == "empty"
        assert await web.receive(token, "hi", "4") == "too_fast"
        assert web.wait_s(token) == 60
    assert len(received) == 1


async def test_what_was_logged_before_a_restart_is_not_shown_twice(db: Database) -> None:
    token, chat = create_invite(db, "Ann")
    log(db, chat, "hi", 1000, peer=True, key="1")
    page = page_of(db)
    async with served(page) as received:
        tab = open_tab(page.web, token)
        assert await page.web.receive(token, "hi", "1") == "accepted"
    assert (received, tab.texts) == ([], [])


async def test_a_tab_outlives_a_restart_of_the_connector(db: Database) -> None:
    token, chat = create_invite(db, "Ann")
    page = page_of(db)
    tab = open_tab(page.web, token)
    for text in ("one", "two"):
        async with served(page):
            await page.web.send(chat.external_id, Outgoing(text))
    assert tab.texts == ["one", "two"]


async def test_what_could_not_be_logged_is_not_shown(db: Database) -> None:
    token, _ = create_invite(db, "Ann")
    page = page_of(db)
    web = page.web
    assert await web.receive(token, "hi", "0") == "unavailable"
    async with served(page, failing=True):
        tab = open_tab(web, token)
        assert await web.receive(token, "hi", "1") == "unavailable"
        assert web.status().last_error == "OSError: disk full"
        assert web.status().state == "running"
    assert tab.texts == []


async def test_quick_messages_keep_their_order(db: Database) -> None:
    token, _ = create_invite(db, "Ann")
    page = page_of(db)
    web = page.web
    seen: list[str] = []
    gate = asyncio.Event()

    async def slow_first(_name: str, event: Event) -> None:
        if isinstance(event, MessageReceived):
            if event.text == "first":
                await gate.wait()
            seen.append(event.text)

    async with page.run(slow_first):
        sends = [asyncio.create_task(web.receive(token, t, t)) for t in ("first", "second")]
        await asyncio.sleep(0)
        gate.set()
        await asyncio.gather(*sends)
    assert seen == ["first", "second"]


async def test_each_friend_sees_only_the_own_chat(db: Database) -> None:
    ann, ann_chat = create_invite(db, "Ann")
    bob, bob_chat = create_invite(db, "Bob")
    page = page_of(db)
    web = page.web
    async with served(page):
        phone, desktop, other = open_tab(web, ann), open_tab(web, ann), open_tab(web, bob)
        await web.receive(ann, "from ann", "1")
        await web.send(ann_chat.external_id, Outgoing("to ann"))
        await web.send(bob_chat.external_id, Outgoing("to bob"))
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
    entered = page_of(db).web.enter(token)
    assert entered is not None
    lines, typing = entered
    assert [line.text for line in lines] == [f"m{n}" for n in range(5, HISTORY + 5) if n != HISTORY]
    assert [line.mine for line in lines[:2]] == [False, True]
    assert [line.id for line in lines[:2]] == [None, "6"]
    assert typing is False


def test_links(db: Database) -> None:
    assert page_of(db, port=8080).web.link("abc") == "http://127.0.0.1:8080/c/abc"
    assert page_of(db, host="::1", port=1).web.link("a") == "http://[::1]:1/c/a"
    assert "0.0.0.0" not in page_of(db, host="0.0.0.0", port=1).web.link("a")


async def test_it_is_connected_only_while_the_server_serves(db: Database) -> None:
    page = page_of(db)

    async def emit(_name: str, _event: Event) -> None: ...

    connected = asyncio.create_task(page.web.run(emit))
    await asyncio.sleep(0)
    assert page.web.status().state == "starting"
    async with page.serve():
        await asyncio.sleep(0.01)
        assert page.web.status().state == "running"
    await asyncio.wait_for(connected, 10)
    assert page.web.status().state == "stopped"


async def test_a_sticker_is_a_picture_now_and_when_the_page_is_loaded_again(
    db: Database, tmp_path: Path
) -> None:
    page = page_of(db)
    token, chat = create_invite(db, "Ann")
    tab = open_tab(page.web, token)
    folder = tmp_path / "media"
    folder.mkdir()
    for name, content in {"a.gif": b"GIF89a", "b.svg": b"<svg>", "c.gif": b""}.items():
        (folder / name).write_bytes(content)
    await page.web.send(chat.external_id, Outgoing("", sticker=Sticker(None, folder / "a.gif")))
    for name in ("b.svg", "c.gif", "gone.gif"):
        with pytest.raises(SendRefusedError):
            await page.web.send(
                chat.external_id, Outgoing("", sticker=Sticker(None, folder / name))
            )
    assert tab.pictures == ["data:image/gif;base64,R0lGODlh"]
    for at, (origin, media) in enumerate(
        [
            *(("twin", "media/a.gif"), ("twin", "media/b.svg"), ("twin", None)),
            *(("twin", "twin.db"), ("owner", "media/a.gif")),
        ],
        1,
    ):
        row = NewMessage(chat.id, origin, "", at, kind="sticker", media=media)  # type: ignore[arg-type]
        log_message(db, row)
    entered = page.web.enter(token)
    assert entered is not None
    assert [line.picture for line in entered[0]] == ["data:image/gif;base64,R0lGODlh"]


async def test_a_loaded_page_holds_the_latest_stickers(
    db: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("twin.connectors.web.pictures.MOST_BYTES", 100)
    (tmp_path / "media").mkdir()
    (tmp_path / "media" / "a.gif").write_bytes(b"GIF89a")  # 30 as an address
    page = page_of(db)
    token, chat = create_invite(db, "Ann")
    for at in range(5):
        log_message(db, NewMessage(chat.id, "twin", "", at, kind="sticker", media="media/a.gif"))
    entered = page.web.enter(token)
    assert entered is not None
    assert [line.at for line in entered[0]] == [2, 3, 4]
