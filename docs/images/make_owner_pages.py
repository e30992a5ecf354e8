"""Takes the pictures of the owner's pages: `python docs/images/make_owner_pages.py`.

The history is chitchat-dataset's. No model runs: what the twin says and how its training went is
written here, so the pictures show the pages and prove nothing about the twin.
"""

import asyncio
import os
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Literal

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from PIL import Image
from playwright.async_api import Browser, Page, expect
from sqlite_utils import Database

from storage.adapters import promote
from storage.chats import Chat, get_chat, list_chats, set_mode
from storage.database import now_ms
from storage.importers.run import import_paths
from storage.messages import NewMessage, log_message
from storage.outbox import record_decision
from tests.chromium import chromium
from tests.twin.dashboard.learnt import learn
from tests.twin.dashboard.stage import DESKTOP, PHONE, Stage, staged
from training.judging.scores import Verdict
from training.sample_chats import write_sample_exports
from twin.dashboard.overview_words import LOOKING

HERE = Path(__file__).resolve().parent
SHOTS: tuple[tuple[str, tuple[int, int], Literal["light", "dark"]], ...] = (
    ("en", DESKTOP, "light"),
    ("zh-CN", PHONE, "dark"),
)
SUNDAY = ("haha same", "are you around on sunday?"), "sunday works, after lunch? :)"
BOOK = ("did you finish the book?",), "almost! the last part got really good"
COLOURS = 128  # keeps a picture far below 150 KB
WAIT_MS = 60_000


def asked(db: Database, chat: Chat, texts: tuple[str, ...]) -> int:
    for n, text in enumerate(texts):
        last = log_message(db, NewMessage(chat.id, "peer", text, now_ms() - 60_000 + n))
    assert last is not None
    return last


def fill(stage: Stage) -> Mapping[str, str]:
    """Two friends who wait for the owner's word, and a training; the pages' addresses."""
    stage.config.path.write_text("[owner]\nname = 'Wei'\n", "utf-8")
    stage.config.path.with_name("data").symlink_to(".")  # the stage's data lie beside the file
    exports = stage.config.path.with_name("exports")
    write_sample_exports(exports)
    import_paths(stage.db, [exports])
    busiest = sorted(list_chats(stage.db), key=lambda row: -row["messages"])
    friends = [get_chat(stage.db, row["id"]) for row in busiest[:4]]
    for friend, mode in zip(friends, ("draft", "draft", "auto", "off"), strict=True):
        set_mode(stage.db, friend.id, mode)
    for friend, (texts, answer) in zip(friends[:2], (SUNDAY, BOOK), strict=True):
        last = asked(stage.db, friend, texts)
        record_decision(stage.db, friend.id, last, "mode is draft", (answer,), state="draft")
    learn(stage, "night-1", Verdict(True, ["better than the base model"]))
    promote(stage.db, "night-1")
    stage.engine.adapter = "night-1"
    chat = friends[0].id
    return {
        "overview": "/",
        "chats": "/chats",
        "chat": f"/chats/{chat}",
        "drafts": "/drafts",
        "training": "/training",
        "data": f"/data/samples?chat={friends[1].id}",
        "try": f"/try?chat={chat}",
        "settings": "/settings",
    }


async def is_there(page: Page, name: str) -> None:
    await expect(page.locator("main h1")).to_be_visible(timeout=WAIT_MS)
    await page.wait_for_function("window.did_handshake")
    if name == "overview":  # the looking after problems has ended
        for looking in (LOOKING.to("en"), LOOKING.to("zh-CN")):
            await expect(page.get_by_text(looking)).to_have_count(0, timeout=WAIT_MS)
    if name == "try":
        await page.locator("textarea").fill(SUNDAY[0][1])
        await page.locator("textarea").press("Enter")
        await expect(page.get_by_role("log").get_by_text(SUNDAY[1])).to_be_visible(timeout=WAIT_MS)
    await page.evaluate("scrollTo(0, 0)")
    await page.wait_for_timeout(500)  # what moves has come to rest


async def take(stage: Stage, browser: Browser, paths: Mapping[str, str]) -> None:
    for language, size, scheme in SHOTS:
        page = await stage.visit(browser, "/", size, language)
        await page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        for name, path in paths.items():
            if name == "try":
                stage.engine.enqueue("Sunday works for me. What time?", SUNDAY[1])
            await page.goto(stage.home + path)
            await is_there(page, name)
            target = HERE / f"{name}-{language}.png"
            await page.screenshot(path=target)
            with Image.open(target) as picture:
                few = picture.convert("RGB").quantize(COLOURS)
            few.save(target, optimize=True)


async def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)  # the settings page shows where the file is: no temporary folder
        async with staged(Path()) as stage, chromium() as browser:
            await take(stage, browser, await asyncio.to_thread(fill, stage))


asyncio.run(main())
