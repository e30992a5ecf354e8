"""What a machine read in files on the owner's pages, and the owner's yes to it, in Chromium."""

from typing import Any

from playwright.async_api import Browser, expect

from storage.chats import upsert_chat
from storage.media_texts import media_text, store_media_text
from storage.messages import NewMessage, Origin, log_message
from tests.chromium import needs_chromium
from tests.twin.dashboard.stage import PHONE, Stage
from twin.dashboard.pages.own_voices import _pairs

pytestmark = needs_chromium
AT = 1_700_000_000_000


def voice(stage: Stage, chat: int, origin: Origin, words: str, at: int) -> int:
    media = f"media/fake/{at}.ogg"
    message = NewMessage(chat, origin, "", AT + at, kind="voice", media=media)
    number = log_message(stage.db, message)
    assert number is not None
    store_media_text(stage.db, number, media, words, reader="whisper base", at=AT)
    return number


def said(stage: Stage, number: int) -> tuple[str, bool]:
    read = media_text(stage.db, number)
    assert read is not None
    return read.text, read.confirmed_at is not None


async def test_voices_are_read_found_and_confirmed(stage: Stage, browser: Browser) -> None:
    ann = upsert_chat(stage.db, "fake", "ann", "Ann").id
    hers = voice(stage, ann, "peer", "明天下午三点见", 1)
    mine = [voice(stage, ann, "owner", f"at free {at}", at) for at in (2, 3, 4)]
    page = await stage.visit(browser, "/data", PHONE)
    await page.get_by_role("link", name="Confirm what you said").click()
    fields = page.get_by_label("What you said")
    await expect(fields).to_have_count(3)
    await expect(fields.first).to_have_value("at free 4")
    await fields.first.fill("at three 4")
    await page.get_by_role("button", name="Confirm", exact=True).first.click()
    await expect(fields).to_have_count(2)
    assert [said(stage, one) for one in mine][1:] == [("at free 3", False), ("at three 4", True)]
    await fields.last.fill("at two")
    await page.get_by_role("button", name="Confirm all on this page").click()
    await expect(page.get_by_role("status").last).to_have_text("Confirmed: 2 messages")
    assert [said(stage, one) for one in mine][:2] == [("at two", True), ("at free 3", True)]
    await page.goto(f"{stage.home}/chats/{ann}")
    await expect(page.get_by_text("Machine-read (whisper base)")).to_have_count(1)
    await expect(page.get_by_text("Confirmed by you")).to_have_count(3)
    await page.goto(f"{stage.home}/chats")
    await page.get_by_role("searchbox").fill("三点")
    await expect(page.locator("mark")).to_have_text("三点")
    assert said(stage, hers) == ("明天下午三点见", False)


def test_a_browser_may_send_anything() -> None:
    shown = {1: None, 2: None}
    assert _pairs([[1, "a"], [2, "b"], [3, "c"]], shown) == [(1, "a"), (2, "b")]
    wrongs: list[Any] = [
        None,
        "x",
        {},
        [1],
        [[1]],
        [["1", "a"]],
        [[True, "a"]],
        [[1, 2]],
        [[1, "a", 3]],
    ]
    for wrong in wrongs:
        assert _pairs(wrong, shown) == []
