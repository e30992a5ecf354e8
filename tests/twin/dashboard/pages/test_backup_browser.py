"""The page of backups in a real Chromium. Encrypting is tried in tests/twin/backup."""

import asyncio
from pathlib import Path

import pytest
from playwright.async_api import Browser, expect

from storage.atomic_files import write_bytes
from storage.errors import TwinError
from tests.chromium import needs_chromium
from tests.twin.dashboard.stage import PHONE, Stage
from twin.backup.job import BackupJob
from twin.backup.kept import kept_backups

PHRASE = "correct horse battery"
pytestmark = needs_chromium


async def test_make_check_download_delete(
    stage: Stage, browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[tuple[str, str]] = []

    async def work(job: BackupJob, arguments: list[str], passphrase: str) -> dict[str, int]:
        asked.append((job.state.work, passphrase))
        if job.state.work == "check":
            if passphrase != PHRASE:
                raise TwinError("the passphrase is another one")
            return {"messages": 3, "chats": 2, "adapters": 1}
        await asyncio.to_thread(write_bytes, Path(arguments[-1]), b"sealed")
        return {"files": 1}

    monkeypatch.setattr(BackupJob, "_work", work)
    page = await stage.visit(browser, "/data/backups", PHONE)
    said = page.get_by_role("status").first
    words, again = page.locator("#backup-new"), page.locator("#backup-again")
    make = page.get_by_role("button", name="Make a backup")
    for one, other, says in ((PHRASE, "another one", "differ"), (PHRASE, PHRASE, "Made: twin-")):
        await words.fill(one)
        await again.fill(other)
        await make.click()
        await expect(said).to_contain_text(says)
    await expect(words).to_have_value("")
    (kept,) = kept_backups(stage.config)
    row = page.get_by_role("listitem").filter(has_text=kept.name)
    for given, says in (("wrong one", "the passphrase is another one"), (PHRASE, "messages 3")):
        await row.get_by_role("button", name="Check").click()
        await page.get_by_role("dialog").locator("input").fill(given)
        await page.get_by_role("dialog").get_by_role("button", name="Check").click()
        await expect(said).to_contain_text(says)
    assert asked == [("make", PHRASE), ("check", "wrong one"), ("check", PHRASE)]
    async with page.expect_download() as download:
        await row.get_by_role("link", name="Download").click()
    saved = stage.config.data / "saved"
    await (await download.value).save_as(saved)
    assert await asyncio.to_thread(saved.read_bytes) == b"sealed"
    await row.get_by_role("button", name="Delete").click()
    await page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    await expect(said).to_contain_text("Deleted")
    assert kept_backups(stage.config) == []
    assert await page.evaluate("document.documentElement.scrollWidth") <= PHONE[0]
