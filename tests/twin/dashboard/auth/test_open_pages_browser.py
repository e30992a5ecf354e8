"""A page that is open when its session ends does nothing more."""

import contextlib

from playwright.async_api import Browser, Page, TimeoutError, expect

from storage.owner_sessions import end_all_sessions
from storage.preferences import paused_until
from tests.chromium import needs_chromium
from tests.twin.dashboard.stage import PASSWORD, Stage

pytestmark = needs_chromium


async def _is_sent_away(page: Page) -> None:
    await expect(page.get_by_role("heading", name="Log in")).to_be_visible(timeout=20_000)


async def test_after_the_session_expired_a_click_does_nothing(
    stage: Stage, browser: Browser
) -> None:
    page = await stage.visit(browser)
    stage.time.seconds += 25 * 3600
    # The page looks by itself now and then: where it was first, no button is left.
    with contextlib.suppress(TimeoutError):
        await page.get_by_role("button", name="Pause everything").click(timeout=3000)
    await _is_sent_away(page)
    assert paused_until(stage.db) is None


async def test_a_session_that_another_process_ended_is_noticed(
    stage: Stage, browser: Browser
) -> None:
    page = await stage.visit(browser)
    end_all_sessions(stage.db)
    await _is_sent_away(page)


async def test_logging_out_closes_the_other_tab_and_a_new_password_every_browser(
    stage: Stage, browser: Browser
) -> None:
    page, elsewhere = await stage.visit(browser), await stage.visit(browser)
    tab = await page.context.new_page()
    await tab.goto(stage.home)
    await page.get_by_role("button", name="Log out").click()
    await _is_sent_away(page)
    await _is_sent_away(tab)
    await expect(elsewhere.get_by_role("heading", name="Overview")).to_be_visible()
    await stage.auth.change_password("127.0.0.1", PASSWORD, "another one")
    await _is_sent_away(elsewhere)
