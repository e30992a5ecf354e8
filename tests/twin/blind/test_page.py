"""The friend's page of the blind test: who sees what, and how often."""

import asyncio
import logging
import re
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from sqlite_utils import Database

from storage.adapters import promote
from storage.blind_links import open_blind_link, revoke_blind_links
from storage.blind_test import tallies
from storage.chat_deletion import forget_chat
from storage.chats import Chat, upsert_chat
from storage.messages import NewMessage, log_message
from tests.registry import enter_adapter
from tests.twin.dashboard.stage import Stage, staged
from twin.blind.page import LOADS

AT = 1_700_000_000_000
HOUR = 3_600_000


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncIterator[Stage]:
    async with staged(tmp_path) as stage:
        enter_adapter(stage.db, "one")
        promote(stage.db, "one")
        stage.engine.adapter = "one"
        yield stage


def friend(db: Database, name: str, *exchanges: tuple[str, str]) -> tuple[Chat, str]:
    """A chat in which the owner answered, an hour between the exchanges, and its link."""
    chat = upsert_chat(db, "telegram", name.lower(), name)
    for place, (asked, answered) in enumerate(exchanges):
        at = AT + 2 * HOUR * place
        log_message(db, NewMessage(chat.id, "peer", asked, at, external_id=f"q{place}"))
        log_message(db, NewMessage(chat.id, "owner", answered, at + 1000, external_id=f"a{place}"))
    return chat, f"/b/{open_blind_link(db, chat.id)}"


def shown_pair(page: httpx.Response) -> str:
    found = re.search(r'name="pair" value="(\d+)"', page.text)
    assert found, page.text
    return found[1]


async def test_a_friend_sees_their_own_chat_and_nothing_of_others(
    stage: Stage, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    ann, of_ann = friend(stage.db, "Ann", ("anns question", "anns answer"))
    ben, of_ben = friend(stage.db, "Ben", ("bens question", "bens answer"))
    stage.engine.enqueue("twin to ann", "twin to ben")
    async with stage.http() as http:
        pages = {ann.id: await http.get(of_ann), ben.id: await http.get(of_ben)}
        for name, own, other in (("ann", ann, "ben"), ("ben", ben, "ann")):
            page = pages[own.id]
            assert page.status_code == 200
            for text in (f"{name}s question", f"{name}s answer", f"twin to {name}"):
                assert text in page.text
            assert not re.search(rf"\b{other}", page.text.lower())
        stolen = shown_pair(pages[ann.id])
        answer = await http.post(of_ben, data={"pair": stolen, "place": "0"})
        assert answer.status_code == 303
        assert tallies(stage.db) == []
    assert "question" not in caplog.text
    assert "twin to" not in caplog.text


async def test_the_page_does_not_tell_which_answer_is_whose(stage: Stage) -> None:
    exchanges = [(f"question {n}", f"real {n}") for n in range(12)]
    _, link = friend(stage.db, "Ann", *exchanges)
    stage.engine.enqueue(*[f"twin {n}" for n in range(12)])
    orders: set[str] = set()
    shapes: set[str] = set()
    async with stage.http() as http:
        for _ in range(12):
            page = await http.get(link)
            answers = re.findall(r'<span dir="auto">(real|twin) \d+</span></b', page.text)
            assert set(answers) == {"real", "twin"}
            orders.add(answers[0])
            form = page.text[page.text.index("<form") : page.text.index("</form")]
            shapes.add(re.sub(r"(real|twin) \d+|value=\"\d+\"", "", form))
            await http.post(link, data={"pair": shown_pair(page), "place": "1"})
        assert "nothing to judge" in (await http.get(link)).text
    assert orders == {"real", "twin"}
    assert len(shapes) == 1
    [tally] = tallies(stage.db)
    assert tally.answers == 12


async def test_a_choice_counts_once_and_nonsense_not_at_all(stage: Stage) -> None:
    ann, link = friend(stage.db, "Ann", ("question", "real"))
    async with stage.http() as http:
        pair = shown_pair(await http.get(link))
        for nonsense in (
            "",
            f"pair={pair}",
            f"pair={pair}&place=2",
            f"pair={'9' * 40}&place=0",
            "pair=-1&place=0",
            "pair=999&place=0",
            f"pair={pair}&place=0&x={'y' * 5000}",
            "\xff",
        ):
            assert (await http.post(link, content=nonsense)).status_code == 303
        assert tallies(stage.db) == []
        for place in "010":
            await http.post(link, data={"pair": pair, "place": place})
    assert [tally[2:4] for tally in tallies(stage.db)] == [(ann.id, 1)]


async def test_a_closed_link_shows_nothing(stage: Stage) -> None:
    ann, link = friend(stage.db, "Ann", ("question", "real"))
    async with stage.http() as http:
        pair = shown_pair(await http.get(link))
        revoke_blind_links(stage.db, ann.id)
        for answer in (
            await http.get(link),
            await http.post(link, data={"pair": pair, "place": "0"}),
            await http.get("/b/nonsense"),
        ):
            assert answer.status_code == 404
            assert "real" not in answer.text
    assert tallies(stage.db) == []


async def test_a_link_opens_neither_chat_nor_owners_pages(stage: Stage) -> None:
    _, link = friend(stage.db, "Ann", ("question", "real"))
    token = link.removeprefix("/b/")
    async with stage.http() as http:
        assert (await http.get(f"/c/{token}")).status_code == 404
        assert (await http.get("/blind")).status_code == 303
        assert (await http.get(f"{link}/../../blind")).status_code in (303, 404)


async def test_a_chat_that_is_forgotten_while_the_twin_writes_shows_nothing(stage: Stage) -> None:
    ann, link = friend(stage.db, "Ann", ("question", "real"))
    answer: asyncio.Future[str] = asyncio.get_running_loop().create_future()
    stage.engine.enqueue(answer)
    async with stage.http() as http:
        loading = asyncio.create_task(http.get(link))
        await stage.engine.is_asked.wait()
        forget_chat(stage.db, ann.id)
        answer.set_result("what the twin says")
        page = await loading
    assert page.status_code == 404
    assert "twin says" not in page.text
    assert stage.db["blind_pairs"].count == 0


async def test_who_loads_too_often_waits(stage: Stage) -> None:
    _, link = friend(stage.db, "Ann", ("question", "real"))
    async with stage.http() as http:
        for _ in range(LOADS):
            assert (await http.post(link)).status_code == 303
        refused = await http.get(link)
        assert refused.status_code == 429
        assert "real" not in refused.text
        await stage.time.advance(61)
        assert (await http.get(link)).status_code == 200


async def test_words_of_a_chat_stay_text(stage: Stage) -> None:
    _, link = friend(stage.db, "Ann", ("<script>alert(1)</script>", "<b>real</b>"))
    stage.engine.enqueue("<img src=x>")
    async with stage.http() as http:
        page = (await http.get(link)).text
    assert "<script" not in page
    assert "<img" not in page
    assert "<b>" not in page
    assert "&lt;b&gt;real" in page


async def test_a_recalled_message_takes_its_pair_along(stage: Stage) -> None:
    _, link = friend(stage.db, "Ann", ("question", "real"))
    async with stage.http() as http:
        await http.post(link, data={"pair": shown_pair(await http.get(link)), "place": "0"})
        assert len(tallies(stage.db)) == 1
        stage.db.execute("UPDATE messages SET recalled_at = 1 WHERE external_id = 'a0'")
        assert "real" not in (await http.get(link)).text
    assert tallies(stage.db) == []
