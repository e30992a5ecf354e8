"""Sends that leave doubt, come too soon or are refused."""

import asyncio
from pathlib import Path

import pytest

from tests.twin.driver import Bot
from tests.twin.fakes import FakeConnector, FakeTime, run_tasks
from twin.connectors.base import (
    Capabilities,
    SendInDoubtError,
    SendLaterError,
    SendRefusedError,
)

QUIET = 4
REST = "two, typed for some seconds"
KNOWS_AGAIN = Capabilities(discloses=True, resend_s=3600)


class Platform(FakeConnector):
    """Shows a message once for each key; `answers` are what becomes of the next calls."""

    def __init__(self, *answers: Exception, capabilities: Capabilities = KNOWS_AGAIN) -> None:
        super().__init__(capabilities=capabilities)
        self.answers = list(answers)
        self.on_send = self.answer

    def answer(self, _text: str) -> None:
        if self.answers:
            raise self.answers.pop(0)

    @property
    def shown(self) -> list[str]:
        return list({message.key: message.text for message in self.messages}.values())


def bot_on(folder: Path, time: FakeTime, platform: Platform) -> Bot:
    bot = Bot(folder, time, platform)
    bot.engine.enqueue(f"one\n{REST}")
    return bot


async def test_what_may_have_arrived_is_sent_again_under_its_key(
    tmp_path: Path, time: FakeTime
) -> None:
    platform = Platform(SendInDoubtError("no answer"), SendInDoubtError("no answer"))
    bot = bot_on(tmp_path, time, platform)
    await bot.receive("hi")
    await time.advance(60)
    assert platform.texts == ["one", "one", "one", REST]
    assert platform.shown == ["one", REST]
    assert bot.states() == ["sent", "sent"]


async def test_elsewhere_it_stays_in_doubt_and_the_owner_hears_of_it(
    tmp_path: Path, time: FakeTime
) -> None:
    platform = Platform(SendInDoubtError("no answer"), capabilities=Capabilities(discloses=True))
    bot = bot_on(tmp_path, time, platform)
    await bot.receive("hi")
    await time.advance(60)
    assert platform.texts == ["one"]
    assert bot.states() == ["doubt", "cancelled"]


async def test_after_a_kill_it_is_sent_again_and_the_reply_goes_on(
    tmp_path: Path, time: FakeTime
) -> None:
    platform = Platform()
    platform.gate = asyncio.Event()
    bot = bot_on(tmp_path, time, platform)
    await bot.receive("hi")
    await time.advance(QUIET + 1)
    assert bot.states() == ["sending", "pending"]
    for task in asyncio.all_tasks() - {asyncio.current_task()}:
        task.cancel()  # the process ends

    platform.gate = None
    again = Bot(tmp_path, time, platform)
    again.replies.start()
    await time.advance(60)
    assert platform.texts == ["one", "one", REST]
    assert platform.shown == ["one", REST]
    assert again.states() == ["sent", "sent"]


@pytest.mark.parametrize("change", ["owner", "late"])
async def test_it_is_not_sent_again_once_it_may_not(
    tmp_path: Path, time: FakeTime, change: str
) -> None:
    answers = [SendInDoubtError("no answer")] * 9999
    bot = bot_on(tmp_path, time, platform := Platform(*answers))
    await bot.receive("hi")
    await time.advance(QUIET + 1)
    if change == "owner":
        await bot.receive("I am here", from_owner=True)
        await run_tasks()
    else:
        await time.advance(7200)
    tried = len(platform.sent)
    await time.advance(3600)
    assert len(platform.sent) == tried
    assert bot.states() == ["doubt", "cancelled"]


async def test_a_platform_that_asks_to_wait_is_given_the_time(
    tmp_path: Path, time: FakeTime
) -> None:
    bot = bot_on(tmp_path, time, platform := Platform(SendLaterError("429", seconds=20)))
    await bot.receive("hi")
    await time.advance(QUIET + 10)
    assert bot.states() == ["pending", "pending"]
    await time.advance(30)
    assert platform.texts == ["one", "one", REST]
    assert bot.states() == ["sent", "sent"]


async def test_while_it_waits_the_owner_may_take_over(tmp_path: Path, time: FakeTime) -> None:
    bot = bot_on(tmp_path, time, platform := Platform(SendLaterError("429", seconds=20)))
    await bot.receive("hi")
    await time.advance(QUIET + 10)
    await bot.receive("I am here", from_owner=True)
    await time.advance(60)
    assert platform.texts == ["one"]
    assert bot.states() == ["cancelled", "cancelled"]


async def test_what_the_platform_refuses_is_a_decision_with_a_reason(
    tmp_path: Path, time: FakeTime
) -> None:
    reason = "the platform takes answers only for so many hours: 24"
    bot = bot_on(tmp_path, time, Platform(SendRefusedError("too late", reason=reason)))
    await bot.receive("hi")
    await time.advance(60)
    assert bot.states() == ["cancelled", "cancelled"]
    assert bot.reasons() == [reason]
    (answered,) = bot.db.execute("SELECT answered FROM decisions").fetchone()
    assert not answered


async def test_refused_after_the_first_piece_the_burst_was_answered(
    tmp_path: Path, time: FakeTime
) -> None:
    refusal = SendRefusedError("no", reason="the platform gives no access to this chat")
    platform = Platform()
    bot = bot_on(tmp_path, time, platform)
    await bot.receive("hi")
    await time.advance(QUIET + 1)
    assert platform.texts == ["one"]
    platform.answers.append(refusal)
    await time.advance(60)
    assert bot.states() == ["sent", "cancelled"]
    assert bot.reasons() == ["answered"]
