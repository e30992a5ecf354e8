"""Models next to each other in a real Chromium, on a desktop and on a phone."""

import pytest
from playwright.async_api import expect

from storage.chats import set_note, upsert_chat
from storage.messages import NewMessage, log_message
from tests.chromium import chromium, needs_chromium
from tests.twin.dashboard.learnt import HOSTILE, learn
from tests.twin.dashboard.stage import DESKTOP, PHONE, Stage
from training.evaluation.scores import GateVerdict
from twin.adapter_names import AdapterNames

pytestmark = needs_chromium
expect.set_options(timeout=20_000)

SIZES = pytest.mark.parametrize("size", [DESKTOP, PHONE])
WIDTH = "document.documentElement.scrollWidth"


@SIZES
async def test_models_answer_next_to_each_other(stage: Stage, size: tuple[int, int]) -> None:
    learn(stage, "one", GateVerdict(True, ["better"]))
    chat = upsert_chat(stage.db, "test", "ann", HOSTILE[0])
    set_note(stage.db, chat.id, HOSTILE[1])
    log_message(stage.db, NewMessage(chat.id, "peer", "a rook?", 1_500_000_000_000))
    logged = stage.db.table("messages").count
    async with chromium() as browser:
        page = await stage.visit(browser, "/try", size=size)
        await page.get_by_role("button", name=HOSTILE[0]).click()
        await expect(page.get_by_text(f"You write as {HOSTILE[0]}")).to_be_visible()
        await page.get_by_label("Continue the last conversation").check()
        await page.get_by_label("Compare with").select_option("one")
        stage.engine.enqueue(HOSTILE[1], HOSTILE[2], HOSTILE[4])
        await page.get_by_label("Message from the friend").fill("hello?")
        await page.get_by_label("Message from the friend").press("Enter")
        called = AdapterNames(stage.db, stage.config.schedule).of("one")
        third = page.get_by_role("region", name=f"Conversation with {called}")
        await expect(third).to_contain_text("1 token")
        live = page.get_by_role("region", name="Conversation with Live: base model")
        await expect(live.get_by_text(HOSTILE[1], exact=True)).to_be_visible()
        base = page.get_by_role("region", name="Conversation with Base model")
        await expect(base.get_by_text(HOSTILE[2], exact=True)).to_be_visible()
        assert stage.engine.others == [None, "one"]
        system, *turns = stage.engine.asked[0]
        assert HOSTILE[1] in system["content"]
        assert [turn["content"] for turn in turns] == ["a rook?\nhello?"]

        await page.get_by_role("button", name="Start over").click()
        await expect(page.get_by_text("hello?", exact=True)).to_have_count(0)
        assert stage.db.table("messages").count == logged
        assert stage.db.table("outbox").count == 0
        assert (stage.replies.sent, stage.fake.sent) == ([], [])
        assert "owned" not in await page.title()
        assert await page.evaluate(WIDTH) <= size[0]


@SIZES
async def test_friends_are_found_by_name_and_text_comes_with_the_address(
    stage: Stage, size: tuple[int, int]
) -> None:
    chats = [upsert_chat(stage.db, "test", f"c{n}", f"Friend {n}") for n in range(40)]
    async with chromium() as browser:
        page = await stage.visit(browser, f"/try?chat={chats[7].id}", size=size)
        await expect(page.get_by_text("You write as Friend 7")).to_be_visible()
        await page.get_by_label("Search by name").fill("friend 33")
        found = page.get_by_role("group").get_by_role("button")
        await expect(found).to_have_count(2)
        await found.nth(1).press("Enter")
        await expect(page.get_by_text("You write as Friend 33")).to_be_visible()
        await page.get_by_label("Search by name").fill("nobody at all")
        await expect(page.get_by_text("No chat with that name.")).to_be_visible()
        assert await page.evaluate(WIDTH) <= size[0]
