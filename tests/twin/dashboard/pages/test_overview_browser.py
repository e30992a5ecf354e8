"""Login, overview and pause in a real Chromium, on a desktop and on a phone."""

import pytest
from playwright.async_api import ConsoleMessage, expect

from storage.preferences import paused_until
from storage.presence import scan_needed
from tests.chromium import chromium, needs_chromium
from tests.twin.dashboard.stage import DESKTOP, PHONE, Stage

pytestmark = needs_chromium


@pytest.mark.parametrize("size", [DESKTOP, PHONE])
async def test_login_overview_pause(stage: Stage, size: tuple[int, int]) -> None:
    async with chromium() as browser:
        page = await stage.visit(browser, size=size)
        problems: list[str] = []

        def note(message: ConsoleMessage) -> None:
            if message.type == "error":
                problems.append(message.text)

        page.on("console", note)
        await page.reload()
        await expect(page.locator("h1")).to_have_text("Overview")
        await page.get_by_role("button", name="Pause everything").click()
        await expect(page.get_by_role("status")).to_contain_text("Everything is paused")
        assert paused_until(stage.db) is not None
        await page.get_by_role("button", name="Resume").click()
        await expect(page.get_by_role("status")).to_contain_text("The twin is active")
        assert paused_until(stage.db) is None

        scan_needed(stage.db, "fake", "https://example.org/scan", 1)
        await expect(page.get_by_alt_text("QR code")).to_be_visible()
        assert await page.evaluate("document.documentElement.scrollWidth") <= size[0]
        assert problems == []


async def test_a_database_that_was_removed_is_told_on_every_page(stage: Stage) -> None:
    async with chromium() as browser:
        page = await stage.visit(browser)
        file = stage.config.database
        file.rename(file.with_name("away"))
        await page.get_by_role("button", name="Pause everything").click()
        await expect(page.get_by_role("status").first).to_contain_text("was removed")
        await page.get_by_role("link", name="Drafts").click()
        await expect(page.get_by_role("alert")).to_contain_text("was removed")
        assert paused_until(stage.db) is None
