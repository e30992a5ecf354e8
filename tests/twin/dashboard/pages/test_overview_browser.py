"""Login, overview and pause in a real Chromium, on a desktop and on a phone."""

import re

import pytest
from playwright.async_api import ConsoleMessage, expect

from storage.chats import upsert_chat
from storage.messages import NewMessage, Origin, log_message
from storage.preferences import paused_until
from storage.presence import scan_needed
from tests.chromium import chromium, needs_chromium
from tests.twin.dashboard.learnt import learn
from tests.twin.dashboard.stage import DESKTOP, PHONE, Stage
from training.evaluation.scores import GateVerdict
from twin.engine.base import NotServed

pytestmark = needs_chromium
ORIGINS: tuple[Origin, ...] = ("peer", "peer", "owner")


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
        await expect(page.get_by_text("No messages in these days.")).to_be_visible()
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


async def test_days_and_nights_are_drawn_and_are_a_table_too(stage: Stage) -> None:
    chat, now = upsert_chat(stage.db, "fake", "anna", "Anna"), stage.time.clock.now()
    for origin in ORIGINS:
        log_message(stage.db, NewMessage(chat.id, origin, "hello", now))
    async with chromium() as browser:
        page = await stage.visit(browser, size=PHONE)
        await expect(page.get_by_text("There was no training yet")).to_be_visible()
        learn(stage, "one", GateVerdict(True, ["better"]))
        stage.refusal = NotServed("start it again with --lora /x")
        await expect(page.get_by_text("(start it again with --lora /x). The base")).to_be_visible()
        about = re.compile(r"^Messages a day from .*: 2, From you: 1\. The most on one day: 3$")
        await expect(page.get_by_role("img", name=about)).to_be_visible()
        await expect(
            page.get_by_role("img", name="Loss per token, of the last: 3.224")
        ).to_be_visible()
        likeness = "Likeness between other people (0%) and you (100%), the last: 50%"
        await expect(page.get_by_role("img", name=likeness)).to_be_visible()
        await page.get_by_text("As a table").last.click()
        table = page.get_by_role("region", name="One training after the other").get_by_role("row")
        await expect(table.last).to_contain_text("3.2244.312")
        assert await page.evaluate("document.documentElement.scrollWidth") <= PHONE[0]


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
