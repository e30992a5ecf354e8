"""The installed page in a real Chromium: its worker, and what it shows without a bot."""

from playwright.async_api import Browser, Page, expect

from tests.chromium import needs_chromium
from tests.twin.dashboard.stage import PHONE, Stage

pytestmark = needs_chromium
# Once it is there, the page is its own from the next load on.
IS_READY = "navigator.serviceWorker.ready.then(worker => worker.active.scriptURL)"
IS_ITS_OWN = "() => navigator.serviceWorker.controller !== null"
KEPT = """async () => {
  const kept = [];
  for (const name of await caches.keys())
    for (const request of await (await caches.open(name)).keys()) kept.push(request.url);
  return kept;
}"""


async def installed(stage: Stage, browser: Browser, language: str) -> Page:
    page = await stage.visit(browser, "/", PHONE, language, installed=True)
    assert await page.evaluate(IS_READY) == f"{stage.home}/service-worker.js?lang={language}"
    await page.reload()
    await page.wait_for_function(IS_ITS_OWN)
    return page


async def test_without_the_bot_a_page_says_so_and_nothing_else_is_kept(
    stage: Stage, browser: Browser
) -> None:
    page = await installed(stage, browser, "zh-CN")
    await page.goto(f"{stage.home}/drafts")
    await page.context.set_offline(True)
    await page.goto(f"{stage.home}/chats")
    await expect(page.get_by_role("heading", level=1)).to_have_text("连不上机器人")
    assert await page.evaluate("document.documentElement.scrollWidth") <= PHONE[0]
    await page.context.set_offline(False)
    await page.get_by_role("link").click()
    await expect(page.locator("main h1")).to_have_text("聊天")
    assert await page.evaluate(KEPT) == [f"{stage.home}/offline?lang=zh-CN"]


async def test_a_proxy_without_the_bot_is_no_bot(stage: Stage, browser: Browser) -> None:
    """And the page of a friend, which says it by itself, is left alone."""
    page = await installed(stage, browser, "en")
    await page.context.route("**/chats", lambda route: route.fulfill(status=502, body="nginx"))
    await page.context.route("**/c/x", lambda route: route.fulfill(status=502, body="nginx"))
    await page.goto(f"{stage.home}/chats")
    await expect(page.get_by_role("heading", level=1)).to_have_text("The bot can't be reached")
    await page.goto(f"{stage.home}/c/x")
    await expect(page.locator("body")).to_have_text("nginx")
