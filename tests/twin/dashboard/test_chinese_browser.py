"""On Chinese pages reasons, errors and settings are Chinese too, in a real Chromium."""

import pytest
from playwright.async_api import Browser, expect

from storage import runs
from storage.chats import upsert_chat
from storage.outbox import record_decision
from storage.reasons import BurstReason, RunEnd, RunReason
from tests.chromium import needs_chromium
from tests.twin.dashboard.learnt import learn
from tests.twin.dashboard.living import Living
from tests.twin.dashboard.stage import DESKTOP, PHONE, Stage
from training.evaluation.promotion_gate import verdict_of
from training.evaluation.scores import GateReason
from twin.connectors.matrix.client import MatrixError, explained
from twin.replying.guard import FoundKind

pytestmark = needs_chromium
AT = 1_767_000_000_000
QUOTES = GateReason("quotes_chats", {"share": 0.09, "most": 0.04, "usual": 0.0})


async def test_what_is_wrong_is_told_with_what_to_do(stage: Stage, browser: Browser) -> None:
    with pytest.raises(MatrixError) as late, explained("https://example.org"):
        raise TimeoutError
    stage.fake.status().last_error = late.value.message
    page = await stage.visit(browser, "/", language="zh-CN")
    await expect(page.get_by_text("你的消息：0 条，太少，无法训练")).to_be_visible(timeout=60_000)
    remedy = page.get_by_role("listitem").filter(has_text="在“训练”页训练，或运行")
    await expect(remedy.get_by_role("code")).to_have_text("bot.py train")
    await expect(page.get_by_text("matrix：https://example.org 没有及时回答")).to_be_visible()


async def test_why_nothing_was_said(bot: Living, browser: Browser) -> None:
    chat = upsert_chat(bot.db, "fake", "ann", "Ann")
    asked = bot.log(chat, "your bank account?", AT)
    record_decision(bot.db, chat.id, asked, BurstReason.WAITS.of(FoundKind.ACCOUNT), now=AT + 1)
    page = await bot.visit(browser, f"/chats/{chat.id}", DESKTOP, "zh-CN")
    await expect(page.locator(".chat-aside")).to_contain_text("等待本人处理：银行账号")


async def test_why_an_adapter_stayed_out(stage: Stage, browser: Browser) -> None:
    run = learn(stage, "one", verdict_of(QUOTES))
    skipped = RunEnd.FEW_MESSAGES.of("5 < 30")
    runs.skip_night(stage.db, RunReason.NIGHTLY, "2026-01-11", skipped)
    told = "9% 的回答说出其他聊天里的话，最多允许 4%（你本人 0%）"
    page = await stage.visit(browser, "/training", language="zh-CN")
    await expect(page.get_by_text(told)).to_be_visible()
    await expect(page.get_by_text("你的新消息太少（5 < 30")).to_be_visible()
    await page.goto(f"{stage.home}/training/{run}")
    await expect(page.get_by_text(told)).to_be_visible()
    await expect(page.get_by_role("row").filter(has_text="原因")).to_contain_text("夜间训练")
    await page.goto(f"{stage.home}/training/99")
    await expect(page.get_by_text("没有第 99 次训练")).to_be_visible()


@pytest.mark.parametrize("size", [DESKTOP, PHONE])
async def test_settings_are_explained_and_refused(
    stage: Stage, browser: Browser, size: tuple[int, int]
) -> None:
    stage.config.path.write_text("", "utf-8")
    page = await stage.visit(browser, "/settings", size, "zh-CN")
    await page.get_by_text("[policy]", exact=True).click()
    field = page.get_by_label("接管时长（分钟）")
    await expect(page.get_by_text("你自己在聊天里发言后，分身在那里沉默这么久。")).to_be_visible()
    await field.fill("-1")
    await field.press("Tab")
    said = page.locator("#policy-takeover_minutes-said")
    await expect(said).to_have_text("policy.takeover_minutes：不能小于 0.0")
    web = page.locator("details.own-card").filter(has=page.get_by_text("[web]", exact=True))
    await web.get_by_text("[web]", exact=True).click()
    await web.get_by_text("更多", exact=True).click()
    await expect(page.get_by_text("改错会让你进不了自己的页面").first).to_be_visible()
    assert await page.evaluate("document.documentElement.scrollWidth") <= size[0]
