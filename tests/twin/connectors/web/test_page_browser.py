"""The friends' page in a real Chromium, served by the real server in the test's own loop."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, expect
from sqlite_utils import Database

import twin.dashboard.static
from storage.chats import find_chat
from storage.database import open_database
from storage.invites import create_invite, revoke_invites
from storage.messages import NewMessage, log_message
from tests.chromium import chromium, needs_chromium
from tests.twin.connectors.web.serving import FriendsPage
from twin.connectors.base import Event, MessageReceived, Outgoing, Sticker
from twin.connectors.web.connector import WebConnector

pytestmark = needs_chromium
ICON = Path(twin.dashboard.static.__file__).with_name("icon-192.png")
PHONE, DESKTOP = (390, 780), (1280, 800)
HOSTILE = "<img src=x onerror=\"document.title='hacked'\"><b>bold</b> {{ 1+1 }} `x` ${1}</script>"


@dataclass
class Stage:
    """The page being served, and a browser."""

    db: Database
    web: WebConnector
    browser: Browser

    def log(self, chat_id: int, text: str, at: int, *, peer: bool) -> None:
        log_message(self.db, NewMessage(chat_id, "peer" if peer else "twin", text, at))

    async def visit(self, token: str, size: tuple[int, int], language: str = "en") -> Page:
        """A device of its own: nothing is shared with the others."""
        context = await self.browser.new_context(
            viewport={"width": size[0], "height": size[1]}, locale=language
        )
        page = await context.new_page()
        await page.goto(self.web.link(token))
        await expect(page.locator(".twin-field")).to_be_visible()
        return page


@asynccontextmanager
async def staged(folder: Path) -> AsyncIterator[Stage]:
    db = open_database(folder / "twin.db")
    page = FriendsPage(db, "Wei", rate_per_minute=4, max_chars=200)

    async def emit(_name: str, event: Event) -> None:
        if isinstance(event, MessageReceived):
            chat = find_chat(db, event.chat_name)
            log_message(
                db,
                NewMessage(
                    chat.id, "peer", event.text, event.sent_at, external_id=event.external_id
                ),
            )

    async with page.run(emit), chromium() as browser:
        yield Stage(db, page.web, browser)


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncIterator[Stage]:
    async with staged(tmp_path) as made:
        yield made


async def type_and_enter(page: Page, text: str) -> None:
    await page.locator(".twin-field").fill(text)
    await page.locator(".twin-field").press("Enter")


async def test_two_friends_at_once_on_phone_and_desktop(stage: Stage) -> None:
    ann, ann_chat = create_invite(stage.db, "Ann")
    bob, bob_chat = create_invite(stage.db, "Bob")
    phone, desktop = await asyncio.gather(stage.visit(ann, PHONE), stage.visit(bob, DESKTOP))
    await expect(phone.locator(".twin-about")).to_have_text("You are talking to Wei's AI twin")

    await asyncio.gather(type_and_enter(phone, "I am Ann"), type_and_enter(desktop, "I am Bob"))
    await expect(phone.locator(".twin-mine")).to_have_text(["I am Ann"])
    await expect(desktop.locator(".twin-mine")).to_have_text(["I am Bob"])

    await stage.web.typing(ann_chat.external_id, True)
    await expect(phone.locator(".twin-typing")).to_be_visible()
    await expect(desktop.locator(".twin-typing")).to_be_hidden()
    for piece in ("hello Ann", "how are you?"):
        await stage.web.send(ann_chat.external_id, Outgoing(piece))
    await stage.web.send(bob_chat.external_id, Outgoing("hello Bob"))
    await expect(phone.locator(".twin-theirs")).to_have_text(["hello Ann", "how are you?"])
    await expect(desktop.locator(".twin-theirs")).to_have_text(["hello Bob"])
    await expect(phone.locator(".twin-typing")).to_be_hidden()
    await stage.web.send(bob_chat.external_id, Outgoing("", sticker=Sticker(None, ICON)))
    picture = desktop.get_by_role("img", name="sticker")
    await expect(picture).to_have_js_property("naturalWidth", 192)
    await expect(picture).to_be_in_viewport()
    assert "Bob" not in await phone.content()
    assert "Ann" not in await desktop.content()


async def test_markup_is_shown_as_text_live_and_from_history(stage: Stage) -> None:
    token, chat = create_invite(stage.db, "Ann")
    page = await stage.visit(token, PHONE)
    await type_and_enter(page, HOSTILE)
    await stage.web.send(chat.external_id, Outgoing(HOSTILE))
    await expect(page.locator(".twin-mine")).to_have_text([HOSTILE])
    await expect(page.locator(".twin-theirs")).to_have_text([HOSTILE])
    again = await stage.visit(token, DESKTOP)
    await expect(again.locator(".twin-mine")).to_have_text([HOSTILE])
    for shown in (page, again):
        assert await shown.locator(".twin-log img, .twin-log b").count() == 0
        assert await shown.title() == "Wei"


async def test_history_is_there_on_return_in_order(stage: Stage) -> None:
    token, chat = create_invite(stage.db, "Ann")
    for n in range(60):
        stage.log(chat.id, f"message {n}", 1_700_000_000_000 + n, peer=n % 2 == 0)
    page = await stage.visit(token, PHONE)
    await expect(page.locator(".twin-bubble")).to_have_text([f"message {n}" for n in range(10, 60)])
    await expect(page.locator(".twin-bubble").last).to_be_in_viewport()
    await type_and_enter(page, "I am back")
    await expect(page.locator(".twin-bubble").last).to_have_text("I am back")
    await page.reload()
    await expect(page.locator(".twin-bubble").last).to_have_text("I am back")
    await expect(page.locator(".twin-bubble").last).to_be_in_viewport()


async def test_a_phone_screen_holds_the_input_and_nothing_overflows(stage: Stage) -> None:
    token, chat = create_invite(stage.db, "Ann")
    page = await stage.visit(token, PHONE)
    for n in range(30):
        await stage.web.send(chat.external_id, Outgoing(f"{n} " + "w" * 120))
    await expect(page.locator(".twin-bubble").last).to_be_in_viewport()
    for selector in (".twin-field", ".twin-send", ".twin-head"):
        await expect(page.locator(selector)).to_be_in_viewport(ratio=1)
    # What an opened keyboard leaves of the screen.
    await page.set_viewport_size({"width": 390, "height": 420})
    await expect(page.locator(".twin-field")).to_be_in_viewport(ratio=1)
    await expect(page.locator(".twin-bubble").last).to_be_in_viewport()
    width = await page.evaluate("document.querySelector('.twin-log').scrollWidth")
    assert width <= 390


async def test_enter_sends_shift_enter_breaks_and_the_button_works(stage: Stage) -> None:
    token, _ = create_invite(stage.db, "Ann")
    page = await stage.visit(token, PHONE)
    field = page.locator(".twin-field")
    await field.press_sequentially("one")
    await field.press("Shift+Enter")
    await field.press_sequentially("two")
    # An input method's Enter picks a word and must not send.
    await field.dispatch_event("keydown", {"key": "Enter", "isComposing": True, "bubbles": True})
    await expect(field).to_have_value("one\ntwo")
    await page.locator(".twin-send").click()
    await expect(page.locator(".twin-mine")).to_have_count(1)
    assert await page.locator(".twin-mine").text_content() == "one\ntwo"
    await expect(field).to_have_value("")


async def test_refused_messages_come_back_with_a_friendly_line(stage: Stage) -> None:
    token, chat = create_invite(stage.db, "Ann")
    page = await stage.visit(token, PHONE, "zh-CN")
    await expect(page.locator(".twin-about")).to_have_text("你正在和 Wei 的 AI 分身聊天")
    await type_and_enter(page, "x" * 201)
    await expect(page.locator(".twin-notice").last).to_contain_text("200")
    await expect(page.locator(".twin-field")).to_have_value("x" * 201)
    revoke_invites(stage.db, chat.id)
    await type_and_enter(page, "anyone?")
    await expect(page.locator(".twin-notice").last).to_contain_text("链接已关闭")
    await expect(page.locator(".twin-field")).to_have_value("anyone?")
    await expect(page.locator(".twin-mine")).to_have_count(0)


async def test_a_dead_link_is_a_friendly_404(stage: Stage) -> None:
    page = await stage.browser.new_page()
    answer = await page.goto(stage.web.link("nonsense"))
    assert answer is not None
    assert answer.status == 404
    await expect(page.locator("h1")).to_have_text("This link doesn't work")


async def test_nothing_is_loaded_from_elsewhere(stage: Stage) -> None:
    token, _ = create_invite(stage.db, "Ann")
    page = await stage.browser.new_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    problems: list[str] = []
    page.on("pageerror", lambda error: problems.append(str(error)))
    await page.goto(stage.web.link(token))
    await type_and_enter(page, "hi")
    await expect(page.locator(".twin-mine")).to_have_text(["hi"])
    home = stage.web.link("").removesuffix("/c/")
    assert asked
    assert all(url.startswith((home, "data:")) for url in asked)
    assert problems == []
