"""The pages about training in a real Chromium, on a desktop and on a phone."""

import pytest
from playwright.async_api import expect

from storage import runs
from storage.adapters import live_adapter
from storage.run_progress import PLANNED, judged
from tests.chromium import chromium, needs_chromium
from tests.twin.dashboard.learnt import learn, report
from tests.twin.dashboard.stage import DESKTOP, PHONE, Stage
from training.evaluation.scores import AnswerExample, GateVerdict
from twin.adapter_names import AdapterNames
from twin.config.load import load_config
from twin.engine.base import NotServed

pytestmark = needs_chromium
expect.set_options(timeout=20_000)

SIZES = pytest.mark.parametrize("size", [DESKTOP, PHONE])
WIDTH = "document.documentElement.scrollWidth"


def live_name(stage: Stage) -> str | None:
    adapter = live_adapter(stage.db)
    return adapter.name if adapter else None


@SIZES
async def test_the_run_that_is_going_is_followed(stage: Stage, size: tuple[int, int]) -> None:
    async with chromium() as browser:
        page = await stage.visit(browser, "/training", size=size)
        await page.get_by_role("button", name="Train now").click()
        await expect(page.get_by_text("Training started")).to_be_visible()
        assert stage.ordered == ["train"]

        number = runs.start_run(stage.db, "ordered by the owner", 1)
        runs.add_metrics(stage.db, number, 0, {PLANNED: 100.0})
        runs.add_metrics(stage.db, number, 20, {"loss": 3.5})
        stage.training.running = True
        await expect(page.get_by_text("Step 20 of 100")).to_be_visible()
        await expect(page.get_by_role("button", name="Train now")).to_be_disabled()
        await expect(page.get_by_role("img")).to_be_visible()
        runs.add_metrics(stage.db, number, 60, {"loss": 3.1})
        await expect(page.get_by_text("Step 60 of 100")).to_be_visible()
        about = await page.get_by_role("img").get_attribute("aria-label")
        assert about == "Loss per token: 3.500 at step 20, 3.100 at step 60"
        runs.add_metrics(stage.db, number, 100, {"loss": 3.0})
        judged(stage.db, number, 40)
        await expect(page.get_by_text("Evaluating the result · 40%")).to_be_visible()

        runs.fail_run(stage.db, number, "no room on the disk")  # its process has not ended yet
        await expect(page.get_by_text("its process is finishing")).to_be_visible()
        await expect(page.get_by_text("No run is planned")).to_have_count(0)
        stage.training.running = False
        await expect(page.get_by_text("No training in progress")).to_be_visible()
        await expect(page.get_by_text("no room on the disk")).to_be_visible()
        assert await page.evaluate(WIDTH) <= size[0]


@SIZES
async def test_the_owner_chooses_what_answers(stage: Stage, size: tuple[int, int]) -> None:
    learn(stage, "one", GateVerdict(True, ["better"]))
    learn(stage, "two", GateVerdict(False, ["not better than the live adapter"]))
    stage.refusal = NotServed("start it again with --lora /x")
    async with chromium() as browser:
        page = await stage.visit(browser, "/training", size=size)
        dialog = page.get_by_role("dialog")
        for name in ("one", "two"):
            called = AdapterNames(stage.db, stage.config.schedule).of(name)
            await page.get_by_role("button", name=f"Use it: {called}").click()
            await dialog.get_by_role("button", name="Use it").click()
            await expect(dialog).to_have_count(0)
            await expect(page.get_by_text(f"Now live: {called}.")).to_be_visible()
            assert live_name(stage) == name
        await expect(page.get_by_text("does not answer (start it again with")).to_have_count(1)
        await page.get_by_role("button", name="Roll back").click()
        await dialog.get_by_role("button", name="Cancel").click()
        await expect(dialog).to_have_count(0)
        assert live_name(stage) == "two"
        await page.get_by_role("button", name="Roll back").click()
        await dialog.get_by_role("button", name="Roll back").click()
        called = AdapterNames(stage.db, stage.config.schedule).of("one")
        await expect(page.get_by_text(f"Live again: {called}.")).to_be_visible()
        assert await page.evaluate(WIDTH) <= size[0]


@SIZES
async def test_the_nightly_switch_is_kept_in_the_file_and_followed(
    stage: Stage, size: tuple[int, int]
) -> None:
    stage.config.path.write_text('# mine\n[schedule]\nretrain_at = "03:30"  # early\n')
    async with chromium() as browser:
        page = await stage.visit(browser, "/training", size=size)
        await page.get_by_label("Train every night").uncheck()
        await page.get_by_label("Start at").fill("04:15")
        await page.get_by_label("Maximum delay (hours)").fill("3")
        await page.get_by_role("button", name="Save").click()
        await expect(page.get_by_text("Takes effect immediately")).to_be_visible()
        kept = load_config(stage.config.path).schedule
        assert (kept.enabled, kept.retrain_at, kept.window_hours) == (False, "04:15", 3.0)
        assert "# early" in stage.config.path.read_text()
        assert stage.training.followed == [kept]

        await page.get_by_label("Maximum delay (hours)").fill("99")
        await page.get_by_role("button", name="Save").click()
        await expect(page.get_by_text("schedule.window_hours")).to_be_visible()
        assert load_config(stage.config.path).schedule == kept
        assert await page.evaluate(WIDTH) <= size[0]


@SIZES
async def test_a_run_is_shown_with_its_scores_answers_and_report(
    stage: Stage, size: tuple[int, int]
) -> None:
    run = learn(stage, "one", GateVerdict(False, ["3% of its answers quote another chat"]))
    report(stage, run, [AnswerExample("a rook?", {"person": "a bishop", "base": "A rook is ..."})])
    async with chromium() as browser:
        page = await stage.visit(browser, f"/training/{run}", size=size)
        await expect(page.get_by_text("3% of its answers quote another chat")).to_be_visible()
        await expect(page.get_by_role("row").filter(has_text="Loss per token")).to_contain_text(
            "4.3123.3103.224"
        )
        bar = page.get_by_role("row").filter(has_text="AUC").get_by_role("img")
        place = "50%, from other people (0.720) to you (0.500)"
        about = f"base: 50%, live adapter: 50%, candidate: {place}"
        assert await bar.get_attribute("aria-label") == about
        assert await page.locator(".trn-bar").count() == 1  # the other ends tell nobody apart
        for words in ("a rook?", "a bishop", "A rook is ..."):
            await expect(page.get_by_text(words, exact=True)).to_be_visible()
        assert await page.evaluate(WIDTH) <= size[0]
        await page.get_by_role("link", name="Full report").click()
        await expect(page.get_by_role("heading", name="The report")).to_be_visible()


@SIZES
async def test_older_runs_are_on_the_next_page(stage: Stage, size: tuple[int, int]) -> None:
    for number in range(25):
        runs.skip_night(stage.db, "nightly", f"2026-01-{number + 1:02}", "nothing new")
    async with chromium() as browser:
        page = await stage.visit(browser, "/training", size=size)
        await expect(page.get_by_role("link", name="Run ")).to_have_count(20)
        assert await page.evaluate(WIDTH) <= size[0]
        await page.get_by_role("link", name="Older").click()
        await expect(page.get_by_role("link", name="Run ")).to_have_count(5)
        await expect(page.get_by_role("link", name="Newest")).to_be_visible()
        await page.goto(f"{stage.home}/training/99")
        await expect(page.get_by_text("run 99: no such run")).to_be_visible()
