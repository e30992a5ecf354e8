"""The whole bot on a platform that alters what it tells of the twin's own messages."""

import asyncio
from dataclasses import replace
from itertools import cycle
from pathlib import Path

import pytest

from storage.chats import get_chat
from tests.alterations import ALTERATIONS
from tests.twin.driver import Bot
from tests.twin.fakes import FakeConnector, FakeTime, run_tasks, said
from twin.connectors.base import Capabilities

REPLY = "see  you at eight 🙂 & bring <b>wine</b>\n❤️ 好的，明天见\nok"


ARRIVALS = ("at once", "late", "in the other order")


@pytest.mark.parametrize(("name", "arrives"), list(zip(ALTERATIONS, cycle(ARRIVALS))))
async def test_an_altered_echo_is_neither_a_takeover_nor_the_owners_words(
    tmp_path: Path, time: FakeTime, name: str, arrives: str
) -> None:
    connector = FakeConnector(capabilities=Capabilities(self_echo=True))
    bot = Bot(tmp_path, time, connector, reply={"chars_per_second": 1000.0})
    heard: list[str] = []
    tasks: set[asyncio.Task[None]] = set()

    def tell(text: str) -> None:
        heard.append(ALTERATIONS[name](text))
        if arrives == "at once":
            tasks.add(asyncio.create_task(bot.receive(heard[-1], from_owner=True)))

    connector.on_send = tell
    bot.engine.enqueue(REPLY)
    await bot.receive("hi")
    await time.advance(30)
    late = {"at once": [], "late": heard, "in the other order": heard[::-1]}[arrives]
    for number, text in enumerate(late):
        await bot.receive(text, id=f"e{number}", from_owner=True)
    await run_tasks()
    assert connector.texts[1:] == REPLY.split("\n")
    twins = [("twin", text) for text in connector.texts]
    assert sorted(bot.log()) == sorted([("peer", "hi"), *twins])
    assert get_chat(bot.db, bot.chat.id).paused_until is None
    await bot.replies.stop()


async def test_the_owner_by_hand_takes_over_at_once_and_with_the_same_words_later(
    tmp_path: Path, time: FakeTime
) -> None:
    connector = FakeConnector(capabilities=Capabilities(self_echo=True, discloses=True))
    bot = Bot(tmp_path, time, connector)
    bot.engine.enqueue("see you at eight 🙂")
    await bot.receive("hi")
    await time.advance(10)
    await bot.receive("see you at eight [微笑]", id="e1", from_owner=True)
    assert get_chat(bot.db, bot.chat.id).paused_until is None
    await time.advance(60)
    await bot.receive("See you at eight!", id="o1", from_owner=True)
    assert get_chat(bot.db, bot.chat.id).paused_until is not None
    assert bot.log()[1:] == [("twin", "see you at eight 🙂"), ("owner", "See you at eight!")]
    await bot.replies.stop()


async def test_a_picture_of_the_owner_is_no_echo(tmp_path: Path, time: FakeTime) -> None:
    connector = FakeConnector(capabilities=Capabilities(self_echo=True, discloses=True))
    bot = Bot(tmp_path, time, connector)
    bot.engine.enqueue("🙂")
    await bot.receive("hi")
    await time.advance(10)
    picture = replace(said("", time.seconds, id="p1", from_owner=True), kind="image")
    await bot.inbox.handle("fake", picture)
    assert get_chat(bot.db, bot.chat.id).paused_until is not None
    await bot.replies.stop()
