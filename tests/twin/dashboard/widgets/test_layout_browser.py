"""Language, colours and the keyboard."""

from playwright.async_api import expect

from tests.chromium import chromium, needs_chromium
from tests.twin.dashboard.stage import PHONE, Stage

pytestmark = needs_chromium


async def test_language_and_colours_are_switched_and_kept(stage: Stage) -> None:
    async with chromium() as browser:
        page = await stage.visit(browser, size=PHONE, language="zh-CN")
        await expect(page.locator("h1")).to_have_text("概览")
        await expect(page.locator("html")).to_have_attribute("lang", "zh-CN")
        await page.get_by_role("button", name="English").click()
        await expect(page.locator("h1")).to_have_text("Overview")
        await page.get_by_role("button", name="Colours: system").click()
        await page.get_by_role("button", name="Colours: light").click()
        await expect(page.locator("html")).to_have_attribute("data-theme", "dark")
        await page.reload()
        await expect(page.locator("h1")).to_have_text("Overview")
        await expect(page.get_by_role("button", name="Colours: dark")).to_be_visible()


async def test_the_keyboard_reaches_everything(stage: Stage) -> None:
    async with chromium() as browser:
        page = await stage.visit(browser)
        await page.keyboard.press("Tab")
        skip = page.get_by_role("link", name="Skip to content")
        await expect(skip).to_be_focused()
        await expect(skip).to_be_in_viewport()
        sections = (
            "Overview",
            "Chats",
            "Drafts",
            "Memory",
            "Training",
            "Data",
            "Try it",
            "Settings",
        )
        tools = ("中文", "Colours: system", "Log out")
        for name in (*sections, *tools, "Pause everything"):
            await page.keyboard.press("Tab")
            focused = page.locator(":focus")
            await expect(focused).to_have_accessible_name(name)
            style = await focused.evaluate("e => getComputedStyle(e).outlineStyle")
            assert style == "solid"
        await page.keyboard.press("Enter")
        await expect(page.get_by_role("status")).to_contain_text("Everything is paused")
