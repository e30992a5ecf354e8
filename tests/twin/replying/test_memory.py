"""What was said earlier stands in the prompt, and `why` tells of it."""

import pytest

from storage.decisions import last_decisions
from tests.registry import enter_adapter
from tests.twin.driver import Bot, MakeBot
from tests.twin.fakes import FakeTime
from twin.actions import Actions
from twin.commands import Commands
from twin.memory import conversation
from twin.memory.line import Line
from twin.playground import LIVE, Playground, SideBySide
from twin.prompting.chat_prompt import persona

BOSS = "my boss is called Marge"


@pytest.fixture
def bot(make_bot: MakeBot, monkeypatch: pytest.MonkeyPatch) -> Bot:
    """It finds the first message of the chat, whatever is asked."""
    bot = make_bot(memory={"enabled": True})

    def look_up(db: object, config: object, chat: int | None, *_: object, **at: int) -> list[Line]:
        assert chat == bot.chat.id
        return [Line(BOSS, (1,), 1, "passage", "owner")]

    monkeypatch.setattr(conversation, "look_up", look_up)
    return bot


async def answered(bot: Bot, time: FakeTime, text: str) -> str:
    await bot.receive(text)
    await time.advance(30)
    return bot.engine.asked[-1][0]["content"]


async def test_a_reply_stands_on_earlier_words_and_says_so(bot: Bot, time: FakeTime) -> None:
    await bot.receive(BOSS, from_owner=True)
    await time.advance(3 * 3600)
    assert f"Facts about you:\n- {BOSS}" in await answered(bot, time, "who is your boss?")
    [decision] = last_decisions(bot.db, bot.chat.id, 1)
    assert [each.text for each in decision.memory] == [BOSS]
    told = Commands(Actions(bot.config, bot.db)).obey("/twin why ann")
    assert "answered" in told
    assert told.endswith(BOSS)


async def test_an_adapter_that_learnt_without_is_shown_nothing(bot: Bot, time: FakeTime) -> None:
    for name, memory in (("without", False), ("with", True)):
        enter_adapter(bot.db, name, rules="sessions", memory=memory)
        bot.engine.adapter = name
        assert (BOSS in await answered(bot, time, f"hi {name}")) == memory


async def test_a_trial_is_shown_what_the_bot_would_be(bot: Bot) -> None:
    playground = Playground(bot.config, bot.db, bot.engine)
    await SideBySide(playground, bot.chat).ask(LIVE, "who is your boss?")
    assert BOSS in bot.engine.asked[-1][0]["content"]
    await SideBySide(playground).ask(LIVE, "who is your boss?")
    assert bot.engine.asked[-1][0]["content"].count("\n\n") == 0


async def test_off_is_as_it_was(make_bot: MakeBot, time: FakeTime) -> None:
    bot = make_bot()
    shown = await answered(bot, time, "who is your boss?")
    assert shown == persona(bot.config.owner)
