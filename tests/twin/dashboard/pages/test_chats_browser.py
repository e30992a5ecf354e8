"""The list of chats and an opened chat in a real Chromium, on a desktop and on a phone."""

import pytest
from nicegui import Client, ui
from playwright.async_api import Browser, Page, expect

from storage.chat_deletion import forget_chat
from storage.chats import find_chat, get_chat, upsert_chat
from storage.edits import change_wording
from storage.invites import chat_of_invite, create_invite, invites_of
from storage.outbox import add_piece, record_decision
from storage.preferences import FOREVER
from tests.chromium import needs_chromium
from tests.twin.connectors.running import until
from tests.twin.dashboard.living import Living
from tests.twin.dashboard.stage import DESKTOP, PHONE
from twin.dashboard.pages.chats import REFRESH_S

pytestmark = needs_chromium
AT = 1_700_000_000_000


async def fits(page: Page, size: tuple[int, int]) -> None:
    """Waits: what has just come may still be moving into its place."""
    narrow = "width => document.documentElement.scrollWidth <= width"
    await page.wait_for_function(narrow, arg=size[0])


async def test_the_list_is_searched_and_follows(bot: Living, browser: Browser) -> None:
    for number in range(30):
        chat = upsert_chat(bot.db, "fake", f"f{number}", f"Friend {number:02}", mode="draft")
        last = bot.log(chat, f"hi from {number}", AT + number)
    record_decision(bot.db, chat.id, last, "paused")
    page = await bot.visit(browser, "/chats", PHONE)
    rows = page.locator(".chat-row")
    await expect(rows).to_have_count(25)
    await expect(rows.first).to_contain_text("hi from 29")
    await expect(rows.first).to_contain_text("Not answered: paused")
    await expect(rows.first).to_contain_text("One unread message")
    await expect(rows.first.locator(".chat-mode")).to_have_text("draft")

    await page.get_by_role("button", name="Next page").click()
    await expect(rows).to_have_count(5)
    await page.get_by_role("searchbox").press_sequentially("friend 2")
    await expect(rows).to_have_count(10)
    # A chat in which something happens comes up, in the order of the last message.
    focused = page.get_by_role("link", name="Friend 21")
    await focused.focus()
    bot.log(find_chat(bot.db, "Friend 21"), "news", AT + 99)
    await expect(rows.first).to_contain_text("news")
    await expect(rows.first).to_contain_text("2 unread messages")
    await expect(focused).to_be_focused()
    await fits(page, PHONE)

    # Where the last page has nothing more to show, the one before is shown.
    await page.get_by_role("searchbox").fill("")
    await page.get_by_role("button", name="Next page").click()
    await expect(rows).to_have_count(5)
    for number in range(5):
        forget_chat(bot.db, find_chat(bot.db, f"Friend {number:02}").id)
    await expect(rows).to_have_count(25)
    await page.get_by_role("searchbox").fill("from")
    hits = page.locator(".chat-hit")
    await expect(hits).to_have_count(20)
    await page.get_by_role("button", name="Older results").click()
    await expect(hits).to_have_count(5)
    for number in range(5, 10):
        forget_chat(bot.db, find_chat(bot.db, f"Friend {number:02}").id)
    await expect(hits).to_have_count(20)
    await expect(page.get_by_text("20 messages")).to_be_visible()


async def test_a_chat_opens_beside_the_list_and_on_a_phone_instead(
    bot: Living, browser: Browser
) -> None:
    chats = [upsert_chat(bot.db, "fake", name, name) for name in ("Ann", "Ben")]
    for chat in chats:
        bot.log(chat, "hello", AT)
    page = await bot.visit(browser, "/chats")
    row = page.get_by_role("link", name="Ann")
    for size, is_beside in ((DESKTOP, True), (PHONE, False)):
        await page.set_viewport_size({"width": size[0], "height": size[1]})
        await row.click()
        await expect(page.get_by_role("heading", name="Ann")).to_be_focused()
        await expect(page.get_by_role("log")).to_contain_text("hello")
        assert page.url == f"{bot.home}/chats/{chats[0].id}"
        await expect(page.get_by_role("link", name="Ben")).to_be_visible(visible=is_beside)
        await page.get_by_role("link", name="All chats").click()
        await expect(row).to_be_focused()
        await expect(row.locator("..").locator(".chat-unread")).to_be_hidden()
        await expect(page.get_by_role("log")).to_have_count(0)
        await page.go_back()
        await expect(page.get_by_role("log")).to_be_visible()
        await fits(page, size)
        await page.go_forward()
        await expect(page.get_by_role("log")).to_have_count(0)

    await row.click()
    mode = page.get_by_role("group", name="Mode of Ann")
    await mode.get_by_text("auto").click()
    await expect(page.get_by_role("status")).to_have_text("Ann: the twin answers by itself.")
    assert get_chat(bot.db, chats[0].id).mode == "auto"
    await expect(mode.locator("[aria-pressed=true]")).to_be_focused()
    upsert_chat(bot.db, "fake", "Ann", "Ann B.")  # who calls themselves so now
    await expect(page.get_by_role("heading", name="Ann B.")).to_be_visible()
    await expect(page.locator(".chat-row a").first).to_have_text("Ann B.")

    behind = await page.context.new_page()
    await behind.add_init_script("Object.defineProperty(document, 'hidden', {value: true})")
    await behind.goto(f"{bot.home}/chats/{chats[1].id}")
    *_, unseen = Client.instances.values()
    timers = [one for one in unseen.elements.values() if isinstance(one, ui.timer)]
    [refresh] = [timer for timer in timers if timer.interval == REFRESH_S]
    await until(lambda: not refresh.active)

    field = page.get_by_role("textbox", name="Write as yourself")
    await field.fill("\u200b")  # nothing that anybody could see, so it is refused
    await field.press("Enter")
    await expect(page.get_by_text("nothing to send")).to_be_visible()
    await expect(field).to_have_value("\u200b")


PLACE = """() => {
    const [log, one] = [".chat-log", ".chat-wanted"].map(name => document.querySelector(name));
    return Math.round(one.getBoundingClientRect().top - log.getBoundingClientRect().top);
}"""


async def test_what_is_found_is_shown_in_its_place(bot: Living, browser: Browser) -> None:
    chat = upsert_chat(bot.db, "fake", "ann", "Ann")
    for number in range(200):
        bot.log(chat, f"talk {number}" if number != 100 else "the 打球 word", AT + number)
    page = await bot.visit(browser, "/chats")
    await page.get_by_role("searchbox").press_sequentially("talk")
    hits = page.locator(".chat-hit")
    await expect(hits).to_have_count(20)
    await page.get_by_role("button", name="Older results").click()
    await expect(hits.first).to_contain_text("talk 179")
    await page.get_by_role("searchbox").fill("tal ")  # a whole word
    await expect(page.get_by_text("No chat has this name.")).to_be_visible()
    await expect(page.get_by_text("No message has these words.")).to_be_visible()
    await page.get_by_role("searchbox").fill("打球")
    await expect(hits).to_have_count(1)
    await expect(hits.locator("mark")).to_have_text("打球")
    await hits.get_by_role("link").click()
    wanted, log = page.locator(".chat-wanted"), page.get_by_role("log")
    await expect(wanted).to_be_focused()
    await expect(wanted).to_be_in_viewport()
    for key, edge in (("Home", "talk 59"), ("End", "talk 141")):
        await expect(log.get_by_text(edge, exact=True)).to_have_count(0)
        await log.press(key)
        await expect(log.get_by_text(edge, exact=True)).to_have_count(1)

    # What comes and goes above and below moves nothing, and takes no focus.
    await wanted.scroll_into_view_if_needed()
    await wanted.focus()
    before = await page.evaluate(PLACE)
    bot.log(chat, "late", AT + 90)
    await expect(log.get_by_text("late", exact=True)).to_have_count(1)
    assert await page.evaluate(PLACE) == before
    await expect(wanted).to_be_focused()
    await page.get_by_role("button", name="Newest messages").click()
    await expect(log.get_by_text("talk 199", exact=True)).to_be_in_viewport()
    bot.log(chat, "news", AT + 999)
    await expect(log.get_by_text("news", exact=True)).to_be_in_viewport()
    forget_chat(bot.db, chat.id)
    await expect(hits).to_have_count(0)
    await expect(log).to_have_count(0)


async def test_a_friend_of_the_web_gets_a_link(bot: Living, browser: Browser) -> None:
    page = await bot.visit(browser, "/chats")
    await page.get_by_label("Friend's name").fill("Anna")
    await page.get_by_role("button", name="Create link").click()
    link = page.get_by_label("Friend's link")
    await expect(link).to_be_visible()
    chat = find_chat(bot.db, "Anna")
    assert await link.input_value() == bot.web.link(invites_of(bot.db, chat.id)[0])
    await page.get_by_role("button", name="Copy").click()
    await expect(page.get_by_role("button", name="Copied")).to_be_visible()

    await page.get_by_role("link", name="Anna").click()
    (old,) = invites_of(bot.db, chat.id)
    await page.get_by_role("button", name="Replace link").click()
    dialog = page.get_by_role("dialog")
    await dialog.get_by_role("button", name="Cancel").click()
    await expect(dialog).to_be_hidden()
    assert invites_of(bot.db, chat.id) == [old]
    await page.get_by_role("button", name="Replace link").click()
    await dialog.get_by_role("button", name="Replace link").click()
    await expect(page.get_by_role("status")).to_contain_text("Link replaced")
    assert chat_of_invite(bot.db, old) is None
    await expect(link).to_have_value(bot.web.link(invites_of(bot.db, chat.id)[0]))
    await page.get_by_role("button", name="Disable link").click()
    await dialog.get_by_role("button", name="Disable link").click()
    await expect(page.get_by_text("There is no active link.")).to_be_visible()
    assert invites_of(bot.db, chat.id) == []


@pytest.mark.parametrize("size", [DESKTOP, PHONE])
async def test_a_conversation_tells_who_said_what_and_goes_on(
    bot: Living, browser: Browser, size: tuple[int, int]
) -> None:
    chat = upsert_chat(bot.db, "fake", "ann", "Ann")
    for number in range(50):
        bot.log(chat, f"old {number}", AT + number)
    bot.log(chat, "mine", AT + 100, "owner")
    bot.log(chat, "the twin's", AT + 101, "twin")
    bot.log(chat, "wrong chat", AT + 102, recalled_at=AT + 103)
    asked = bot.log(chat, "your bank account?", AT + 104)
    reason = "the reply was held back: a bank account"
    record_decision(bot.db, chat.id, asked, reason, now=AT + 105)
    add_piece(bot.db, chat.id, "lost", "doubt", now=AT + 106)
    page = await bot.visit(browser, f"/chats/{chat.id}", size)

    log = page.get_by_role("log")
    await expect(log.locator(".chat-owner")).to_contain_text(["mine"])
    await expect(log.locator(".chat-twin").first).to_contain_text("the twin's")
    await expect(log.locator(".chat-recalled")).to_contain_text("recalled")
    await expect(log.locator(".chat-aside")).to_have_text([f"Not answered: {reason}"])
    await expect(log.locator(".chat-unsaid")).to_contain_text("may not have been delivered")
    await expect(log.locator(".chat-unsaid")).to_be_in_viewport()
    await expect(log.get_by_text("old 3", exact=True)).to_have_count(0)
    good = log.get_by_role("button", name="Good answer")
    for pressed in ("true", "false"):  # pressed again, it takes itself back
        await good.press("Enter")
        await expect(good).to_have_attribute("aria-pressed", pressed)
        await expect(good).to_be_focused()
    await expect(log).to_have_attribute("aria-live", "polite")
    await log.press("Home")
    await expect(log.get_by_text("old 3", exact=True)).to_have_count(1)
    await expect(log).to_have_attribute("aria-live", "off")  # what was there is not read out
    bot.log(chat, "and now?", AT + 200, external_id="1")
    last = log.locator(".chat-peer").last
    await expect(last).to_contain_text("and now?")
    change_wording(bot.db, chat.id, "1", "and then?", at=AT + 201)
    await expect(last).to_contain_text("changed")
    await expect(last.get_by_text("and now?")).to_be_hidden()
    await last.get_by_text("What it said before").click()
    await expect(last.get_by_text("and now?")).to_be_visible()
    await fits(page, size)


# The headings of days of which any part is to be seen.
DAYS = """() => [...document.querySelectorAll(".chat-day h3")].filter((day) => {
    const { left, right, top, bottom } = day.getBoundingClientRect();
    return [left + 8, right - 8].some(
        (x) => day.contains(document.elementFromPoint(x, (top + bottom) / 2)));
}).length"""


async def test_of_past_days_none_is_seen_beside_the_one_that_is_read(
    bot: Living, browser: Browser
) -> None:
    chat, day = upsert_chat(bot.db, "fake", "ann", "Ann"), 86_400_000
    for number in range(40):  # "Wednesday, September 20" is wider than "Friday, May 3"
        bot.log(chat, f"talk {number}", AT + number // 10 * day * 70, "owner")
    page = await bot.visit(browser, f"/chats/{chat.id}", PHONE)
    await expect(page.get_by_role("log").get_by_text("talk 39", exact=True)).to_be_in_viewport()
    assert await page.evaluate(DAYS) == 1


async def test_what_an_answer_stood_on_is_a_click_away(bot: Living, browser: Browser) -> None:
    chat = upsert_chat(bot.db, "fake", "ann", "Ann")
    old = bot.log(chat, "my boss is Marge", AT, "owner")
    for number in range(60):
        bot.log(chat, f"talk {number}", AT + 1 + number)
    asked = bot.log(chat, "who is your boss?", AT + 100)
    record_decision(bot.db, chat.id, asked, "answered", ["marge"], memory=[old], now=AT + 101)
    page = await bot.visit(browser, f"/chats/{chat.id}", PHONE)
    aside = page.get_by_role("log").locator(".chat-aside")
    await aside.get_by_text("From memory: one message").click()
    await expect(aside).to_contain_text("my boss is Marge")
    await aside.get_by_role("link").click()
    found = page.locator(".chat-wanted")
    await expect(found).to_contain_text("my boss is Marge")
    await expect(found).to_be_in_viewport()
    await expect(page.get_by_text("talk 59", exact=True)).to_have_count(0)
    await page.get_by_role("button", name="Newest messages").click()
    await expect(page.get_by_text("talk 59", exact=True)).to_have_count(1)
    await fits(page, PHONE)


async def test_note_and_pause_and_typing_survive_the_refresh(bot: Living, browser: Browser) -> None:
    chat = upsert_chat(bot.db, "fake", "ann", "Ann", mode="auto")
    page = await bot.visit(browser, f"/chats/{chat.id}", PHONE)
    note = page.get_by_role("textbox", name="What the twin should know")
    await note.fill("my sister")
    bot.log(chat, "hello", AT)
    await expect(page.get_by_role("log")).to_contain_text("hello")
    await expect(note).to_have_value("my sister")
    await page.get_by_role("button", name="Save").click()
    await expect(page.get_by_role("status")).to_have_text("Note saved.")
    assert get_chat(bot.db, chat.id).note == "my sister"
    await page.get_by_role("button", name="Pause", exact=True).click()
    await expect(page.get_by_text("Paused", exact=True)).to_be_visible()
    assert get_chat(bot.db, chat.id).paused_until == FOREVER
    await page.get_by_role("button", name="Resume").click()
    await expect(page.get_by_text("Active", exact=True)).to_be_visible()
    assert get_chat(bot.db, chat.id).paused_until is None


async def test_forgetting_asks_first_and_leaves_nothing(bot: Living, browser: Browser) -> None:
    _, chat = create_invite(bot.db, "Ann")
    bot.log(chat, "secret", AT)
    page = await bot.visit(browser, f"/chats/{chat.id}")
    await page.get_by_role("button", name="Forget permanently").click()
    dialog = page.get_by_role("dialog")
    await expect(dialog).to_contain_text("Forget Ann and delete everything in it?")
    await page.keyboard.press("Escape")
    await expect(dialog).to_be_hidden()
    assert find_chat(bot.db, "Ann") == get_chat(bot.db, chat.id)
    await page.get_by_role("button", name="Forget permanently").click()
    await dialog.get_by_role("button", name="Forget permanently").click()
    await expect(page.get_by_role("status")).to_contain_text(
        "Ann is forgotten. Deleted messages: 1"
    )
    assert bot.db.table("chats").count == bot.db.table("messages").count == 0
    await page.reload()
    await expect(page.get_by_text("This chat doesn't exist.")).to_be_visible()


async def test_a_chat_stays_at_its_end_when_a_picture_comes_late(
    bot: Living, browser: Browser
) -> None:
    chat = upsert_chat(bot.db, "fake", "ann", "Ann")
    for number in range(30):
        bot.log(chat, f"line {number}", AT + number)
    page = await bot.visit(browser, f"/chats/{chat.id}", PHONE)
    last = page.get_by_role("log").get_by_text("line 29")
    await expect(last).to_be_in_viewport()
    # What scrolled before it came is told after it.
    await page.evaluate(
        """() => {
          const log = document.querySelector(".chat-log");
          log.querySelector(".chat-entries > :nth-child(20)").style.minHeight = "900px";
          log.dispatchEvent(new Event("scroll"));
        }"""
    )
    await expect(last).to_be_in_viewport()
    await page.locator(".chat-log").evaluate("log => { log.scrollTop = 0; }")
    await expect(last).not_to_be_in_viewport()
