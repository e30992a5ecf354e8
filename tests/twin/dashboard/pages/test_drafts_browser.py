"""Drafts in a real Chromium: by mouse on a phone, by keyboard on a desktop."""

from playwright.async_api import Browser, expect

from storage.chats import upsert_chat
from storage.drafts import list_drafts
from storage.messages import NewMessage, log_message
from storage.pieces import StickerOf
from tests.chromium import needs_chromium
from tests.twin.connectors.running import until
from tests.twin.dashboard.living import Living
from tests.twin.dashboard.stage import PHONE

pytestmark = needs_chromium


def with_drafts(bot: Living, *friends: str) -> None:
    for friend in friends:
        chat = upsert_chat(bot.db, "fake", friend, friend, mode="draft")
        bot.draft(chat, f"a question of {friend}", f"an answer to {friend}")


async def test_by_mouse(bot: Living, browser: Browser) -> None:
    with_drafts(bot, "Ann", "Ben")
    page = await bot.visit(browser, "/drafts", PHONE)
    drafts, said = page.locator(".draft"), page.get_by_role("status")
    await expect(drafts).to_have_count(2)
    await expect(drafts.first).to_contain_text("a question of Ann")
    await drafts.first.get_by_role("button", name="Approve").click()
    await expect(said).to_contain_text("to Ann is being sent")
    await expect(drafts).to_have_count(1)
    await drafts.first.get_by_role("button", name="Reject").click()
    await expect(said).to_contain_text("to Ben was rejected")
    await expect(page.get_by_text("No drafts waiting.")).to_be_visible()
    # One that comes while the page is open, with a sticker of the owner's.
    cem = upsert_chat(bot.db, "fake", "Cem", "Cem", mode="draft")
    sent = NewMessage(cem.id, "owner", "", 1_600_000_000_000, kind="sticker", media="media/a.png")
    number = log_message(bot.db, sent)
    assert number is not None
    bot.draft(cem, "a question of Cem", "an answer", StickerOf(number))
    await expect(drafts).to_contain_text(["a question of Cem"])
    picture = drafts.first.get_by_role("img", name="Picture from You")
    await expect(picture).to_have_attribute("src", f"/chats/{cem.id}/media/{number}")
    await drafts.first.get_by_role("button", name="Edit").click()
    await expect(page.get_by_label("Your reply")).to_have_value("an answer\n[sticker]")
    await until(lambda: bot.fake.texts == ["an answer to Ann"])


async def test_by_keyboard(bot: Living, browser: Browser) -> None:
    with_drafts(bot, "Ann", "Ben", "Cem")
    page = await bot.visit(browser, "/drafts")
    drafts, said = page.locator(".draft"), page.get_by_role("status")
    await drafts.first.focus()
    await page.keyboard.press("j")
    await expect(drafts.nth(1)).to_be_focused()
    await page.keyboard.press("ArrowUp")
    await expect(drafts.first).to_be_focused()
    await page.keyboard.press("e")
    field = page.get_by_label("Your reply")
    await expect(field).to_be_focused()
    await page.keyboard.press("Escape")
    await expect(drafts.first).to_be_focused()
    assert len(list_drafts(bot.db)) == 3
    await page.keyboard.press("e")
    await expect(field).to_be_focused()
    await field.fill("are you in?\nreally?")  # its letters are no keys
    await page.keyboard.press("Control+Enter")
    await expect(said).to_contain_text("Your reply to Ann is being sent")
    # The next draft has the focus, so that one key follows another.
    await expect(drafts.first).to_contain_text("of Ben")
    await expect(drafts.first).to_be_focused()
    await page.keyboard.press("r")
    await expect(said).to_contain_text("to Ben was rejected")
    await expect(drafts.first).to_contain_text("of Cem")
    await expect(drafts.first).to_be_focused()
    await page.keyboard.press("a")
    await expect(said).to_contain_text("to Cem is being sent")
    sent = ["an answer to Cem", "are you in?", "really?"]
    await until(lambda: sorted(bot.fake.texts) == sent)
