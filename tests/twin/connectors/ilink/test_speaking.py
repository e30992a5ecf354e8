"""Ten messages and a day after each of the owner's; what may have arrived and what did not."""

import pytest

from storage.database import now_ms
from storage.reasons import BurstReason
from tests.twin.connectors.ilink.conftest import Hours
from tests.twin.connectors.ilink.platform import ILinkPlatform
from tests.twin.connectors.ilink.server import MOST_SENDS
from tests.twin.connectors.running import at_work, until
from twin.connectors.base import (
    MessageReceived,
    Outgoing,
    SendInDoubtError,
    SendLaterError,
    SendRefusedError,
)
from twin.connectors.ilink.client import ILinkError
from twin.connectors.ilink.speaking import CLOSED, MOST_CHARS, REMINDER, parts_of


async def send(bot: ILinkPlatform, *texts: str) -> None:
    for text in texts:
        await bot.connector.send(bot.chat, Outgoing(text))


async def refused(bot: ILinkPlatform, text: str = "more") -> None:
    with pytest.raises(SendRefusedError) as raised:
        await send(bot, text)
    assert raised.value.reason == BurstReason.OWNER_MUST_WRITE
    assert bot.connector.status().room == 0
    assert bot.connector.status().last_error == CLOSED


async def test_ten_messages_and_the_last_asks_the_owner_to_write(bot: ILinkPlatform) -> None:
    texts = [str(number) for number in range(MOST_SENDS)]
    async with at_work(bot.connector) as events:
        await send(bot, *texts)
        await refused(bot)
        assert bot.shown() == [*texts[:-1], f"9\n\n{REMINDER}"]
        bot.fake.say("here I am")
        await events.first(MessageReceived)
        status = bot.connector.status()
        assert (status.room, status.last_error) == (MOST_SENDS, None)
        await send(bot, "again")
    assert bot.shown()[-1] == "again"


async def test_a_restart_does_not_forget_what_was_sent(bot: ILinkPlatform) -> None:
    async with at_work(bot.connector):
        await send(bot, *"abc")
    assert bot.restarted().status().room == MOST_SENDS - 3
    async with at_work(bot.connector):
        await send(bot, *"defghij")
        await refused(bot)
    assert len(bot.shown()) == MOST_SENDS


async def test_a_message_that_comes_again_opens_nothing(bot: ILinkPlatform) -> None:
    async with at_work(bot.connector) as events:
        bot.fake.say("hello")
        await events.first(MessageReceived)
        await send(bot, *"abc")
        bot.fake.again()
        await events.first(MessageReceived)
        assert bot.connector.status().room == MOST_SENDS - 3


async def test_after_a_day_the_owner_has_to_write_and_is_told_in_time(
    bot: ILinkPlatform, hours: Hours
) -> None:
    async with at_work(bot.connector):
        hours.later = 22.9
        bot.fake.deliver(None)
        await until(lambda: bot.fake.cursors[-1:] == ["c1"])
        hours.later = 23.1
        bot.fake.deliver(None)
        await until(bot.shown)
        bot.fake.deliver(None)
        await until(lambda: bot.fake.cursors[-1:] == ["c3"])
        assert bot.shown() == [REMINDER]
        hours.later = 24.1
        await refused(bot)
    assert bot.shown() == [REMINDER]


async def test_a_message_that_arrives_late_opens_what_is_left_of_its_day(
    bot: ILinkPlatform, hours: Hours
) -> None:
    bot.fake.say("written long ago", create_time_ms=now_ms() - 30 * 3_600_000)
    async with at_work(bot.connector) as events:
        await events.first(MessageReceived)
        await refused(bot)
    assert not any(name == "sendmessage" for name, _ in bot.fake.asked)


async def test_wechat_may_close_it_sooner(bot: ILinkPlatform) -> None:
    bot.fake.sends.append({"ret": -2, "errmsg": "prepare failed"})
    async with at_work(bot.connector):
        await refused(bot)
        await refused(bot)
    assert sum(name == "sendmessage" for name, _ in bot.fake.asked) == 1


async def test_an_answer_that_is_lost_leaves_a_doubt(bot: ILinkPlatform) -> None:
    bot.fake.loses_next = True
    async with at_work(bot.connector):
        with pytest.raises(SendInDoubtError):
            await send(bot, "did it arrive?")
        assert bot.connector.status().room == MOST_SENDS - 1
        bot.fake.sends.append(502)
        with pytest.raises(SendInDoubtError):
            await send(bot, "and this?")
    assert bot.shown() == ["did it arrive?"]


@pytest.mark.parametrize(
    ("answer", "error"),
    [(429, SendLaterError), (403, ILinkError), ({"ret": -1, "errmsg": "no\nsuch"}, ILinkError)],
)
async def test_what_certainly_did_not_arrive_does_not_count(
    bot: ILinkPlatform, answer: int | dict[str, object], error: type[Exception]
) -> None:
    bot.fake.sends.append(answer)
    async with at_work(bot.connector):
        with pytest.raises(error) as raised:
            await send(bot, "x")
        assert bot.connector.status().room == MOST_SENDS
    assert "\n" not in str(raised.value)


async def test_a_message_is_known_by_its_key(bot: ILinkPlatform) -> None:
    async with at_work(bot.connector):
        await bot.connector.send(bot.chat, Outgoing("x", key="twin-1-2"))
    [body] = [body for name, body in bot.fake.asked if name == "sendmessage"]
    assert body["msg"]["client_id"] == "twin-1-2"


async def test_a_long_notice_goes_in_parts_or_not_at_all(bot: ILinkPlatform) -> None:
    lines = "\n".join(f"line {number}" for number in range(900))
    async with at_work(bot.connector):
        await send(bot, lines)
        assert "\n".join(bot.shown()) == lines
        assert len(bot.shown()) == 3
        await send(bot, *"abcdef")
        with pytest.raises(SendRefusedError):
            await send(bot, lines)
    assert bot.shown()[3:] == list("abcdef")


@pytest.mark.parametrize("text", ["", "a", "x" * 9000, "\n" * 9000, "ab\n" * 4000])
def test_parts_leave_nothing_out(text: str) -> None:
    parts = parts_of(text)
    assert all(len(part) <= MOST_CHARS for part in parts)
    assert "".join(parts).replace("\n", "") == text.replace("\n", "")
