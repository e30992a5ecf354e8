"""The set-up's page where things are not as they should be, in a real Chromium on a phone."""

from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, expect

from storage import runs
from storage.chats import upsert_chat
from storage.messages import NewMessage, log_message
from storage.preferences import passed_setup_steps
from storage.reasons import RunEnd
from tests.chromium import needs_chromium
from tests.newcomer import COMPUTER
from tests.twin.dashboard.stage import PHONE, Stage
from twin.config.load import load_config
from twin.config.schema import Config
from twin.engine.bases.log_figures import FEWEST
from twin.engine.bases.machine import Machine

pytestmark = needs_chromium
NAME = "👨‍👩‍👧 小明"


@pytest.fixture(autouse=True)
def measured(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("twin.setup.base_job.measure_machine", lambda config: COMPUTER)
    monkeypatch.setattr("twin.engine.bases.offers.local_base", lambda *_: None)


def settings(stage: Stage, text: str = "") -> Path:
    stage.config.path.write_text(f'# mine\npaths.data = "."\n{text}', "utf-8")
    return stage.config.path


async def fits(page: Page) -> bool:
    return bool(await page.evaluate("document.documentElement.scrollWidth") <= PHONE[0])


async def test_a_file_that_is_edited_meanwhile_and_two_tabs(stage: Stage, browser: Browser) -> None:
    file = settings(stage)
    page = await stage.visit(browser, "/setup", PHONE)
    other = await page.context.new_page()
    await other.goto(f"{stage.home}/setup?step=account")
    await expect(other.get_by_label("Telegram")).to_be_visible()
    about = other.locator("#setup-ilink-about")
    await expect(about.locator("code")).to_have_text("bot.py ilink login")
    await expect(about).not_to_contain_text("`")
    file.write_text("broken", "utf-8")
    await page.get_by_label("Your name").fill(NAME)
    save = page.get_by_role("button", name="Save and go on")
    await save.click()
    await expect(page.get_by_text("not valid TOML")).to_be_visible()
    settings(stage, "train.min_samples = 7\n")
    await save.click()
    await expect(page).to_have_url(f"{stage.home}/setup?step=base")
    config = load_config(file)
    assert (config.owner.name, config.train.min_samples) == (NAME, 7)
    assert "# mine" in file.read_text("utf-8")

    await expect(other.get_by_role("link", name="You done")).to_be_visible()
    await other.get_by_label("Telegram").check()
    await expect(other.get_by_text("no bot's token")).to_be_visible()  # what it still needs
    await expect(other.get_by_role("button", name="Go on")).to_be_visible()
    assert await fits(other)
    await expect(page.get_by_role("radio")).not_to_have_count(0)
    assert await fits(page)
    await page.goto(f"{stage.home}/setup")
    await expect(page.get_by_role("link", name="Base model")).to_have_attribute(
        "aria-current", "step"
    )
    assert passed_setup_steps(stage.db) == {"you"}


async def test_a_file_that_breaks_while_the_machine_is_measured(
    stage: Stage,
    browser: Browser,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    file = settings(stage)

    def measure(config: Config) -> Machine:
        file.write_text("broken", "utf-8")
        return COMPUTER

    monkeypatch.setattr("twin.setup.base_job.measure_machine", measure)
    page = await stage.visit(browser, "/setup?step=base", PHONE)
    await expect(page.get_by_text("not valid TOML")).to_be_visible()
    await page.get_by_label("Folder, or id").fill("no such base")
    await page.get_by_role("radio", name="Another one").check()
    save = page.get_by_role("button", name="Use it and go on")
    await save.click()
    await expect(page.get_by_text("not valid TOML")).to_be_visible()
    settings(stage)
    await save.click()
    await expect(page.get_by_text("no such folder")).to_be_visible()
    assert [one.getMessage() for one in caplog.records if one.levelname == "ERROR"] == []


async def test_what_stands_in_the_way_of_a_training(stage: Stage, browser: Browser) -> None:
    settings(stage, "train.min_samples = 30\n")
    chat = upsert_chat(stage.db, "test", "ann", "Ann")
    for number in range(FEWEST):
        log_message(stage.db, NewMessage(chat.id, "owner", f"今天不去了 {number}", number + 1))
    page = await stage.visit(browser, "/setup?step=training", PHONE, "zh-CN")
    await expect(page.get_by_role("link", name="选择另一个基础模型")).to_be_visible()
    await expect(page.get_by_text("100%")).to_contain_text("Qwen3")
    runs.fail_run(stage.db, runs.start_run(stage.db, "manual", 1), RunEnd.FEW_SAMPLES.of("0 < 20"))
    await expect(page.get_by_text("训练至少需要你的 30 条回答；现在有 20 条。")).to_be_visible()
    await expect(page.get_by_text("上次训练失败")).to_be_visible()
    await expect(page.get_by_role("link", name="导入更多聊天")).to_be_visible()
    restart = page.get_by_role("button", name="重启机器人")
    await expect(restart).to_be_enabled()
    stage.training.running = True  # begun on this very page: a restart would end it
    await expect(restart).to_be_disabled()
    assert await fits(page)
