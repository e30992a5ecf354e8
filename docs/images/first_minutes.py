"""Record the demo from its first page to the answer of its new twin."""

import asyncio
import io
import time
from dataclasses import dataclass, field
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont
from playwright.async_api import Browser, Page, expect

from docs.images.demo_bot import bot, write_settings
from docs.images.scene import opened, say
from storage.database import open_database
from storage.invites import open_invites
from training.demo.tour import QUESTION
from twin.connectors.web.connector import friend_link

PAGE = (1080, 720)
SHOWN = (810, 540)  # in the film
BAR = 28  # pixels below it, for the time
FRAME_MS, LAST_MS = 400, 5000
EACH_S, FIRST_S, LATER_S = 1.0, 60.0, 8.0  # a picture each second for a minute, then fewer
COLOURS = 64
ONLY_WEB = "\n[web]\nport = {port}\n"
TWIN_S = 3600.0


@dataclass
class Film:
    """Pictures of the page with the time since `begun`, in seconds of a monotonic clock."""

    begun: float
    frames: list[Image.Image] = field(default_factory=list)
    _last: bytes = b""

    @property
    def now(self) -> float:
        return time.monotonic() - self.begun

    async def take(self, page: Page) -> None:
        """Nothing where nothing moved."""
        shot = await page.screenshot()
        if shot == self._last:
            return
        self._last = shot
        with Image.open(io.BytesIO(shot)) as picture:
            self.frames.append(_with_time(picture.convert("RGB").resize(SHOWN), self.now))

    def save(self, target: Path) -> None:
        # One palette, or what did not change would not be the same.
        both = Image.new("RGB", (SHOWN[0], 2 * (SHOWN[1] + BAR)))
        both.paste(self.frames[0])
        both.paste(self.frames[-1], (0, SHOWN[1] + BAR))
        palette = both.quantize(COLOURS)
        first, *others = (
            frame.quantize(palette=palette, dither=Image.Dither.NONE) for frame in self.frames
        )
        durations = [FRAME_MS] * len(others) + [LAST_MS]
        first.save(
            target, save_all=True, append_images=others, duration=durations, loop=0, optimize=True
        )


def _with_time(picture: Image.Image, seconds: float) -> Image.Image:
    whole = Image.new("RGB", (SHOWN[0], SHOWN[1] + BAR), "#222222")
    whole.paste(picture)
    minutes, rest = divmod(round(seconds), 60)
    draw = ImageDraw.Draw(whole)
    text = f"bot.py demo, {minutes}:{rest:02} since its start"
    draw.text((12, SHOWN[1] + 5), text, fill="#ffffff", font=ImageFont.load_default(15))
    return whole


async def record(folder: Path, browser: Browser, target: Path) -> None:
    """Run the demo in that new folder and leave its twin there. The film into `target`."""
    film = Film(time.monotonic())
    address = write_settings(folder, ONLY_WEB)
    try:
        async with bot(["demo", "--folder", str(folder)], address):
            await _film(film, folder, address, browser)
    finally:  # what there is of it, where somebody did not wait to the end
        if film.frames:
            film.save(target)


async def _film(film: Film, folder: Path, address: str, browser: Browser) -> None:
    [(token, _), *_] = open_invites(open_database(folder / "twin.db"))
    width, height = PAGE
    page = await opened(browser, viewport={"width": width, "height": height})
    await page.goto(friend_link(address, token))
    await expect(page.locator(".twin-field")).to_be_visible()
    visitor = asyncio.create_task(_visit(page))
    while not visitor.done():
        await film.take(page)
        await asyncio.wait([visitor], timeout=EACH_S if film.now < FIRST_S else LATER_S)
    visitor.result()
    await film.take(page)
    await page.close()


async def _visit(page: Page) -> None:
    """Ask the base, wait for the twin, and ask it the same."""
    await say(page, QUESTION)
    twin = page.locator(".demo-who", has_text="twin answers now")
    await expect(twin).to_be_visible(timeout=TWIN_S * 1000)
    await say(page, QUESTION)
    await expect(page.locator(".twin-typing")).to_be_hidden()
