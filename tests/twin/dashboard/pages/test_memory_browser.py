"""Facts are released, changed, withdrawn and rejected, in a real Chromium, on a phone."""

from playwright.async_api import Browser, Page, expect

from storage.chats import Chat, upsert_chat
from storage.facts import About, NewFact, enter_facts, get_fact
from storage.known_facts import known_facts
from storage.messages import NewMessage, log_message
from tests.chromium import needs_chromium
from tests.twin.dashboard.stage import PHONE, Stage

pytestmark = needs_chromium
AT, DAY_MS = 1_700_000_000_000, 86_400_000


def state(stage: Stage, of: Chat, text: str, kind: str, about: About = "owner") -> int:
    at = AT + len(text) * DAY_MS
    origin = "owner" if about == "owner" else "peer"
    message = log_message(stage.db, NewMessage(of.id, origin, text, at))  # type: ignore[arg-type]
    enter_facts(stage.db, [NewFact(of.id, message, about, kind, None, text, text, at, at)])
    (number,) = stage.db.execute("SELECT MAX(id) FROM facts").fetchone()
    return int(number)


def known(stage: Stage, to: Chat) -> list[str]:
    facts = known_facts(stage.db, to.id, stage.time.clock.now())
    return [fact.text for fact in facts if fact.about == "owner"]


async def press(page: Page, name: str, *, in_dialog: bool = False) -> None:
    place = page.get_by_role("dialog") if in_dialog else page
    await place.get_by_role("button", name=name, exact=True).click()


async def test_a_fact_goes_from_proposed_to_rejected(stage: Stage, browser: Browser) -> None:
    ann, ben = (upsert_chat(stage.db, "fake", name, name) for name in ("Ann", "Ben"))
    home = state(stage, ann, "I live in Rome", "home")
    food = [state(stage, ann, text, "food") for text in ("I hate leek", "I like <b>figs</b>")]
    state(stage, ann, "I am a <b>nurse</b>", "work", "friend")
    page = await stage.visit(browser, "/memory?kind=home", PHONE)
    said = page.get_by_role("status")
    await press(page, "Release for some people …")
    await page.get_by_role("dialog").get_by_label("Ben").check()
    await press(page, "Release", in_dialog=True)
    await expect(said).to_have_text("The twin may tell it to those you chose.")
    assert (known(stage, ben), known(stage, ann)) == (["I live in Rome"], [])
    await expect(page.get_by_role("heading", name="For you to decide: 0")).to_be_visible()

    await page.get_by_role("button", name="Change …").first.click()
    await page.get_by_role("button", name="Edit").first.click()
    await page.get_by_label("The fact in your words").fill("I live in Rome, near the river")
    await press(page, "Save", in_dialog=True)
    await expect(said).to_have_text("Saved.")
    assert known(stage, ben) == ["I live in Rome, near the river"]
    await page.get_by_role("button", name="Change …").first.click()
    await press(page, "Withdraw the release")
    await expect(said).to_have_text("The twin tells it to nobody now.")
    assert known(stage, ben) == []
    assert get_fact(stage.db, home).state == "kept"

    await page.get_by_label("Kind").first.select_option("food")
    await press(page, "Show")
    await press(page, "Reject all")
    await expect(page.get_by_role("dialog")).to_contain_text("Reject all 2?")
    await press(page, "Reject", in_dialog=True)
    await expect(said).to_have_text("Done: 2")
    assert {get_fact(stage.db, number).state for number in food} == {"rejected"}
    assert await page.evaluate("document.documentElement.scrollWidth") <= PHONE[0]

    # Each chat's page says what is known of that friend, and what the twin would be shown.
    await page.goto(f"{stage.home}/chats/{ann.id}")
    chat = page.locator(".chat-page")  # and not the list beside it
    await expect(chat.get_by_text("I am a <b>nurse</b>")).to_have_count(2)  # and the message
    await page.get_by_label("A question").fill("do you live in rome")
    await press(page, "Look up")
    shown = page.get_by_role("region", name="What would it be shown?")
    await shown.get_by_role("link").first.click()
    await expect(page.locator(".chat-wanted")).to_contain_text("I live in Rome")
    assert await page.evaluate("document.documentElement.scrollWidth") <= PHONE[0]
