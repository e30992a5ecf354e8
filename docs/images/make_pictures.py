"""Take all pictures of README and docs, of the demo's real twin.

`python docs/images/make_pictures.py` runs the demo in a folder of its own, which takes as long as
`make run`, records its first minutes, sets another twin up, step by step, and takes the pictures.
With the folder of a demo that is done already, as `python docs/images/make_pictures.py demo-data
[PICTURE ...]`, it takes the pictures, or some of them, alone; on a copy. With `first-hour` alone it
takes those of the set-up.
"""

import asyncio
import shutil
import sys
import tempfile
from pathlib import Path
from typing import Literal, NamedTuple

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from playwright.async_api import Browser, Page, expect

from docs.images.demo_bot import bot, write_settings
from docs.images.first_hour import take_first_hour
from docs.images.first_minutes import record
from docs.images.saving import DESK, HAND, WINDOW, Screen, save_page, shrink
from docs.images.scene import LAST, Scene, friends_write, log_in, opened, opened_on, set_up, write
from storage.database import open_database
from tests.chromium import chromium
from training.report.report_files import report_page
from twin.config.load import load_config
from twin.language import languages

HERE = Path(__file__).resolve().parent


class Picture(NamedTuple):
    """Its file is named after the page, the language and the colours, or the phone."""

    page: str
    language: str = "en"
    colours: Literal["light", "dark"] = "light"
    screen: Screen = DESK

    @property
    def name(self) -> str:
        if self.screen is HAND:
            return f"{self.page}-phone"
        return f"{self.page}-{self.language}-{self.colours}"


PICTURES = (
    Picture("friend", screen=HAND),
    *(
        Picture(page, language)
        for page in ("overview", "people", "drafts", "memory")
        for language in ("en", "zh-CN")
    ),
    Picture("chat", screen=WINDOW),
    Picture("chat", "zh-CN", "dark", WINDOW),
)
REPORT, FIRST_HOUR = "run-report", "first-hour"


async def show_overview(page: Page) -> None:
    """The looking after problems has ended."""
    for language in languages():
        await expect(page.get_by_text(language.say("Checking …"))).to_have_count(0)


async def show_friend(page: Page) -> None:
    """The twin is writing."""
    await expect(page.locator(".twin-bubble").first).to_be_visible()
    await write(page, LAST)
    await expect(page.locator(".twin-typing")).to_be_visible()


SHOW = {"overview": show_overview, "friend": show_friend}


async def take(scene: Scene, browser: Browser, picture: Picture) -> None:
    page = await _visit(scene, browser, picture)
    await page.goto(scene.address + scene.paths[picture.page])
    await page.wait_for_function("window.did_handshake")
    if picture.page in SHOW:
        await SHOW[picture.page](page)
    await save_page(page, picture.screen, HERE / f"{picture.name}.png")
    await page.context.close()


async def _visit(scene: Scene, browser: Browser, picture: Picture) -> Page:
    page = await opened_on(browser, picture.screen, picture.language, color_scheme=picture.colours)
    if picture.page != "friend":
        await log_in(page, scene.address)
    return page


async def take_report(scene: Scene, browser: Browser) -> None:
    """The curves, and how the answers look, of the run's own report."""
    file = report_page(scene.config, scene.run)
    assert file is not None
    page = await opened(browser, viewport={"width": 1100, "height": 850})
    await page.goto(file.as_uri())
    await page.get_by_role("heading", name="Loss", exact=True).evaluate("it => it.scrollIntoView()")
    target = HERE / f"{REPORT}.png"
    await page.screenshot(path=target)
    shrink(target)
    await page.context.close()


async def take_all(folder: Path, browser: Browser, wanted: list[str]) -> None:
    address = write_settings(folder)
    config = load_config(folder / "config.toml")
    scene = await asyncio.to_thread(set_up, config, open_database(config.database), address)
    async with bot(["run", "--config", str(config.path)], address):
        await friends_write(scene, browser)
        for picture in PICTURES:
            if not wanted or picture.name in wanted:
                await take(scene, browser, picture)
    if not wanted or REPORT in wanted:
        await take_report(scene, browser)


async def main(given: list[str]) -> None:
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch, "demo-data")
        async with chromium() as browser:
            if given in ([], [FIRST_HOUR]):
                await take_first_hour(Path(scratch, FIRST_HOUR), browser, HERE)
            if given == [FIRST_HOUR]:
                return
            if given:
                shutil.copytree(given[0], folder)
            else:
                await record(folder, browser, HERE / "first-minutes.gif")
            await take_all(folder, browser, given[1:])


asyncio.run(main(sys.argv[1:]))
