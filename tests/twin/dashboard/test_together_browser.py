"""Two friends and the owner at once: each sees their own chat, and the owner takes one over."""

import asyncio
from pathlib import Path

from playwright.async_api import Page, expect

from storage.chats import get_chat
from storage.invites import create_invite
from storage.messages import messages_of_chat
from tests.chromium import chromium, needs_chromium
from tests.twin.connectors.running import until
from tests.twin.dashboard.living import living
from tests.twin.dashboard.stage import DESKTOP, PHONE

pytestmark = needs_chromium


async def write(page: Page, text: str) -> None:
    await page.locator(".twin-field").fill(text)
    await page.locator(".twin-field").press("Enter")


async def test_the_twin_answers_one_and_the_owner_the_other(tmp_path: Path) -> None:
    async with living(tmp_path) as bot, chromium() as browser:
        ann_token, ann = create_invite(bot.db, "Ann")
        bob_token, bob = create_invite(bot.db, "Bob")
        ann_page, bob_page, owner = await asyncio.gather(
            bot.open(browser, bot.web.link(ann_token), PHONE),
            bot.open(browser, bot.web.link(bob_token), DESKTOP),
            bot.visit(browser, f"/chats/{bob.id}"),
        )
        # What the twin would say to Bob never gets ready: the owner is quicker.
        stuck: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        bot.engine.enqueue(stuck)
        await write(bob_page, "Bob here, are you there?")
        await expect(owner.get_by_role("log")).to_contain_text("Bob here")
        await until(lambda: len(bot.engine.asked) == 1)
        await write(ann_page, "Ann here")
        await expect(ann_page.locator(".twin-theirs")).to_have_text(["ok"])

        await owner.get_by_label("Write as yourself").fill("it's really me")
        await owner.get_by_label("Write as yourself").press("Enter")
        await expect(bob_page.locator(".twin-theirs")).to_have_text(["it's really me"])
        await expect(owner.locator(".chat-owner")).to_contain_text(["it's really me"])
        await expect(owner.get_by_text("Paused until")).to_be_visible()
        await write(bob_page, "good")
        await expect(owner.get_by_role("log")).to_contain_text("Not answered: paused")
        await write(ann_page, "and another")
        await expect(ann_page.locator(".twin-theirs")).to_have_text(["ok", "ok"])

        assert stuck.cancelled()
        assert get_chat(bot.db, bob.id).paused_until is not None
        assert get_chat(bot.db, ann.id).paused_until is None
        said = [(message.origin, message.text) for message in messages_of_chat(bot.db, bob.id)]
        assert said == [
            ("peer", "Bob here, are you there?"),
            ("owner", "it's really me"),
            ("peer", "good"),
        ]
        await expect(bob_page.locator(".twin-theirs")).to_have_count(1)
        assert "Ann" not in await bob_page.content()
        assert "Bob" not in await ann_page.content()
        assert "Ann here" not in await owner.content()
