"""From an empty folder to a trained twin and a friend's link, in a real Chromium: the whole bot."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Browser, Page, expect

import bot
from storage.adapters import list_adapters
from storage.database import reading
from storage.runs import latest_run
from tests.chromium import chromium, needs_chromium
from tests.newcomer import ANSWERS, export, own_base, settings_as_shipped
from tests.ports import free_port
from tests.tiny import tiny_model
from twin.cli.output import Output
from twin.config.load import load_config
from twin.engine.bases.machine import Machine

pytestmark = needs_chromium
WAIT_MS = 60_000
TRAINING_MS = 300_000  # on a machine that does much else
expect.set_options(timeout=WAIT_MS)
PASSWORD = "correct horse"
COMPUTER = Machine("cpu", "float32", 4, 1e11, 1e10, 2, 4 << 30, 8 << 30, 100 << 30)


@dataclass
class Started:
    """A bot as `bot.py run` starts it; `said` is what stands in its terminal."""

    file: Path
    said: list[str] = field(default_factory=list)

    async def address(self) -> str:
        """The link to the owner's pages, once they are served."""
        while not any("Ctrl+C" in line for line in self.said):  # noqa: ASYNC110
            await asyncio.sleep(0.05)
        [line] = [line for line in self.said if "Your own pages" in line]
        return line.partition(": ")[2]


@asynccontextmanager
async def started(file: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Started]:
    made = Started(file)
    monkeypatch.setattr("twin.cli.output.hint", made.said.append)
    monkeypatch.setattr("sys.stderr.isatty", lambda: True, raising=False)

    async def beside(parts: Any) -> bool:
        return await bot._tell_links(Output(False), parts)

    running = asyncio.create_task(bot._serve(load_config(file), lambda parts: beside(parts)))
    try:
        yield made
    finally:
        running.cancel()
        with suppress(asyncio.CancelledError):
            await running


async def set_password(page: Page, address: str) -> None:
    await page.goto(address)
    await page.get_by_label("Password", exact=True).fill(PASSWORD)
    await page.get_by_label("Repeat password").fill(PASSWORD)
    await page.get_by_role("button").click()
    await page.wait_for_url("**/setup")


async def shows_step(page: Page, name: str) -> None:
    await expect(page.get_by_role("region", name=name, exact=True)).to_be_visible()
    await page.wait_for_function("window.did_handshake")


async def bring_history(page: Page, folder: Path) -> None:
    """Hand in a chat, say who one is in it, leave in the middle, come back and import."""
    await page.get_by_label("Files to import").set_input_files([export(folder)])
    await page.get_by_role("radio", name="Bob").check()
    await page.get_by_role("button", name="Check again").click()
    await expect(page.get_by_role("table")).to_contain_text(str(2 * ANSWERS))
    await page.reload()
    await page.get_by_role("button", name="Import", exact=True).click()
    await expect(page.get_by_text(f"Imported {2 * ANSWERS} new messages")).to_be_visible()
    await page.get_by_role("button", name="Go on").click()


async def train(page: Page) -> None:
    """Restart with what was chosen; close the page while the training runs."""
    await page.get_by_role("button", name="Restart the bot").click()
    await expect(page.get_by_role("button", name="Restart the bot")).to_be_hidden()
    await page.wait_for_function("window.did_handshake")
    await page.get_by_role("button", name="Train now").click()
    await expect(page.get_by_text("Training started")).to_be_visible()
    await page.goto("about:blank")
    await page.go_back()
    await expect(page.get_by_text("Trained")).to_be_visible(timeout=TRAINING_MS)
    await page.get_by_role("button", name="Go on").click()


async def test_a_newcomer_sets_a_twin_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = settings_as_shipped(tmp_path, free_port())
    tiny_model(tmp_path / "packaged")
    text = file.read_text("utf-8").replace('base = "smollm2-135m-instruct"', 'base = "packaged"')
    file.write_text(text, "utf-8")
    base = own_base(tmp_path)
    async with started(file, monkeypatch) as made, chromium() as browser:
        page = await new_page(browser)
        await set_password(page, await made.address())
        await shows_step(page, "You")
        await page.get_by_label("Your name").fill("Bob 小明")
        await page.get_by_role("button", name="Save and go on").click()
        await shows_step(page, "Base model")
        await page.get_by_role("radio", name="Another one").check()
        await page.get_by_label("Folder, or id at the hub, of another one").fill(str(base))
        await page.get_by_role("button", name="Use it and go on").click()
        await shows_step(page, "Your chats so far")
        await bring_history(page, tmp_path)
        await shows_step(page, "An account")
        await page.get_by_role("button", name="Skip").click()
        await shows_step(page, "First training")
        await train(page)
        await shows_step(page, "Try it, invite a friend")
        await expect(page.get_by_text("Bob 小明's twin")).to_be_visible()
        await page.get_by_label("Friend's name").fill("Cem")
        await page.get_by_role("button", name="Create link").click()
        link = await page.get_by_label("Friend's link").input_value()
        await page.get_by_role("button", name="Finish").click()
        await expect(page.get_by_role("heading", level=1)).to_have_text("Overview")
        friend = await new_page(browser)
        await friend.goto(link)
        await expect(friend.locator("body")).to_contain_text("Bob 小明")
    with reading(load_config(file).database) as db:
        run = latest_run(db)
        assert (run and run.state, len(list_adapters(db))) == ("done", 1)
    after = file.read_text("utf-8")
    changed = set(after.splitlines()) - set(text.splitlines())
    assert changed == {'name = "Bob 小明"', f'base = "{base}"'}  # and no comment is gone


async def new_page(browser: Browser) -> Page:
    context = await browser.new_context(locale="en")
    context.set_default_timeout(WAIT_MS)
    return await context.new_page()
