"""axe-core has no serious finding on any page, light and dark, large and small."""

import asyncio
import json
import re
from typing import Literal

import pytest
from playwright.async_api import Page, expect

from storage.adapters import promote
from storage.chats import Chat, find_chat
from storage.facts import NewFact, enter_facts
from storage.importers.import_files import import_paths
from storage.invites import create_invite
from storage.media_texts import store_media_text
from storage.messages import NewMessage, log_message
from storage.outbox import record_decision
from tests.chromium import chromium, needs_chromium
from tests.newcomer import COMPUTER
from tests.twin.dashboard.axe import needs_axe, serious_findings
from tests.twin.dashboard.learnt import learn, report
from tests.twin.dashboard.stage import DESKTOP, PHONE, Stage
from training.evaluation.scores import AnswerExample, GateVerdict
from twin.setup.steps import STEPS

pytestmark = [needs_chromium, needs_axe]
expect.set_options(timeout=20_000)
AT = 1_700_000_000_000
EXPORT = [["2026-01-01 10:00:00", "mum", "dinner?"], ["2026-01-01 10:01:00", "我", "at seven"]]


@pytest.mark.parametrize(
    ("size", "language", "scheme"), [(DESKTOP, "en", "light"), (PHONE, "zh-CN", "dark")]
)
async def test_no_page_has_a_serious_finding(
    stage: Stage,
    size: tuple[int, int],
    language: str,
    scheme: Literal["light", "dark"],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("twin.setup.base_job.measure_machine", lambda config: COMPUTER)
    token, chat = create_invite(stage.db, "Ann")
    run = await asyncio.to_thread(fill, stage, chat)
    paths = ["/chats", f"/chats/{chat.id}", "/drafts", "/training", f"/training/{run}"]
    paths += ["/people", "/data", "/data/samples?q=dinner", f"/try?chat={chat.id}", "/settings"]
    paths += ["/data/voices"]
    paths += ["/notifications", "/memory?kind=home", *(f"/setup?step={step}" for step in STEPS)]
    async with chromium() as browser:
        page = await stage.visit(browser, "/", size, language)
        await page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        found = await serious_findings(page)
        for path in paths:
            await page.goto(stage.home + path)
            await expect(page.locator("main h1")).to_be_visible()
            await page.wait_for_function("window.did_handshake")
            found += await serious_findings(page)
        found += await judge_blindly(page, stage)
        await page.goto(f"{stage.home}/login")
        found += await serious_findings(page)
        await page.goto(stage.web.link(token))
        await expect(page.locator(".twin-bubble")).to_have_count(5)
        found += await serious_findings(page)
    assert not found, "\n".join(found)


async def judge_blindly(page: Page, stage: Stage) -> list[str]:
    """Both pages of the blind test: the owner and the friend judge the same pair."""
    promote(stage.db, "one")
    stage.engine.adapter = "one"
    await page.goto(f"{stage.home}/blind")
    await page.wait_for_function("window.did_handshake")
    await page.locator(".own-strong").click()
    await expect(page.locator(".trn-answer")).to_have_text([re.compile("at seven|ok")] * 2)
    await page.locator("select").select_option(str(find_chat(stage.db, "mum").id))
    await page.locator("form .own-button").click()
    address = await page.locator(".own-link input").input_value()
    await page.locator(".trn-answer").last.click()
    await expect(page.locator("tbody tr")).to_have_count(2)
    found = await serious_findings(page)
    await page.goto(address)
    await expect(page.locator("form button")).to_have_count(2)
    found += await serious_findings(page)
    await page.locator("form button").first.click()
    await expect(page.get_by_role("status")).to_be_visible()  # nothing is left to judge
    await page.goto(f"{stage.home}/blind")
    await expect(page.locator("tbody tr").first).to_contain_text(re.compile("50 ?%"))
    return found


def fill(stage: Stage, chat: Chat) -> int:
    """Something to see on every page; the run."""
    # Without a file the settings page shows only that there is none.
    stage.config.path.write_text("[paths]\ndata = '.'\n", "utf-8")
    log_message(stage.db, NewMessage(chat.id, "peer", "are you there?", AT))
    log_message(stage.db, NewMessage(chat.id, "twin", "yes", AT + 1))
    last = log_message(stage.db, NewMessage(chat.id, "peer", "and tomorrow?", AT + 2))
    assert last is not None
    for number, (origin, kind) in enumerate((("owner", "voice"), ("peer", "image"))):
        media = f"media/fake/{number}"
        file = NewMessage(chat.id, origin, "", AT - 1, kind=kind, media=media)  # type: ignore[arg-type]
        message = log_message(stage.db, file)
        assert message is not None
        store_media_text(stage.db, message, media, "at seven", reader="reads", at=AT)
    own = NewFact(chat.id, last, "owner", "home", None, "rome", "I live in Rome", AT, AT)
    later = own._replace(slot="home", value="oslo", text="I live in Oslo")
    enter_facts(stage.db, [own, later, own._replace(about="friend", value="york")])
    record_decision(stage.db, chat.id, last, "mode is draft", ("me too",), state="draft")
    export = stage.config.path.with_name("mum.json")
    export.write_text(json.dumps(EXPORT), "utf-8")
    import_paths(stage.db, [export])
    run = learn(stage, "one", GateVerdict(True, ["better"]))
    report(stage, run, [AnswerExample("hi", {"person": "hello", "base": "Greetings"})])
    return run
