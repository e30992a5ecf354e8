"""Takes the README's picture of the friends' page: `python docs/images/make_friends_page.py`."""

import asyncio
import shutil
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

sys.path.insert(0, str(Path(__file__).parents[2]))

from playwright.async_api import async_playwright, expect

from storage.database import now_ms, open_database
from storage.invites import create_invite
from storage.messages import NewMessage, log_message
from twin.connectors.base import Event
from twin.connectors.web import WebConnector

ARGS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking"]
CHAT = [
    (True, "hi! did you find the photos from the lake?"),
    (False, "yep, sending them tonight"),
    (False, "the one with the dog is amazing"),
    (True, "haha I knew it"),
    (True, "hey, are you coming on saturday?"),
    (False, "yes!! wouldn't miss it"),
    (False, "should I bring anything?"),
    (True, "just yourself. and maybe that cake again"),
]


@dataclass(frozen=True)
class Settings:
    host: str = "127.0.0.1"
    port: int = 0
    names: tuple[str, ...] = ()
    rate_per_minute: int = 20
    max_chars: int = 2000


async def take(folder: Path, target: Path, scheme: Literal["light", "dark"]) -> None:
    db = open_database(folder / f"{scheme}.db")
    token, chat = create_invite(db, "Ann")
    start = now_ms() - 120_000
    for n, (peer, text) in enumerate(CHAT):
        origin: Literal["peer", "twin"] = "peer" if peer else "twin"
        log_message(db, NewMessage(chat.id, origin, text, start + n * 20_000))
    web, ready = WebConnector(db, Settings(), owner="Wei"), asyncio.Event()

    async def emit(_name: str, _event: Event) -> None:
        ready.set()

    serving = asyncio.create_task(web.run(emit))
    await ready.wait()
    async with async_playwright() as driver:
        browser = await driver.chromium.launch(executable_path=shutil.which("chromium"), args=ARGS)
        page = await browser.new_page(
            viewport={"width": 390, "height": 780}, color_scheme=scheme, device_scale_factor=2
        )
        await page.goto(web.link(token))
        await expect(page.locator(".twin-bubble")).to_have_count(len(CHAT))
        await page.wait_for_function("window.did_handshake")
        await web.typing(chat.external_id, True)
        await expect(page.locator(".twin-typing")).to_be_visible()
        await page.wait_for_timeout(400)  # the bubbles' entry has ended
        await page.screenshot(path=target)
        await browser.close()
    await web.stop()
    await serving


async def main() -> None:
    here = Path(__file__).parent
    with tempfile.TemporaryDirectory() as folder:
        await take(Path(folder), here / "friends-page.png", "light")
        if "--dark" in sys.argv:
            await take(Path(folder), Path("/tmp/friends-dark.png"), "dark")


asyncio.run(main())
