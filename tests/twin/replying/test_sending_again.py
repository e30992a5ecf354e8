"""Sends that leave doubt, come too soon or are refused."""

import asyncio
from pathlib import Path

import pytest

from storage.chats import upsert_chat
from tests.twin.driver import Bot
from tests.twin.fakes import FakeConnector, FakeTime, run_tasks
from twin.connectors.base import (
    Capabilities,
    Outgoing,
    SendInDoubtError,
    SendLaterError,
    SendRefusedError,
)
from twin.replying.set_clock import follow_clock

QUIET = 4
REST = "two, typed for some seconds"
KNOWS_AGAIN = Capabilities(discloses=True, resend_s=3600)


class Platform(FakeConnector):
    """Shows a message once for each key; `answers` are what becomes of the next calls."""

    def __init__(self, *answers: Exception, capabilities: Capabilities = KNOWS_AGAIN) -> None:
        super().__init__(capabilities=capabilities)
        self.answers = list(answers)
        self.after_gate: list[Exception] = []
        self.on_send = self.answer

    def answer(self, _text: str) -> None:
        if self.answers:
            raise self.answers.pop(0)

    async def send(self, chat_external_id: str, message: Outgoing) -> str | None:
        external_id = await super().send(chat_external_id, message)
        if self.after_gate:
            raise self.after_gate.pop()
        return external_id

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


@pytest.mark.parametrize("resend_s", [0, 3600])
@pytest.mark.parametrize("echo", ["before the answer", "after it"])
async def test_an_echo_settles_a_doubt_and_the_reply_goes_on(
    tmp_path: Path, time: FakeTime, resend_s: int, echo: str
) -> None:
    capabilities = Capabilities(discloses=True, self_echo=True, resend_s=resend_s)
    platform = Platform(capabilities=capabilities)
    platform.gate, platform.after_gate = asyncio.Event(), [SendInDoubtError("no answer")]
    bot = bot_on(tmp_path, time, platform)
    await bot.receive("hi")
    await time.advance(QUIET + 1)
    assert bot.states() == ["sending", "pending"]
    if echo == "before the answer":
        await bot.receive("one", id="e1", from_owner=True)
    platform.gate.set()
    await run_tasks()
    if echo == "after it":
        await bot.receive("one", id="e1", from_owner=True)
    await time.advance(60)
    if resend_s or echo == "before the answer":
        assert platform.texts == ["one", REST]
        assert bot.states() == ["sent", "sent"]
    else:  # the rest was given up by then
        assert bot.states() == ["sent", "cancelled"]
    assert bot.log()[:2] == [("peer", "hi"), ("twin", "one")]


async def test_a_key_stays_whatever_happens_to_the_clock(tmp_path: Path, time: FakeTime) -> None:
    platform = Platform()
    platform.gate = asyncio.Event()
    bot = bot_on(tmp_path, time, platform)
    await bot.receive("hi")
    await time.advance(QUIET + 1)
    time.skew = 7200
    await follow_clock(bot.replies._steady, bot.db, bot.replies._writes)
    for task in asyncio.all_tasks() - {asyncio.current_task()}:
        task.cancel()  # the process ends
    time.skew, platform.gate = -7200, None
    again = Bot(tmp_path, time, platform)
    again.replies.start()
    await time.advance(60)
    assert platform.shown == ["one", REST]
    assert len({message.key for message in platform.messages}) == 2


async def test_the_owner_hears_of_a_doubt_that_is_given_up(tmp_path: Path, time: FakeTime) -> None:
    """And of nothing else: the notice is in doubt as well, and so would be a notice of that."""
    bot = bot_on(tmp_path, time, Platform(*[SendInDoubtError("no answer")] * 9999))
    upsert_chat(bot.db, "fake", "me", "me", kind="self")
    await bot.receive("hi")
    await time.advance(9000)
    assert bot.states() == ["doubt", "cancelled", "doubt"]
    notices = bot.db.execute("SELECT text FROM outbox WHERE kind = 'notice'").fetchall()
    assert notices == [("A message to ann may not have arrived; it is not repeated.",)]


@pytest.mark.parametrize("seconds", [1e9, float("inf")])
async def test_a_wait_that_is_too_long_gives_the_reply_up_at_once(
    tmp_path: Path, time: FakeTime, seconds: float
) -> None:
    bot = bot_on(tmp_path, time, platform := Platform(SendLaterError("429", seconds=seconds)))
    await bot.receive("hi")
    await time.advance(60)
    assert bot.states() == ["cancelled", "cancelled"]
    await bot.receive("hello?")
    await time.advance(60)
    assert platform.texts == ["one", "ok"]


@pytest.mark.parametrize("seconds", [0, -5, float("nan")])
async def test_a_wait_of_nothing_is_no_hammering(
    tmp_path: Path, time: FakeTime, seconds: float
) -> None:
    answers = [SendLaterError("429", seconds=seconds)] * 9999
    bot = bot_on(tmp_path, time, platform := Platform(*answers))
    await bot.receive("hi")
    await time.advance(QUIET + 10)
    assert len(platform.texts) <= 20
    await bot.replies.stop()


@pytest.mark.parametrize(
    "then", [SendRefusedError("no", reason="the platform gives no access to this chat"), OSError()]
)
async def test_what_may_have_arrived_stays_in_doubt_though_it_is_refused_the_next_time(
    tmp_path: Path, time: FakeTime, then: Exception
) -> None:
    """Its echo is the twin's all the same, and neither learnt nor a takeover."""
    bot = bot_on(tmp_path, time, Platform(SendInDoubtError("no answer"), then))
    await bot.receive("hi")
    await time.advance(60)
    assert bot.states() == ["doubt", "cancelled"]
    await bot.receive("one", id="e1", from_owner=True)
    assert bot.log()[-1] == ("twin", "one")
    assert bot.states() == ["sent", "cancelled"]
