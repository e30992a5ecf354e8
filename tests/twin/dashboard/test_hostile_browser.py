"""No text of a chat becomes markup on any page: a new page needs a visit here."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from pathlib import Path
from typing import NamedTuple

import pytest
from nicegui import Client
from playwright.async_api import Browser, ConsoleMessage, Page, expect

from tests.chromium import needs_chromium
from tests.twin.dashboard.hostile import (
    FILE,
    NAME,
    SAID,
    SCRIPT,
    STORED,
    TRICKS,
    Hostile,
    export_of_strangers,
    exports,
    fill,
)
from tests.twin.dashboard.stage import DESKTOP, PHONE, Stage, staged

pytestmark = needs_chromium
WAIT_MS = 30_000
# What only somebody else's words can have made. NiceGUI's own script holds them as a string.
MADE = """() => [
    ...document.querySelectorAll("[onerror], [onload], [onmouseover], [src=x]"),
    ...document.querySelectorAll("a[href^='javascript:'], #app script"),
    ...[...document.scripts].filter(one => one.textContent.trim().startsWith("window.pwned")),
].map(element => element.outerHTML.slice(0, 200))"""
SHOWS = "text => document.body.textContent.includes(text)"


async def _is_harmless(page: Page) -> None:
    assert await page.evaluate("window.pwned") is None, page.url
    assert await page.evaluate(MADE) == [], page.url


async def _nothing_more(page: Page) -> None:
    pass


async def _hand_in(page: Page) -> None:
    files = page.locator("#import-files")
    await files.set_input_files([export_of_strangers()])
    await expect(page.get_by_role("radio", name=SCRIPT)).to_be_visible(timeout=WAIT_MS)
    await _is_harmless(page)
    await page.get_by_role("button", name="Cancel").click()
    await files.set_input_files(exports())
    await expect(page.get_by_role("table")).to_be_visible(timeout=WAIT_MS)


async def _ask(page: Page) -> None:
    await page.locator("textarea").fill(NAME)
    await page.locator("textarea").press("Enter")
    await expect(page.get_by_role("status").last).to_have_text("Done.", timeout=WAIT_MS)


async def _read_settings(page: Page) -> None:
    await expect(page.locator("#owner-name")).to_have_value(NAME)


async def _read_own_name(page: Page) -> None:
    await expect(page.locator("#setup-name")).to_have_value(NAME)


async def _search(page: Page) -> None:
    field = page.get_by_role("searchbox")
    for query in (*TRICKS, "%", '"', "*"):
        await field.fill(query)
    await field.fill("window.pwned=1")
    await expect(page.locator("mark").first).to_be_visible(timeout=WAIT_MS)


class Visit(NamedTuple):
    """`shows`: what is there as text at the end."""

    address: Callable[[Hostile], str]
    shows: Sequence[str] = (NAME,)
    then: Callable[[Page], Awaitable[None]] = _nothing_more


PAGES = {
    "/": Visit(lambda _: "/"),
    "/chats": Visit(lambda _: "/chats", (NAME, SCRIPT), _search),
    "/chats/{number}": Visit(lambda made: f"/chats/{made.group}", (NAME, *STORED)),
    "/people": Visit(lambda _: "/people"),
    "/blind": Visit(lambda _: "/blind"),
    "/drafts": Visit(lambda _: "/drafts", (NAME, *STORED)),
    "/memory": Visit(lambda _: "/memory", (NAME, *TRICKS)),
    "/training": Visit(lambda _: "/training", (NAME, *SAID)),
    "/training/{number}": Visit(lambda made: f"/training/{made.run}", (NAME, *SAID)),
    "/data": Visit(lambda _: "/data", (f"{FILE}.json", f"{FILE}.txt"), _hand_in),
    "/data/samples": Visit(lambda made: f"/data/samples?chat={made.group}", (NAME, *TRICKS)),
    "/data/voices": Visit(lambda _: "/data/voices", (NAME, *TRICKS)),
    "/data/backups": Visit(lambda _: "/data/backups"),
    "/try": Visit(lambda made: f"/try?chat={made.group}", (NAME, *STORED), _ask),
    "/settings": Visit(lambda _: "/settings", (NAME,), _read_settings),
    "/setup": Visit(lambda _: "/setup?step=you", (NAME,), _read_own_name),
    "/notifications": Visit(lambda _: "/notifications"),
    "/c/{token}": Visit(lambda made: made.friend, (NAME, *STORED)),
}
REPORTS = {
    "run": Visit(lambda made: f"/training/{made.run}/report", (SCRIPT,)),
    "dataset": Visit(lambda _: "/reports/dataset.html", (SCRIPT,)),
}


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncIterator[Stage]:
    """A bot in which everything is hostile that may be."""
    async with staged(tmp_path, owner=NAME) as made:
        yield made


def _watch(page: Page) -> list[str]:
    """What goes wrong in the page from now on."""
    wrong: list[str] = []

    def note(message: ConsoleMessage) -> None:
        if message.type == "error":
            wrong.append(message.text)

    page.on("console", note)
    page.on("pageerror", lambda error: wrong.append(str(error)))
    return wrong


async def _look(page: Page, stage: Stage, made: Hostile, visit: Visit) -> None:
    address = visit.address(made)
    await page.goto(address if address.startswith("http") else stage.home + address)
    for text in visit.shows if visit.then is _nothing_more else ():
        await page.wait_for_function(SHOWS, arg=text, timeout=WAIT_MS)
    await visit.then(page)
    for text in visit.shows:
        assert await page.evaluate(SHOWS, text), (address, text[:100])
    await _is_harmless(page)


@pytest.mark.parametrize("size", [DESKTOP, PHONE])
async def test_hostile_words_stay_words_on_every_page(
    stage: Stage, browser: Browser, size: tuple[int, int]
) -> None:
    assert set(Client.page_routes.values()) == set(PAGES)
    made = await asyncio.to_thread(fill, stage)
    stage.engine.enqueue(NAME, "\n".join(SAID))
    page = await stage.visit(browser, "/", size)
    wrong = _watch(page)
    for path, visit in PAGES.items():
        await _look(page, stage, made, visit)
        assert await page.evaluate("document.documentElement.scrollWidth") <= size[0], path
        assert wrong == [], path


async def test_hostile_words_stay_words_in_the_reports(stage: Stage, browser: Browser) -> None:
    made = await asyncio.to_thread(fill, stage)
    page = await stage.visit(browser, "/")
    wrong = _watch(page)
    for name, visit in REPORTS.items():
        await _look(page, stage, made, visit)
        assert await page.locator("script, iframe, a").count() == 0, name
        assert wrong == [], name
