"""Take the first hour: from an empty folder to a twin that was trained and a friend's link."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

from playwright.async_api import Browser, Page, expect

from docs.images.demo_bot import bot, write_settings
from docs.images.saving import DESK, HAND, Screen, save_page
from docs.images.scene import PASSWORD, log_in, opened_on
from training.demo.sample_chats import OWNER_NAME, sample_chats
from twin.config.edit import change
from twin.config.load import load_config
from twin.dashboard.auth.password import PasswordFile
from twin.language import Language, languages

FRIENDS = 12  # whose chats are handed in: enough to learn from, and few enough for minutes
QUICK = {"owner.name": "", "dataset.max_samples": 400, "judge.prompts": 8}
SEEN_PERCENT = 20
TRAINING_MS = 3_600_000
INVITED = iter(("Anna", "Ben", "小红", "小李"))
ONLY_WEB = "\n[web]\nport = {port}\n"
Show = Callable[["Visitor"], Awaitable[None]]


@dataclass(frozen=True)
class Visitor:
    """The owner, with one of their devices, in one of their languages."""

    page: Page
    language: Language
    screen: Screen

    @property
    def name(self) -> str:
        return f"{self.language.tag}-{'phone' if self.screen is HAND else 'light'}"

    def say(self, text: str) -> str:
        return self.language.say(text)

    async def press(self, name: str, leads_to: str | None = None) -> None:
        """`leads_to`: the step that is shown then."""
        await self.page.get_by_role("button", name=self.say(name), exact=True).click()
        if leads_to is not None:
            await self.page.wait_for_url(f"**/setup?step={leads_to}")


async def take_first_hour(folder: Path, browser: Browser, target: Path) -> None:
    """Into pictures called `setup-STEP-LANGUAGE-…`."""
    address = write_settings(folder, ONLY_WEB)
    change(folder / "config.toml", QUICK)
    PasswordFile(load_config(folder / "config.toml").data).set(PASSWORD)
    files = await asyncio.to_thread(_exports, folder / "from my phone")
    async with bot(["run", "--config", str(folder / "config.toml")], address):
        visitors = [
            await _visit(browser, address, language, screen)
            for language in languages()
            for screen in (DESK, HAND)
        ]
        await _take_steps(visitors, address, files, target)
        for one in visitors:
            await one.page.context.close()


def _exports(folder: Path) -> list[Path]:
    folder.mkdir()
    files = []
    for friend, rows in list(sample_chats().items())[:FRIENDS]:
        file = folder / f"{friend}.json"
        file.write_text(json.dumps(rows, ensure_ascii=False), encoding="utf-8")
        files.append(file)
    return files


async def _visit(browser: Browser, address: str, language: Language, screen: Screen) -> Visitor:
    page = await opened_on(browser, screen, language.tag)
    await log_in(page, address)
    return Visitor(page, language, screen)


async def _take_steps(
    visitors: list[Visitor], address: str, files: list[Path], target: Path
) -> None:
    first = visitors[0]

    async def take(step: str, show: Show) -> None:
        for one in visitors:
            await _open(one, address, step)
            await show(one)
            await save_page(one.page, one.screen, target / f"setup-{step}-{one.name}.png")

    await _open(first, address, "you")
    await first.page.locator("#setup-name").fill(OWNER_NAME)
    await first.press("Save and go on", "base")
    await take("base", _see_bases)
    await first.press("Use it and go on", "history")
    await first.page.locator("input[type=file]").set_input_files(files)
    await _see_table(first)
    await take("history", _see_table)
    await first.press("Import")
    await first.press("Go on", "account")
    await first.press("Skip", "training")
    await first.press("Restart the bot")
    await expect(first.page.get_by_role("button", name="Restart the bot")).to_be_hidden()
    await first.page.wait_for_function("window.did_handshake")
    await first.press("Train now")
    await take("training", _see_progress)
    await _see_trained(first)
    await take("friends", _invite)


async def _open(one: Visitor, address: str, step: str) -> None:
    await one.page.goto(f"{address}/setup?step={step}")
    await one.page.wait_for_function("window.did_handshake")


async def _see_bases(one: Visitor) -> None:
    await expect(one.page.get_by_role("radio").first).to_be_visible()


async def _see_table(one: Visitor) -> None:
    await expect(one.page.get_by_role("table")).to_be_visible()


async def _see_progress(one: Visitor) -> None:
    await one.page.wait_for_function(
        f"document.querySelector('progress')?.value >= {SEEN_PERCENT}", timeout=TRAINING_MS
    )


async def _see_trained(one: Visitor) -> None:
    trained = one.page.get_by_text(one.say("Trained: the twin answers with what it learnt."))
    await expect(trained).to_be_visible(timeout=TRAINING_MS)


async def _invite(one: Visitor) -> None:
    await one.page.get_by_label(one.say("Friend's name")).fill(next(INVITED))
    await one.press("Create link")
    await expect(one.page.get_by_label(one.say("Friend's link"))).to_be_visible()
