"""Friends with several chats, and consent, in a real Chromium, on a phone."""

import pytest
from playwright.async_api import Browser, Page, expect

from storage.adapters import list_adapters
from storage.chats import get_chat, set_note, upsert_chat
from storage.consent import consent_of
from storage.people import list_people
from tests.chromium import needs_chromium
from tests.registry import enter_adapter
from tests.twin.dashboard.stage import PHONE, Stage

pytestmark = needs_chromium
HOSTILE = "<img src=x onerror=alert(1)> Anna"


async def fits(page: Page) -> bool:
    width = await page.evaluate("document.documentElement.scrollWidth")
    return bool(width <= PHONE[0])


@pytest.mark.slow
async def test_suggested_chats_are_linked_and_unlinked(stage: Stage, browser: Browser) -> None:
    db = stage.db
    one = upsert_chat(db, "wechat", "wxid_1", HOSTILE)
    other = upsert_chat(db, "telegram", "business:1", HOSTILE)
    third = upsert_chat(db, "sms", "+4915112345678", "Mum " + "long " * 100)
    for chat, note in ((one, "my <b>sister</b>"), (other, "from work")):
        set_note(db, chat.id, note)
    page = await stage.visit(browser, "/people", PHONE)
    page.on("dialog", lambda dialog: pytest.fail(f"a script of a chat ran: {dialog.message}"))
    await page.get_by_role("button", name=f"Link {one.title} with {other.title}").click()
    dialog = page.get_by_role("dialog")
    await dialog.get_by_role("button", name="Cancel").click()
    await expect(dialog).to_be_hidden()
    assert list_people(db) == []
    await page.get_by_role("button", name=f"Link {one.title} with {other.title}").click()
    await dialog.get_by_role("button", name="my <b>sister</b>").click()
    await expect(page.get_by_role("status")).to_contain_text("One friend: ")
    assert get_chat(db, other.id).note == "my <b>sister</b>"
    await expect(page.get_by_text("No two chats have the same name")).to_be_visible()

    await page.get_by_label("Chat", exact=True).select_option(str(third.id))
    await page.get_by_label("The friend's other chat").select_option(str(one.id))
    await page.get_by_role("button", name="Link", exact=True).click()
    await expect(page.get_by_role("group").get_by_role("link")).to_have_count(3)
    assert await fits(page)

    await page.get_by_role("link", name=other.title).click()
    await page.get_by_role("button", name="Unlink this chat").click()
    await expect(page.get_by_text("Linked with no other chat.")).to_be_visible()
    assert [[each.id for each in person] for person in list_people(db)] == [[one.id, third.id]]


async def test_consent_is_recorded_and_withdrawn(
    stage: Stage, browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("twin.privacy.learning.asking_platforms", lambda _: frozenset({"fake"}))
    chat = upsert_chat(stage.db, "fake", "ann", "Ann")
    enter_adapter(stage.db, "learnt", chats=[chat.id])
    page = await stage.visit(browser, f"/chats/{chat.id}", PHONE)
    await expect(page.get_by_text("Answered, but not learnt from")).to_be_visible()
    await page.get_by_label("Who agreed").fill("Ann herself")
    await page.get_by_role("button", name="Record consent").click()
    dialog = page.get_by_role("dialog")
    await dialog.get_by_role("button", name="Everyone agreed").click()
    await expect(page.get_by_text("that Ann herself agreed")).to_be_visible()
    said = consent_of(stage.db, chat.id)
    assert said is not None
    assert said.agreed

    await page.get_by_role("button", name="Do not learn from it").click()
    await dialog.get_by_role("button", name="Do not learn from it").click()
    await expect(page.get_by_role("status")).to_contain_text("learnt")
    await expect(page.get_by_text("Not learnt from: Ann did not agree")).to_be_visible()
    assert [adapter.status for adapter in list_adapters(stage.db)] == ["pruned"]
    assert await fits(page)
