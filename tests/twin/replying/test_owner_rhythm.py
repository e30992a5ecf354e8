"""The bot at the owner's pace, and what it leaves unanswered as they would."""

import json
import logging
from typing import Any

import pytest

from storage.adapters import promote
from storage.chats import set_mode
from storage.messages import NewMessage, Origin, log_live
from tests.registry import enter_adapter
from tests.twin.driver import Bot, MakeBot
from tests.twin.replying.made_rhythm import DOCUMENT, NO_WEIGHTS
from twin.replying.bursts import open_burst
from twin.replying.owner_rhythm import OwnerRhythm, drawn
from twin.replying.rhythm import RHYTHM, STEPS
from twin.replying.rhythm_features import FEATURES

SLOW: dict[str, Any] = {
    "delay": {"intercept": 5.0, "weights": NO_WEIGHTS},  # 147 s
    "late": [0.0] * STEPS,
    "gaps": [2.2] * STEPS,  # 8 s
}
RARELY: dict[str, Any] = {"answers": {"intercept": -4.0, "weights": NO_WEIGHTS}}  # 2%


def learn(bot: Bot, name: str = "a", **changes: Any) -> None:
    """An adapter with a rhythm goes live."""
    adapter = enter_adapter(bot.db, name)
    promote(bot.db, name)
    folder = bot.config.path_of(adapter.path)
    folder.mkdir(parents=True)
    (folder / RHYTHM).write_text(json.dumps(DOCUMENT | changes))


async def test_an_answer_comes_when_the_owners_would(make_bot: MakeBot) -> None:
    bot = make_bot(reply={"rhythm_seconds": 100.0, "disclose": "never"})
    learn(bot, **SLOW)
    await bot.receive("hi")
    await bot.time.advance(99)
    assert bot.connector.sent == []
    await bot.time.advance(20)
    assert len(bot.connector.sent) == 1


async def test_a_restart_does_not_draw_again(make_bot: MakeBot) -> None:
    reply = {"rhythm_seconds": 200.0, "disclose": "never"}
    bot = make_bot(reply=reply)
    learn(bot, **SLOW)
    await bot.receive("hi")
    await bot.time.advance(140)
    await bot.replies.stop()
    again = make_bot(reply=reply)
    again.replies.start()
    await again.time.advance(15)
    assert len(again.connector.sent) == 1


async def test_who_writes_on_is_answered_in_between(make_bot: MakeBot) -> None:
    bot = make_bot(reply={"rhythm_seconds": 60.0, "disclose": "never"})
    learn(bot, **SLOW)
    for number in range(9):
        await bot.receive(f"and then {number}")
        await bot.time.advance(10)
    assert bot.connector.sent


async def test_without_a_rhythm_or_with_a_broken_one_it_is_as_before(
    make_bot: MakeBot, caplog: pytest.LogCaptureFixture
) -> None:
    bot = make_bot(reply={"rhythm_seconds": 100.0, "disclose": "never"}, policy={"silence": "on"})
    await bot.receive("hi")
    await bot.time.advance(15)
    assert len(bot.connector.sent) == 1
    learn(bot, version=7)
    with caplog.at_level(logging.WARNING):
        await bot.receive("hello")
        await bot.time.advance(15)
    assert len(bot.connector.sent) == 2
    assert caplog.text.count(RHYTHM) == 1


async def test_pieces_follow_each_other_as_the_owners_do(make_bot: MakeBot) -> None:
    bot = make_bot(reply={"rhythm_seconds": 100.0, "disclose": "never"})
    bot.engine.enqueue("yes\nno")
    learn(bot, **SLOW | {"delay": {"intercept": 0.0, "weights": NO_WEIGHTS}})
    await bot.receive("hi")
    await bot.time.advance(6)
    assert len(bot.connector.sent) == 1
    await bot.time.advance(6)
    assert len(bot.connector.sent) == 1
    await bot.time.advance(3)
    assert len(bot.connector.sent) == 2


@pytest.mark.parametrize(
    ("silence", "sent", "reason"),
    [
        ("off", 1, "answered"),
        ("suggested", 1, "answered though the owner would leave it, whose chance to answer is: 2%"),
        ("on", 0, "left unanswered as the owner would, whose chance to answer is: 2%"),
    ],
)
async def test_what_the_owner_would_leave(
    make_bot: MakeBot, silence: str, sent: int, reason: str
) -> None:
    bot = make_bot(reply={"disclose": "never"}, policy={"silence": silence})
    learn(bot, **RARELY)
    await bot.receive("lol")
    await bot.time.advance(15)
    assert (len(bot.connector.sent), bot.reasons()) == (sent, [reason])


async def test_a_draft_is_made_all_the_same_and_says_so(make_bot: MakeBot) -> None:
    bot = make_bot(policy={"silence": "on"})
    learn(bot, **RARELY)
    set_mode(bot.db, bot.chat.id, "draft")
    await bot.receive("lol")
    await bot.time.advance(15)
    assert bot.states() == ["draft"]
    assert bot.reasons() == [
        "a draft though the owner would leave it, whose chance to answer is: 2%"
    ]


@pytest.mark.parametrize(
    "text", ["where are you?", "你在吗", "it's urgent", "救命", "CALL ME", "now!!!"]
)
async def test_questions_and_what_is_urgent_are_never_left(make_bot: MakeBot, text: str) -> None:
    bot = make_bot(policy={"silence": "on"})
    learn(bot, **RARELY)
    await bot.receive(text)
    await bot.time.advance(15)
    assert not any(reason.startswith("left") for reason in bot.reasons())


@pytest.mark.parametrize(
    "changes",
    [
        RARELY | {"trust": None},
        RARELY | {"trust": {"auc_low": 0.5, "calibration_error": 0.01}},
        RARELY | {"trust": {"auc_low": 0.9, "calibration_error": 0.3}},
        {"answers": {"intercept": -1.2, "weights": NO_WEIGHTS}},  # 23%, and 2% off
    ],
)
async def test_a_doubtful_model_leaves_nothing(make_bot: MakeBot, changes: dict[str, Any]) -> None:
    bot = make_bot(reply={"disclose": "never"}, policy={"silence": "on"})
    learn(bot, **changes)
    await bot.receive("lol")
    await bot.time.advance(15)
    assert bot.reasons() == ["answered"]


async def test_the_next_adapters_rhythm_counts_from_when_it_is_live(make_bot: MakeBot) -> None:
    bot = make_bot(reply={"rhythm_seconds": 100.0})
    rhythm = OwnerRhythm(bot.config, bot.db, bot.time.clock)
    learn(bot, "a", gaps=[1.0] * STEPS)
    assert rhythm.gap_s(1) == pytest.approx(1.718, abs=0.001)
    learn(bot, "b", gaps=[2.0] * STEPS)
    assert rhythm.gap_s(1) == pytest.approx(6.389, abs=0.001)


@pytest.mark.parametrize("whose", ["owner", "peer"])
async def test_a_note_of_the_platform_ends_no_silence_and_is_no_part_of_a_burst(
    make_bot: MakeBot, whose: Origin
) -> None:
    """One message after an hour is answered; two, or one after a second, would be left."""
    bot = make_bot()
    weights = {"silence": 1.0, "messages": -10.0}
    learn(bot, answers={"intercept": 0.0, "weights": [weights.get(one, 0.0) for one in FEATURES]})
    chat, start = bot.chat.id, bot.time.clock.now()
    log_live(bot.db, NewMessage(chat, "owner", "hey", start))
    log_live(bot.db, NewMessage(chat, whose, "a new number", start + 3_599_000, "system"))
    log_live(bot.db, NewMessage(chat, "peer", "lol", start + 3_600_000))
    rhythm = OwnerRhythm(bot.config, bot.db, bot.time.clock)
    assert rhythm.would_leave(open_burst(bot.db, chat)) is None


def test_draws_are_spread_and_the_same_again() -> None:
    draws = [drawn("delay", number) for number in range(1000)]
    assert draws == [drawn("delay", number) for number in range(1000)]
    assert 0.45 < sum(draws) / len(draws) < 0.55
    assert 0 <= min(draws) < 0.02 < 0.98 < max(draws) < 1


@pytest.mark.parametrize("text", ["😂", "❤️", "[捂脸]", "👍🏽👍🏽"])
async def test_an_emoji_alone_is_an_answer(make_bot: MakeBot, text: str) -> None:
    bot = make_bot(reply={"disclose": "never"})
    bot.engine.enqueue(text)
    await bot.receive("look what I did")
    await bot.time.advance(15)
    assert (bot.connector.texts, bot.reasons()) == ([text], ["answered"])
