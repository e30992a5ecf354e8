"""What the owner of the pictures did: they invited friends, chose modes, linked chats, read facts.

Messages of the twin, scores and the report are those of the demo's own training.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from playwright.async_api import Browser, Page, expect
from sqlite_utils import Database

from docs.images.demo_bot import POLL_S
from docs.images.saving import Screen
from storage.adapters import live_adapter
from storage.chats import Chat, list_chats, set_mode, set_note
from storage.drafts import count_drafts
from storage.facts import keep_facts, list_facts, release_facts
from storage.invites import create_invite
from storage.people import link_chats
from storage.runs import latest_run
from twin.config.schema import Config
from twin.connectors.web.connector import friend_link
from twin.dashboard.auth.password import PasswordFile
from twin.memory.extraction.propose import propose_facts

PASSWORD = "correct horse"
TALK = ("hey! how are you?", "what are you doing this weekend?", "do you like winter?")
LAST = "haha same. what music do you listen to?"
ASKED = ("are you around on sunday?", "did you finish the book?")
WAIT_MS = 300_000
expect.set_options(timeout=WAIT_MS)


@dataclass(frozen=True)
class Scene:
    """`talking` is a friend in a chat that is answered, `waiting` are those whose replies wait."""

    address: str
    db: Database
    config: Config
    talking: tuple[str, Chat]
    waiting: list[tuple[str, Chat]]
    run: int

    @property
    def paths(self) -> Mapping[str, str]:
        link = friend_link(self.address, self.talking[0])
        return {
            "overview": "/",
            "people": "/people",
            "chat": f"/chats/{self.talking[1].id}",
            "drafts": "/drafts",
            "memory": "/memory?kind=family",
            "friend": link.removeprefix(self.address),
        }


def set_up(config: Config, db: Database, address: str) -> Scene:
    """Before the bot starts. Raises RuntimeError where no twin went live."""
    run = latest_run(db, "done")
    if live_adapter(db) is None or run is None:
        raise RuntimeError(f"{config.data}: no twin is live; run `make run ARGS=--once` first")
    PasswordFile(config.data).set(PASSWORD)
    imported = sorted(list_chats(db), key=lambda row: -row["messages"])[:4]
    talking, *waiting = [create_invite(db, row["name"]) for row in imported]
    for _, chat in waiting:
        set_mode(db, chat.id, "draft")
    link_chats(db, imported[0]["id"], talking[1].id)
    set_note(db, talking[1].id, "we met in the book club; likes long mails")
    _read_facts(config, db, [chat.id for _, chat in waiting])
    return Scene(address, db, config, talking, waiting[: len(ASKED)], run.id)


def _read_facts(config: Config, db: Database, some: list[int]) -> None:
    propose_facts(db, config)
    found, _ = list_facts(db, about="owner", kind="family")
    everyone, for_some, kept = (fact.id for fact in found[-3:])
    release_facts(db, [everyone])
    release_facts(db, [for_some], some)
    keep_facts(db, [kept])


async def friends_write(scene: Scene, browser: Browser) -> None:
    """The talk that the pictures show, but its last question; and messages that wait."""
    page = await opened(browser)
    await page.goto(friend_link(scene.address, scene.talking[0]))
    for text in TALK:
        await say(page, text)
        await expect(page.locator(".twin-typing")).to_be_hidden()
    await page.close()
    for (token, _), text in zip(scene.waiting, ASKED, strict=True):
        other = await opened(browser)
        await other.goto(friend_link(scene.address, token))
        await write(other, text)
        await other.close()
    async with asyncio.timeout(WAIT_MS / 1000):
        while count_drafts(scene.db) < len(ASKED):  # noqa: ASYNC110
            await asyncio.sleep(POLL_S)


async def opened(browser: Browser, **options: Any) -> Page:
    """A page of a browser context of its own, on a machine that may be slow."""
    page = await browser.new_page(**options)
    page.set_default_timeout(WAIT_MS)
    return page


async def opened_on(browser: Browser, screen: Screen, language: str, **options: Any) -> Page:
    """The same on a device, in a language, with nothing that moves."""
    width, height = screen.size
    return await opened(
        browser,
        viewport={"width": width, "height": height},
        locale=language,
        device_scale_factor=screen.dots,
        reduced_motion="reduce",
        **options,
    )


async def log_in(page: Page, address: str) -> None:
    await page.goto(f"{address}/login")
    await page.locator("#password").fill(PASSWORD)
    await page.locator("button").click()
    await expect(page.locator("main h1")).to_be_visible()


async def write(page: Page, text: str) -> None:
    await page.locator(".twin-field").fill(text)
    await page.locator(".twin-field").press("Enter")
    await expect(page.locator(".twin-mine").last).to_have_text(text)


async def say(page: Page, text: str) -> None:
    """Write, and wait for an answer."""
    theirs = page.locator(".twin-theirs")
    before = await theirs.count()
    await write(page, text)
    await expect(theirs.nth(before)).to_be_visible()
