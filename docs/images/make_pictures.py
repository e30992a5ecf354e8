"""Take the pictures of all pages, or of some: `python docs/images/make_pictures.py [PAGE ...]`.

Each page in both languages and both colours on a desktop, and once on a phone. The history is
chitchat-dataset's. No model runs: what the twin says and how its training went is written in
scene.py, so the pictures show the pages and prove nothing about the twin.
"""

import asyncio
import os
import sys
import tempfile
from pathlib import Path
from typing import Literal, NamedTuple

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from PIL import Image
from playwright.async_api import Browser, FloatRect, Page, expect

from docs.images.scene import BASE, SUNDAY, Scene, set_up
from tests.chromium import chromium
from tests.twin.dashboard.stage import DESKTOP, PHONE, Stage, staged
from twin.language import languages

HERE = Path(__file__).resolve().parent
Scheme = Literal["light", "dark"]
LOOKS: tuple[tuple[str, Scheme], ...] = (
    ("en", "light"),
    ("zh-CN", "dark"),
    ("en", "dark"),
    ("zh-CN", "light"),
)
COLOURS = 256  # keeps a picture far below 150 KB; the rare ones too, such as a green dot
TALLEST = 1600  # pixels of a page that are shown on a desktop
WAIT_MS = 60_000
expect.set_options(timeout=WAIT_MS)


class Screen(NamedTuple):
    size: tuple[int, int]
    dots: int  # per pixel of the page; a phone has more
    tallest: int


DESK, HAND = Screen(DESKTOP, 1, TALLEST), Screen(PHONE, 2, PHONE[1])


async def show_overview(page: Page, _scene: Scene) -> None:
    """The looking after problems has ended."""
    for language in languages():
        await expect(page.get_by_text(language.say("Checking …"))).to_have_count(0)


async def show_data(page: Page, scene: Scene) -> None:
    """An export was looked at and waits for the owner's word, whichever browser handed it in."""
    files = page.locator("#import-files")
    if await files.count():
        await files.set_input_files(scene.exports)
    await expect(page.get_by_role("table")).to_be_visible()


async def show_try(page: Page, scene: Scene) -> None:
    scene.stage.engine.enqueue(SUNDAY[1], BASE)  # the live one answers first
    await page.locator("textarea").fill(SUNDAY[0][1])
    await page.locator("textarea").press("Enter")
    await expect(page.get_by_role("log").get_by_text(SUNDAY[1])).to_be_visible()


async def show_friend(page: Page, scene: Scene) -> None:
    """The twin is writing."""
    await expect(page.locator(".twin-bubble").first).to_be_visible()
    await scene.stage.web.typing(scene.friend.external_id, True)
    await expect(page.locator(".twin-typing")).to_be_visible()


SHOW = {
    "overview": show_overview,
    "data": show_data,
    "try": show_try,
    "friend": show_friend,
}


async def take(page: Page, screen: Screen, scene: Scene, name: str, target: Path) -> None:
    await page.goto(scene.stage.home + scene.paths[name])
    if name != "login":
        await page.wait_for_function("window.did_handshake")
    if name in SHOW:
        await SHOW[name](page, scene)
    await page.evaluate("scrollTo(0, 0)")
    await page.wait_for_timeout(400)  # what moves has come to rest
    height = await page.evaluate("document.documentElement.scrollHeight")
    width, tall = screen.size[0], min(height, screen.tallest)
    clip = FloatRect(x=0, y=0, width=width, height=max(tall, screen.size[1]))
    await page.screenshot(path=target, full_page=True, clip=clip)
    with Image.open(target) as picture:
        few = picture.convert("RGB").quantize(COLOURS, Image.Quantize.MAXCOVERAGE, kmeans=2)
    few.save(target, optimize=True)


async def visit(
    stage: Stage, browser: Browser, screen: Screen, language: str, scheme: Scheme
) -> Page:
    page = await stage.visit(browser, "/", screen.size, language, dots=screen.dots)
    await page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    return page


async def take_all(scene: Scene, browser: Browser) -> None:
    for number, (language, scheme) in enumerate(LOOKS):
        desk = await visit(scene.stage, browser, DESK, language, scheme)
        hand = await visit(scene.stage, browser, HAND, language, scheme)
        wanted = [name for name in scene.paths if name in (sys.argv[1:] or scene.paths)]
        for name in wanted:
            await take(desk, DESK, scene, name, HERE / f"{name}-{language}-{scheme}.png")
        for name in wanted[number :: len(LOOKS)]:
            await take(hand, HAND, scene, name, HERE / f"{name}-phone.png")
        await desk.context.close()
        await hand.context.close()


async def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)  # the settings page shows where the file is: no temporary folder
        async with staged(Path()) as stage, chromium() as browser:
            await take_all(await asyncio.to_thread(set_up, stage), browser)


asyncio.run(main())
