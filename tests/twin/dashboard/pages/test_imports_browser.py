"""Importing and the sample browser in a real Chromium, with real files and a real database."""

import asyncio
import json
import threading
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Browser, FilePayload, Page, expect

from storage.chats import list_chats
from storage.importers.columns.saved import SavedColumns
from storage.importers.import_files import import_paths
from storage.importers.report import ProgressCallback
from storage.preferences import excluded_answers
from tests.chromium import chromium, needs_chromium
from tests.twin.dashboard.stage import DESKTOP, PHONE, Stage
from twin.config.load import load_config

HOSTILE = "<img src=x onerror=alert(1)> {{7*7}} \u202erid"
LONG = "long " * 2000
WAIT = 30_000
RECIPE = [
    ["2026-01-01 10:00:00", "mum", f"{HOSTILE} dinner?"],
    ["2026-01-01 10:01:00", "我", "yes, at seven"],
    ["2026-01-02 10:00:00", "mum", f"<script>alert(2)</script>{LONG}"],
    ["2026-01-02 10:01:00", "我", f"<b>no</b> {LONG}"],
]
TABLE = f"sent,{HOSTILE},said\n2026-01-01 10:00:00,Ann,{HOSTILE}\n2026-01-01 10:00:09,Bob,hello\n"
WHATSAPP = "01/02/2024, 10:00 - Ann: hi there\n02/02/2024, 10:01 - Bob: hello\n"


def file(name: str, text: str) -> FilePayload:
    return {"name": name, "mimeType": "text/plain", "buffer": text.encode()}


def recipe(name: str) -> FilePayload:
    return file(name, json.dumps(RECIPE))


def left(folder: Path) -> list[Path]:
    """Files that are still there of what was handed in."""
    return [path for path in (folder / "uploads").rglob("*") if path.is_file()]


async def open_page(stage: Stage, browser: Browser, path: str, size: tuple[int, int]) -> Page:
    page = await stage.visit(browser, path, size)
    page.on("dialog", lambda dialog: pytest.fail(f"a script of a chat ran: {dialog.message}"))
    return page


@needs_chromium
async def test_how_far_it_is(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    prepare(stage)
    seen, look = threading.Event(), import_paths

    def slowly(*args: Any, on_progress: ProgressCallback, **given: Any) -> Any:
        on_progress("reading", 25, 100)
        assert seen.wait(WAIT / 1000)
        return look(*args, on_progress=on_progress, **given)

    monkeypatch.setattr("twin.imports.job.import_paths", slowly)
    async with chromium() as browser:
        page = await open_page(stage, browser, "/data", DESKTOP)
        card = page.get_by_role("region", name="Import chats")
        await page.get_by_label("Files to import").set_input_files([recipe("mum.json")])
        await expect(card).to_contain_text("25% read", timeout=WAIT)
        await expect(card.get_by_role("progressbar")).to_have_attribute("value", "25")
        seen.set()
        await expect(card).to_contain_text("4 new", timeout=WAIT)


@pytest.mark.parametrize("size", [DESKTOP, PHONE])
@needs_chromium
async def test_look_confirm_import(stage: Stage, size: tuple[int, int]) -> None:
    prepare(stage)
    async with chromium() as browser:
        page = await open_page(stage, browser, "/data", size)
        status = page.get_by_role("region", name="Import chats").get_by_role("status")
        names = ["../../<img src=x onerror=alert(3)>mum.json", "notes.txt"]
        await page.get_by_label("Files to import").set_input_files(
            [recipe(names[0]), file(names[1], "just a note")]
        )
        await expect(status).to_contain_text("4 messages: 4 new", timeout=WAIT)
        assert list_chats(stage.db) == []
        table = page.get_by_role("table")
        await expect(table).to_contain_text("50%")
        await expect(page.locator("#main")).to_contain_text("Skipped: not a known export")
        await expect(page.locator("#main")).not_to_contain_text("uploads")
        assert await page.evaluate("document.documentElement.scrollWidth") <= size[0]

        await page.reload()  # closing the page loses nothing
        await page.get_by_role("button", name="Import", exact=True).click()
        await expect(status).to_contain_text("Imported 4 new messages", timeout=WAIT)
        assert [chat["messages"] for chat in list_chats(stage.db)] == [4]
        assert left(stage.config.data) == []

        await page.get_by_role("button", name="Import more").click()
        await page.get_by_label("Files to import").set_input_files([recipe(names[0])])
        await expect(status).to_contain_text("0 new, 4 already", timeout=WAIT)
        await page.get_by_role("button", name="Cancel").click()
        await expect(page.get_by_label("Files to import")).to_be_visible()
        assert left(stage.config.data) == []


@needs_chromium
async def test_what_a_file_does_not_say_is_asked(stage: Stage) -> None:
    prepare(stage)
    async with chromium() as browser:
        page = await open_page(stage, browser, "/data", PHONE)
        status = page.get_by_role("region", name="Import chats").get_by_role("status").first
        files = page.get_by_label("Files to import")
        await files.set_input_files([file("WhatsApp Chat with Ann.txt", WHATSAPP)])
        await expect(page.get_by_text("Which of these are you?")).to_be_visible(timeout=WAIT)
        await page.get_by_label("Bob").check()
        await page.get_by_role("button", name="Check again").click()
        await expect(status).to_contain_text("2 messages", timeout=WAIT)
        await page.get_by_label("Order of day").select_option("mdy")
        await expect(page.get_by_role("table")).to_contain_text("Jan 2, 2024", timeout=WAIT)
        await page.get_by_role("button", name="Cancel").click()
        await files.set_input_files([file("nothing.json", "[1, 2")])
        await expect(page.get_by_role("alert")).to_contain_text("nothing.json", timeout=WAIT)
        await expect(page.get_by_text("Cancel and choose the files")).to_be_visible()
        assert list_chats(stage.db) == []

        await page.get_by_role("button", name="Cancel").click()
        await files.set_input_files([file("table.csv", TABLE)])
        await page.get_by_label("When it was sent").select_option("sent", timeout=WAIT)
        await page.get_by_label("Who wrote it").select_option(HOSTILE)
        await page.get_by_label("What was written").select_option("said")
        saved_as = page.get_by_label("Save these columns as")
        await saved_as.fill("work?")
        await page.get_by_role("button", name="Save columns").click()
        await expect(page.get_by_text("use letters, digits")).to_be_visible()
        await saved_as.fill("work")
        await page.get_by_role("button", name="Save columns").click()
        await expect(page.get_by_text("Columns saved as work.")).to_be_visible()
        await page.get_by_label("Who wrote it").select_option("said")
        await page.get_by_role("button", name="Use work").click()
        await expect(page.get_by_label("Who wrote it")).to_have_value(HOSTILE)
        assert list(SavedColumns(stage.config.data).all()) == ["work"]
        await page.get_by_role("button", name="Remove work").click()
        await expect(page.get_by_text("work is removed.")).to_be_visible()
        assert SavedColumns(stage.config.data).all() == {}
        await page.get_by_label("Your name or id").fill("Bob")
        await page.get_by_role("button", name="Check again").click()
        await expect(status).to_contain_text("2 messages", timeout=WAIT)
        first = page.get_by_role("region", name="The first messages")
        await expect(first).to_contain_text(HOSTILE)
        assert await page.evaluate("document.documentElement.scrollWidth") <= PHONE[0]
        await page.get_by_role("button", name="Import", exact=True).click()
        await expect(status).to_contain_text("Imported 2 new messages", timeout=WAIT)

        await page.get_by_role("button", name="Import more").click()
        await files.set_input_files([recipe("Ann.json"), recipe(f"{{{{7*7}}}}{'n' * 99}.json")])
        asked = page.get_by_role("group", name="Is this one chat under two names or ids?")
        await expect(asked).to_contain_text("4 messages are the same", timeout=WAIT)
        assert await page.evaluate("document.documentElement.scrollWidth") <= PHONE[0]
        await asked.get_by_role("button", name="One chat: keep").click()
        await expect(asked).to_have_count(0, timeout=WAIT)
        assert await page.evaluate("document.documentElement.scrollWidth") <= PHONE[0]
        await page.get_by_role("button", name="Two chats: ").click()
        await asked.get_by_role("button", name="One chat: keep").click(timeout=WAIT)
        await expect(status).to_contain_text("8 messages: 4 new, 4 already", timeout=WAIT)


@pytest.mark.parametrize("size", [DESKTOP, PHONE])
@needs_chromium
async def test_samples_are_found_and_excluded(stage: Stage, size: tuple[int, int]) -> None:
    prepare(stage)
    await asyncio.to_thread(imported, stage)
    async with chromium() as browser:
        page = await open_page(stage, browser, "/data/samples", size)
        await page.get_by_label("Search").fill("dinner")
        await page.get_by_role("button", name="Show").click()
        await expect(page.get_by_text(f"{HOSTILE} dinner?", exact=True)).to_be_visible()
        await page.get_by_role("button", name="Exclude this answer").click()
        await expect(page.get_by_role("status")).to_contain_text("Answer excluded")
        assert len(excluded_answers(stage.db)) == 1
        await expect(page.locator("#sample-0")).to_contain_text("Not learnt: you excluded it")
        await page.get_by_role("button", name="Include this answer").click()
        await expect(page.get_by_role("status")).to_contain_text("Answer included")
        assert excluded_answers(stage.db) == frozenset()

        await page.get_by_label("Or a whole chat").select_option(index=1)
        await page.get_by_label("Search").fill("")
        await page.get_by_role("button", name="Show").click()
        await expect(page.locator("#sample-1")).to_be_visible()
        assert await page.evaluate("document.documentElement.scrollWidth") <= size[0]
        chat = list_chats(stage.db)[0]["id"]
        out = page.locator("#sample-0").get_by_role("button", name="Exclude the whole chat")
        await out.click()
        await page.get_by_role("button", name="Cancel").click()
        assert excluded_chats(stage) == ()
        await expect(page.get_by_role("dialog")).to_have_count(0)
        await out.evaluate("(button) => { button.click(); button.click(); }")  # asks once
        await page.get_by_role("button", name="Exclude", exact=True).click()
        await expect(page.get_by_role("status")).to_contain_text(
            "excluded from the next training run on"
        )
        assert excluded_chats(stage) == (str(chat),)
        await expect(page.locator("#sample-1")).to_contain_text("Not learnt")
        await page.reload()
        await expect(page.locator("#sample-1")).to_contain_text("Not learnt")
        again = page.locator("#sample-1").get_by_role("button", name="Include the whole chat")
        await again.click()
        await expect(page.get_by_role("status")).to_contain_text(
            "included from the next training run"
        )
        assert excluded_chats(stage) == ()


@needs_chromium
async def test_the_report_is_made_and_shown_without_scripts(stage: Stage) -> None:
    prepare(stage)
    async with chromium() as browser:
        page = await open_page(stage, browser, "/data", DESKTOP)
        await expect(page.locator("#main")).to_contain_text("No report yet.")
        await page.get_by_role("button", name="Create report").click()
        await expect(page.locator("#main")).to_contain_text("Report created.", timeout=WAIT)
        await page.get_by_text("Show report").click()
        await expect(page.locator("h1")).to_have_text("report")
        async with stage.http() as http:
            assert (await http.get("/reports/dataset.html")).status_code == 303
            assert (await http.post("/data/upload/x")).status_code == 401
            await stage.log_in(http)
            shown = await http.get("/reports/dataset.html")
            assert shown.headers["content-security-policy"].startswith("default-src 'none'")
            assert (await http.get("/reports/..%2fowner.password")).status_code == 404
            over = await http.post(
                "/data/upload/x", content=b"1", headers={"accept-language": "zh"}
            )
            assert (over.status_code, over.text) == (404, "这次导入已经结束；请重新打开页面\n")


def prepare(stage: Stage) -> None:
    text = "# mine\n[privacy]\nexcluded_chats = [] # none\n[paths]\ndata = '.'\n"
    stage.config.path.write_text(text, "utf-8")


def imported(stage: Stage) -> None:
    path = stage.config.data / "mum.json"
    path.write_text(json.dumps(RECIPE), "utf-8")
    import_paths(stage.db, [path])


def excluded_chats(stage: Stage) -> tuple[str, ...]:
    text = stage.config.path.read_text("utf-8")
    assert text.startswith("# mine\n[privacy]\nexcluded_chats = [")
    assert "] # none" in text
    return load_config(stage.config.path).privacy.excluded_chats
