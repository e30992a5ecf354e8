"""What a friend typed is kept until the bot has it: without network, without bot, on a reload."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from playwright.async_api import Browser, Page, Route, expect
from sqlite_utils import Database

from storage.invites import create_invite
from storage.messages import messages_of_chat
from tests.chromium import chromium, needs_chromium
from tests.ports import free_port
from tests.twin.connectors.web.serving import Clock, FriendsPage
from tests.twin.connectors.web.test_page_browser import type_and_enter
from tests.twin.test_inbox import Notes
from twin.inbox import Inbox

pytestmark = needs_chromium
KEPT = "Object.keys(localStorage).filter(key => key.startsWith('outbox:')).length"


class Bot:
    """A bot that can be stopped and started again on the same port."""

    def __init__(self, db: Database) -> None:
        self._db, self.clock = db, Clock()
        self._page = FriendsPage(db, "Wei", self.clock, rate_per_minute=4, port=free_port())
        token, self._chat = create_invite(db, "Ann")
        self.link = self._page.web.link(token)

    @asynccontextmanager
    async def up(self) -> AsyncIterator[None]:
        async with self._page.run(Inbox(self._db, Notes()).handle):
            yield

    def logged(self) -> list[str]:
        return [message.text for message in messages_of_chat(self._db, self._chat.id)]


@pytest.fixture
def bot(db: Database) -> Bot:
    return Bot(db)


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    async with chromium() as browser:
        yield browser


async def opened(browser: Browser, bot: Bot) -> Page:
    page = await (await browser.new_context(locale="en")).new_page()
    await page.goto(bot.link)
    await expect(page.locator(".twin-field")).to_be_visible()
    return page


async def no_post(route: Route) -> None:
    if route.request.method == "POST":
        await route.abort()
    else:
        await route.continue_()


async def has_arrived(page: Page, bot: Bot, *texts: str) -> None:
    """In the log once and in order, shown once, and no longer kept in the browser."""
    await expect(page.locator(".twin-mine[data-id]")).to_have_text(list(texts), timeout=20_000)
    await expect(page.locator(".twin-unsent")).to_have_count(0)
    assert await page.evaluate(KEPT) == 0
    assert bot.logged() == list(texts)


async def test_without_network_it_waits_also_over_a_reload(browser: Browser, bot: Bot) -> None:
    async with bot.up():
        page = await opened(browser, bot)
        await page.context.set_offline(True)
        await type_and_enter(page, "one")
        await type_and_enter(page, "two")
        first = page.locator(".twin-unsent").first
        await expect(first).to_have_attribute("data-state", "unsent")
        await expect(page.locator(".twin-status")).to_contain_text("Not sent yet")
        await expect(page.locator(".twin-field")).to_have_value("")
        await page.route("**/c/*", no_post)
        await page.context.set_offline(False)
        await page.reload()
        await expect(page.locator(".twin-unsent")).to_have_text(["one", "two"])
        await page.unroute_all()
        await has_arrived(page, bot, "one", "two")


async def test_a_bot_that_ends_and_starts_again_gets_it_once(browser: Browser, bot: Bot) -> None:
    async with bot.up():
        page = await opened(browser, bot)
        await type_and_enter(page, "before")
        await has_arrived(page, bot, "before")
    await expect(page.locator(".twin-lost")).to_be_visible()
    await type_and_enter(page, "meanwhile")
    await expect(page.locator(".twin-unsent")).to_have_attribute("data-state", "unsent")
    async with bot.up():
        await has_arrived(page, bot, "before", "meanwhile")
        await expect(page.locator(".twin-lost")).to_be_hidden()


async def test_an_answer_that_is_lost_doubles_nothing(browser: Browser, bot: Bot) -> None:
    lost = asyncio.Event()
    async with bot.up():
        page = await opened(browser, bot)

        async def lose(route: Route) -> None:
            if route.request.method == "POST" and not lost.is_set():
                await route.fetch()  # the bot has it, and the browser never hears so
                lost.set()
                await route.abort()
            else:
                await route.continue_()

        await page.route("**/c/*", lose)
        # Half an emoji is no error either.
        await page.evaluate("document.querySelector('.twin-field').value = 'only once\\ud83d\\0'")
        await page.locator(".twin-field").press("Enter")
        await lost.wait()
        await has_arrived(page, bot, "only once\ufffd")
        await page.reload()
        await has_arrived(page, bot, "only once\ufffd")


async def test_what_was_too_fast_is_sent_by_itself(browser: Browser, bot: Bot) -> None:
    async with bot.up():
        page = await opened(browser, bot)
        texts = [str(number) for number in range(5)]
        for text in texts[:4]:
            await type_and_enter(page, text)
        await has_arrived(page, bot, *texts[:4])
        bot.clock.now += 59.5
        await type_and_enter(page, texts[4])
        await expect(page.locator(".twin-unsent")).to_have_attribute("data-state", "too_fast")
        bot.clock.now += 1
        await has_arrived(page, bot, *texts)
