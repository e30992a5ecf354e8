"""Bringing old messages from the overview in a real Chromium."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from playwright.async_api import expect

from storage.chats import list_chats
from tests.chromium import chromium, needs_chromium
from tests.twin.dashboard.stage import PHONE, Stage
from tests.twin.imports.past import PastOfAccount, said
from twin.connectors.history import NoHistoryError, PastEvent

pytestmark = needs_chromium

HOSTILE = "@<img src=x onerror=alert(1)>\u202e" + "long" * 60


class SlowPast(PastOfAccount):
    """Waits in the second chat until a test goes on."""

    async def messages(self, chat_external_id: str, since: int) -> AsyncIterator[PastEvent]:
        self.goes_on = getattr(self, "goes_on", None) or asyncio.Event()
        async for event in super().messages(chat_external_id, since):
            yield event
            if chat_external_id == HOSTILE:
                await self.goes_on.wait()


async def test_old_messages_are_brought_stopped_and_gone_on_with(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    hostile = [said(f"hi {n}", at=n, chat=HOSTILE) for n in (3, 2, 1)]
    shown = {"@ann": [said("hi", at=1)], HOSTILE: hostile, "@gone": []}
    past = SlowPast(shown, fails={"@gone": NoHistoryError("you left it")})
    folders = [past.folder("fake")]
    monkeypatch.setattr("twin.imports.history_report.connector_folders", lambda: folders)
    monkeypatch.setattr("twin.dashboard.pages.overview.REFRESH_S", 0.2)
    async with chromium() as browser:
        page = await stage.visit(browser, size=PHONE)
        page.on("dialog", lambda dialog: pytest.fail(f"a script ran: {dialog.message}"))
        part = page.locator("li").filter(has=page.get_by_role("heading", name="fake"))
        await part.get_by_role("button", name="Bring old messages").click()
        await expect(part).to_contain_text("1 of 3 chats")
        assert await page.evaluate("document.documentElement.scrollWidth") <= PHONE[0]
        await part.get_by_role("button", name="Stop").click()
        await expect(part.get_by_role("status")).to_contain_text("Stopped")
        assert [chat["name"] for chat in list_chats(stage.db) if chat["messages"]] == ["Ann"]
        past.goes_on.set()
        await part.get_by_role("button", name="Bring old messages").click()
        await expect(part.get_by_role("status")).to_contain_text("Imported 3 new messages")
        await expect(part).to_contain_text("you left it")
