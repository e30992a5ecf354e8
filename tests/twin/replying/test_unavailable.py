"""Nothing can answer for a while: no message is lost, and none is answered twice."""

from storage.chats import upsert_chat
from storage.reasons import BurstReason
from tests.twin.driver import Bot, MakeBot
from tests.twin.fakes import FakeTime, chat_with
from twin.config.schema import ReplySettings
from twin.engine.base import EngineUnavailable
from twin.replying.answers import AGAIN_S

QUIET = ReplySettings().quiet_seconds
GIVEN_UP_S = ReplySettings().answer_after_restart_minutes * 60
DOWN = EngineUnavailable("http://gpu can't be reached", "Unreachable")


async def test_it_is_tried_again_until_something_answers(bot: Bot, time: FakeTime) -> None:
    bot.engine.enqueue(DOWN, DOWN, "back")
    await bot.receive("hi")
    await time.advance(QUIET)
    assert (len(bot.engine.asked), bot.reasons()) == (1, [])
    assert bot.connector.is_typing == {"ann": False}
    await time.advance(AGAIN_S - 1)
    assert len(bot.engine.asked) == 1
    await bot.receive("are you there?")
    await time.advance(QUIET)
    assert bot.engine.bursts == ["hi", "hi\nare you there?"]
    await time.advance(60)
    assert bot.connector.texts == ["back"]
    assert bot.reasons() == [BurstReason.ANSWERED]


async def test_at_last_it_is_given_up_with_a_reason(bot: Bot, time: FakeTime) -> None:
    bot.engine.enqueue(*[DOWN] * 100)
    await bot.receive("hi")
    await time.advance(GIVEN_UP_S + 60)
    assert bot.reasons() == [BurstReason.FAILED.of("Unreachable")]
    tried = len(bot.engine.asked)
    assert GIVEN_UP_S / AGAIN_S - 2 < tried < GIVEN_UP_S / AGAIN_S + 2
    await time.advance(GIVEN_UP_S)
    assert len(bot.engine.asked) == tried
    bot.engine.drop_answers()
    await bot.receive("later")
    await time.advance(60)
    assert bot.connector.texts == ["ok"]


async def test_the_owner_is_told_once_until_something_answers(bot: Bot, time: FakeTime) -> None:
    own = upsert_chat(bot.db, "fake", "self", "me", kind="self")

    def told() -> int:
        return sum(to == own.external_id for to, _ in bot.connector.sent)

    for friend in ("ann", "ben"):
        chat_with(bot.db, friend)
        await bot.receive("hi", friend=friend)
    bot.engine.enqueue(*[DOWN] * 1000)
    await time.advance(GIVEN_UP_S + 60)
    assert (len(bot.reasons()), told()) == (2, 1)
    bot.engine.drop_answers()
    await bot.receive("later")
    await time.advance(60)
    bot.engine.enqueue(*[DOWN] * 1000)
    await bot.receive("and now?")
    await time.advance(GIVEN_UP_S + 60)
    assert told() == 2


async def test_the_owner_answers_meanwhile(bot: Bot, time: FakeTime) -> None:
    bot.engine.enqueue(*[DOWN] * 3)
    await bot.receive("hi")
    await time.advance(QUIET + AGAIN_S)
    await bot.receive("it is me", from_owner=True)
    await time.advance(GIVEN_UP_S)
    assert bot.connector.texts == []
    assert len(bot.engine.asked) == 2


async def test_a_restart_meanwhile(make_bot: MakeBot, time: FakeTime) -> None:
    bot = make_bot()
    bot.engine.enqueue(*[DOWN] * 3)
    await bot.receive("hi")
    await time.advance(QUIET + AGAIN_S)
    await bot.replies.stop()
    after = make_bot()
    after.replies.start()
    await time.advance(60)
    assert after.connector.texts == ["ok"]
    assert after.reasons() == [BurstReason.ANSWERED]
