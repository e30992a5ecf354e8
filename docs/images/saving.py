"""Save a page as a picture that is small."""

from pathlib import Path
from typing import NamedTuple

from PIL import Image
from playwright.async_api import FloatRect, Page

from tests.twin.dashboard.stage import DESKTOP, PHONE

COLOURS = 256  # keeps a picture far below 150 KB; the rare ones too, such as a green dot
TALLEST = 1600  # pixels of a page that are shown on a desktop


class Screen(NamedTuple):
    size: tuple[int, int]
    dots: int  # per pixel of the page; a phone has more
    tallest: int


DESK = Screen(DESKTOP, 1, TALLEST)
WINDOW = Screen(DESKTOP, 1, DESKTOP[1])  # what goes on below it says no more
HAND = Screen(PHONE, 2, PHONE[1])


async def save_page(page: Page, screen: Screen, target: Path) -> None:
    """From its top, as tall as it is, within what the screen shows."""
    await page.evaluate("scrollTo(0, 0)")
    await page.wait_for_timeout(400)  # what moves has come to rest
    height = await page.evaluate("document.documentElement.scrollHeight")
    width, least = screen.size
    tall = max(min(height, screen.tallest), least)
    clip = FloatRect(x=0, y=0, width=width, height=tall)
    await page.screenshot(path=target, full_page=True, clip=clip)
    shrink(target)


def shrink(target: Path) -> None:
    with Image.open(target) as picture:
        few = picture.convert("RGB").quantize(COLOURS, Image.Quantize.MAXCOVERAGE, kmeans=2)
    few.save(target, optimize=True)
