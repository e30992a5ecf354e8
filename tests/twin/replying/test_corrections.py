"""What becomes a preference pair when it really happens: inbox, replies and outbox together."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from storage.messages import NewMessage, log_message
from tests.twin.driver import Bot, MakeBot
from tests.twin.fakes import FakeConnector, FakeTime, said
from twin.connectors.base import Capabilities, MessageRecalled, MessageReceived


@pytest.fixture
async def make_bot(tmp_path: Path) -> AsyncIterator[MakeBot]:
    bots: list[Bot] = []

    def make(**capabilities: Any) -> Bot:
        offered = Capabilities(discloses=True, **capabilities)
        bots.append(Bot(tmp_path, FakeTime(), FakeConnector(capabilities=offered)))
        return bots[-1]

    yield make
    for bot in bots:
        await bot.replies.stop()


def pairs(bot: Bot) -> list[tuple[str, str, str | None]]:
    return bot.db.execute("SELECT how, rejected, chosen FROM corrections ORDER BY id").fetchall()


async def answer(bot: Bot, text: str) -> None:
    bot.engine.enqueue(text)
    await bot.receive("lunch?")
    await bot.time.advance(30)


async def test_the_owner_takes_over_and_their_words_are_kept_as_the_better_ones(
    make_bot: MakeBot,
) -> None:
    bot = make_bot(send_returns_id=True)
    await answer(bot, "yes\nwhen?")
    await bot.receive("no, sorry", from_owner=True)
    await bot.receive("tomorrow", from_owner=True)
    assert pairs(bot) == [("contradicted", "yes\nwhen?", "no, sorry\ntomorrow")]


async def test_a_repeated_event_adds_nothing(make_bot: MakeBot) -> None:
    bot = make_bot(send_returns_id=True)
    await answer(bot, "yes")
    for _ in range(2):
        await bot.receive("no", id="7", from_owner=True)
    assert pairs(bot) == [("contradicted", "yes", "no")]


async def test_half_a_character_is_kept_as_in_the_log(make_bot: MakeBot) -> None:
    bot = make_bot(send_returns_id=True)
    await answer(bot, "yes")
    await bot.receive("no\ud83d", from_owner=True)
    assert pairs(bot) == [("contradicted", "yes", "no?")]


@pytest.mark.parametrize("returns_id", [True, False])
async def test_the_echo_is_no_word_of_the_owner_and_may_be_recalled(
    make_bot: MakeBot, returns_id: bool
) -> None:
    bot = make_bot(self_echo=True, send_returns_id=returns_id)
    await answer(bot, "yes")
    await bot.echo("yes", id="echo")
    assert pairs(bot) == []
    await bot.inbox.handle("fake", MessageRecalled("ann", "echo"))
    assert pairs(bot) == [("recalled", "yes", None)]
    await bot.receive("no", from_owner=True)
    assert pairs(bot) == [("recalled", "yes", "no")]


async def test_a_friend_who_recalls_a_message_corrects_nobody(make_bot: MakeBot) -> None:
    bot = make_bot(send_returns_id=True)
    await bot.receive("lunch?", id="1")
    await bot.time.advance(30)
    assert bot.connector.texts == ["ok"]
    await bot.inbox.handle("fake", MessageRecalled("ann", "1"))
    assert pairs(bot) == []


async def test_an_order_is_no_contradiction(make_bot: MakeBot) -> None:
    bot = make_bot(send_returns_id=True)
    await answer(bot, "yes")
    at = int(bot.time.seconds * 1000)
    order = MessageReceived(
        "ann", "ann", "me", "me", "/twin off ann", at, from_owner=True, steers=True
    )
    await bot.inbox.handle("fake", order)
    assert pairs(bot) == []


async def test_an_imported_answer_is_none_either(make_bot: MakeBot) -> None:
    bot = make_bot(send_returns_id=True)
    await answer(bot, "yes")
    at = int(bot.time.seconds * 1000)
    log_message(bot.db, NewMessage(bot.chat.id, "owner", "no", at, source="import"))
    await bot.inbox.handle("fake", said("hm", bot.time.seconds))
    assert pairs(bot) == []
