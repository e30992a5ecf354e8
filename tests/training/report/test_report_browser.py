"""The report in a real Chromium, opened from the disk as its owner does."""

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
from playwright.async_api import Browser

from tests.chromium import chromium, needs_chromium
from tests.training.report.hostile import TRICKS
from tests.training.report.made_up import Told
from training.evaluation.scores import AnswerExample
from training.report.run_report import write_report

pytestmark = needs_chromium
HOSTILE = " ".join(TRICKS)


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    async with chromium() as browser:
        yield browser


@pytest.mark.parametrize("width", [390, 1200])
async def test_the_page_opens_shows_its_plots_and_fits(
    browser: Browser, told: Told, tmp_path: Path, width: int
) -> None:
    endless = AnswerExample("w" * 399, {"person": HOSTILE, "candidate": "好" * 399})
    evaluation = replace(told.evaluation, examples=[endless, *told.evaluation.examples])
    written = write_report(tmp_path / "run-12", told.run, evaluation, told.verdict)
    page = await browser.new_page(viewport={"width": width, "height": 780})
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    await page.goto(written.as_uri())

    assert await page.title() == "Run 12: the new adapter goes live"
    widths = await page.evaluate("[...document.images].map(image => image.naturalWidth)")
    assert len(widths) == 5
    assert all(widths)
    assert await page.evaluate("document.documentElement.scrollWidth") <= width
    assert await page.locator("script, a, iframe").count() == 0
    assert complaints == []
    assert [url for url in asked if not url.startswith("data:")] == [written.as_uri()]
