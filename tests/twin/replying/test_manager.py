import asyncio
import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import twin.replying.answers
import twin.replying.composer
import twin.replying.sender
from storage.adapters import promote
from storage.chat_deletion import forget_chat
from storage.chats import pause_chat, set_mode
from storage.messages import NewMessage, log_live, log_message, messages_of_chat
from storage.outbox import move_piece, record_decision
from tests.registry import enter_adapter
from tests.twin.driver import Bot
from tests.twin.fakes import FakeConnector, FakeTime, chat_with, run_tasks
from twin.config.schema import PolicySettings, ReplySettings
from twin.connectors.base import Capabilities

QUIET, CAP = ReplySettings().quiet_seconds, ReplySettings().cap_seconds
TAKEOVER = PolicySettings().takeover_minutes * 60


async def test_a_burst_gets_one_answer_and_each_line_is_a_message(bot: Bot, time: FakeTime) -> None:
    bot.engine.enqueue("hello\n\n  how are you \n")
    await bot.receive("hi")
    await time.advance(QUIET - 1)
    await bot.receive("it's me")
    await time.advance(QUIET - 1)
    assert bot.engine.asked == []
    await time.advance(60)
    assert bot.engine.bursts == ["hi\nit's me"]
    assert bot.connector.sent == [("ann", "hello"), ("ann", "how are you")]
    assert bot.log()[2:] == [("twin", "hello"), ("twin", "how are you")]
    assert bot.states() == ["sent", "sent"]
    assert bot.reasons() == ["answered"]
    assert bot.connector.is_typing == {"ann": False}


async def test_a_friend_who_never_pauses_is_answered_at_the_cap(bot: Bot, time: FakeTime) -> None:
    for _ in range(int(CAP // 2) + 1):
        await bot.receive("and")
        await time.advance(2)
    assert len(bot.engine.asked) == 1
    await time.advance(60)
    assert len(bot.engine.asked) == 2


async def test_pieces_come_at_a_human_pace(bot: Bot, time: FakeTime) -> None:
    bot.engine.enqueue("a" * 24 + "\n" + "b" * 120)
    await bot.receive("hi")
    await time.advance(QUIET + 1)
    assert bot.connector.texts == []
    assert bot.connector.is_typing == {"ann": True}
    await time.advance(2)
    assert bot.connector.texts == ["a" * 24]
    await time.advance(8)
    assert len(bot.connector.texts) == 1
    await time.advance(2)
    assert len(bot.connector.texts) == 2


async def test_a_message_while_the_reply_is_made_joins_the_burst(bot: Bot, time: FakeTime) -> None:
    slow: asyncio.Future[str] = asyncio.get_running_loop().create_future()
    bot.engine.enqueue(slow, "both")
    await bot.receive("first")
    await time.advance(QUIET)
    await bot.receive("second")
    slow.set_result("only the first")
    await time.advance(60)
    assert bot.engine.bursts == ["first", "first\nsecond"]
    assert bot.connector.texts == ["both"]


async def test_a_message_after_the_cap_gets_an_answer_of_its_own(bot: Bot, time: FakeTime) -> None:
    slow: asyncio.Future[str] = asyncio.get_running_loop().create_future()
    bot.engine.enqueue(slow, "second")
    await bot.receive("hi")
    await time.advance(CAP + 1)
    await bot.receive("still there?")
    slow.set_result("first")
    await time.advance(60)
    assert bot.engine.bursts == ["hi", "still there?"]
    assert bot.connector.texts == ["first", "second"]


async def test_imported_messages_are_no_part_of_a_burst(bot: Bot, time: FakeTime) -> None:
    imported = NewMessage(bot.chat.id, "peer", "long ago", 1_000, source="import")
    log_message(bot.db, imported)
    await bot.receive("hi")
    await time.advance(60)
    assert bot.engine.bursts == ["hi"]


async def test_a_message_between_two_pieces_gets_an_answer_of_its_own(
    bot: Bot, time: FakeTime
) -> None:
    bot.engine.enqueue("one\ntwo", "three")
    await bot.receive("hi")
    await time.advance(QUIET + 0.3)
    assert bot.connector.texts == ["one"]
    await bot.receive("wait")
    await time.advance(60)
    assert bot.connector.texts == ["one", "two", "three"]
    assert bot.engine.bursts == ["hi", "wait"]


async def test_two_friends_are_answered_at_the_same_time(bot: Bot, time: FakeTime) -> None:
    chat_with(bot.db, "bob")
    slow: asyncio.Future[str] = asyncio.get_running_loop().create_future()
    bot.engine.enqueue(slow)
    await bot.receive("hi")
    await bot.receive("ho", friend="bob")
    await time.advance(60)
    assert bot.connector.sent == [("bob", "ok")]
    slow.set_result("at last")
    await time.advance(60)
    assert ("ann", "at last") in bot.connector.sent


@pytest.mark.parametrize("mode", ["log", "off"])
async def test_a_chat_that_is_not_on_gets_nothing_and_the_reason_is_kept(
    bot: Bot, time: FakeTime, mode: str
) -> None:
    await bot.receive("hi")
    set_mode(bot.db, bot.chat.id, mode)
    await time.advance(60)
    assert bot.engine.asked == []
    assert bot.reasons() == [f"mode is {mode}"]


async def test_a_draft_is_kept_and_not_sent(bot: Bot, time: FakeTime) -> None:
    set_mode(bot.db, bot.chat.id, "draft")
    await bot.receive("hi")
    await time.advance(60)
    assert bot.states() == ["draft"]
    assert bot.connector.sent == []
    assert bot.connector.is_typing == {}


SwitchOff = Callable[[Bot], object]


@pytest.mark.parametrize(
    "switch_off",
    [
        lambda bot: set_mode(bot.db, bot.chat.id, "log"),
        lambda bot: pause_chat(bot.db, bot.chat.id, int(bot.time.seconds * 1000) + 600_000),
    ],
)
async def test_everything_is_checked_again_before_each_piece(
    bot: Bot, time: FakeTime, switch_off: SwitchOff
) -> None:
    bot.engine.enqueue("one\ntwo\nthree")
    bot.connector.on_send = lambda _text: switch_off(bot)
    await bot.receive("hi")
    await time.advance(60)
    assert bot.connector.texts == ["one"]
    assert bot.states() == ["sent", "cancelled", "cancelled"]


async def test_switched_off_while_the_reply_is_made(bot: Bot, time: FakeTime) -> None:
    slow: asyncio.Future[str] = asyncio.get_running_loop().create_future()
    bot.engine.enqueue(slow)
    await bot.receive("hi")
    await time.advance(QUIET)
    set_mode(bot.db, bot.chat.id, "log")
    slow.set_result("too late")
    await time.advance(60)
    assert bot.connector.sent == []
    assert bot.reasons() == ["mode is log"]


async def test_the_owner_cancels_the_reply_that_is_being_made(bot: Bot, time: FakeTime) -> None:
    slow: asyncio.Future[str] = asyncio.get_running_loop().create_future()
    bot.engine.enqueue(slow)
    await bot.receive("hi")
    await time.advance(QUIET)
    await bot.receive("I'm here", from_owner=True)
    await run_tasks()
    assert slow.cancelled()
    await time.advance(60)
    assert bot.connector.sent == []
    assert bot.connector.is_typing == {"ann": False}
    assert bot.reasons() == ["the owner answered"]
    await bot.receive("and now?")
    await time.advance(60)
    assert bot.reasons()[1:] == ["paused"]
    await time.advance(TAKEOVER)
    await bot.receive("are you there?")
    await time.advance(60)
    assert bot.engine.bursts == ["hi", "and now?\nare you there?"]
    assert bot.connector.texts == ["ok"]


async def test_the_owner_cancels_the_pieces_that_wait(bot: Bot, time: FakeTime) -> None:
    bot.engine.enqueue("one\n" + "long" * 20)
    await bot.receive("hi")
    await time.advance(QUIET + 1)
    await bot.receive("stop", from_owner=True)
    await time.advance(60)
    assert bot.connector.texts == ["one"]
    assert bot.states() == ["sent", "cancelled"]


async def test_the_owner_does_not_interrupt_a_piece_on_its_way(bot: Bot, time: FakeTime) -> None:
    bot.engine.enqueue("one\ntwo")
    bot.connector.gate = asyncio.Event()
    await bot.receive("hi")
    await time.advance(QUIET + 1)
    await bot.receive("stop", from_owner=True)
    bot.connector.gate.set()
    await time.advance(60)
    assert bot.states() == ["sent", "cancelled"]
    assert bot.log()[-1] == ("twin", "one")


async def test_the_owner_in_one_chat_does_not_touch_another(bot: Bot, time: FakeTime) -> None:
    chat_with(bot.db, "bob")
    await bot.receive("hi")
    await bot.receive("ho", friend="bob")
    await bot.receive("me", friend="bob", from_owner=True)
    await time.advance(60)
    assert bot.connector.sent == [("ann", "ok")]


@pytest.mark.parametrize("answer", ["", " \n ", RuntimeError("CUDA out of memory")])
async def test_no_reply_closes_the_burst_and_the_next_one_is_answered(
    bot: Bot, time: FakeTime, answer: str | Exception
) -> None:
    bot.engine.enqueue(answer)
    await bot.receive("hi")
    await time.advance(60)
    assert bot.connector.sent == []
    await bot.receive("hello?")
    await time.advance(60)
    assert bot.engine.bursts == ["hi", "hi\nhello?"]  # the first is still without an answer
    assert bot.connector.texts == ["ok"]


async def test_a_failed_piece_drops_the_rest(bot: Bot, time: FakeTime) -> None:
    def fail(_text: str) -> None:
        raise ConnectionError("gone")

    bot.engine.enqueue("one\ntwo")
    bot.connector.on_send = fail
    await bot.receive("hi")
    await time.advance(60)
    assert bot.connector.texts == ["one"]
    assert bot.states() == ["failed", "cancelled"]


async def test_pieces_wait_for_the_connection(bot: Bot, time: FakeTime) -> None:
    bot.connector.status().state = "failed"
    await bot.receive("hi")
    await time.advance(60)
    assert bot.states() == ["pending"]
    bot.connector.status().state = "running"
    await time.advance(2)
    assert bot.connector.texts == ["ok"]


async def test_a_platform_with_echoes_logs_them_instead(tmp_path: Path, time: FakeTime) -> None:
    connector = FakeConnector(capabilities=Capabilities(self_echo=True, send_returns_id=True))
    bot = Bot(tmp_path, time, connector)
    await bot.receive("hi")
    await time.advance(60)
    assert bot.log() == [("peer", "hi")]
    await bot.receive("ok", id="id-1", from_owner=True)
    assert bot.log() == [("peer", "hi"), ("twin", "ok")]
    await bot.replies.stop()


async def test_the_rules_of_the_adapter_that_answers_decide_what_it_sees(
    bot: Bot, time: FakeTime
) -> None:
    enter_adapter(bot.db, "old", rules="sessions")
    enter_adapter(bot.db, "new", rules="classic")
    promote(bot.db, "new")
    bot.engine.adapter = "old"  # the new one is not loaded yet
    await bot.receive("hi")
    await time.advance(60)
    await bot.receive("again")
    await time.advance(60)
    assert [turn["content"] for turn in bot.engine.asked[1][1:]] == ["hi", "ok", "again"]
    assert [name for (name,) in bot.db.execute("SELECT adapter FROM outbox")] == ["old", "old"]


async def test_a_forgotten_chat_harms_nobody(bot: Bot, time: FakeTime) -> None:
    slow: asyncio.Future[str] = asyncio.get_running_loop().create_future()
    bot.engine.enqueue(slow)
    await bot.receive("hi")
    await time.advance(QUIET)
    forget_chat(bot.db, bot.chat.id)
    slow.set_result("to whom?")
    await time.advance(60)
    assert bot.connector.sent == []


async def test_no_text_of_a_message_is_logged(
    bot: Bot, time: FakeTime, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    bot.engine.enqueue(RuntimeError("bad prompt: my secret"))
    await bot.receive("my secret")
    await time.advance(60)
    assert caplog.messages
    assert "secret" not in caplog.text


async def test_an_open_burst_is_answered_after_a_restart(
    bot: Bot, time: FakeTime, tmp_path: Path
) -> None:
    await bot.receive("hi")
    await bot.replies.stop()
    await time.advance(60)
    assert bot.connector.sent == []
    again = Bot(tmp_path, time, bot.connector)
    again.replies.start()
    await time.advance(60)
    assert again.connector.texts == ["ok"]
    assert again.engine.bursts == ["hi"]
    await again.replies.stop()


async def test_what_is_too_old_or_imported_is_not_answered_after_a_restart(
    bot: Bot, time: FakeTime
) -> None:
    now = int(time.seconds * 1000)
    log_live(bot.db, NewMessage(bot.chat.id, "peer", "old", now - 11 * 60_000))
    bob = chat_with(bot.db, "bob")
    log_message(bot.db, NewMessage(bob.id, "peer", "imported", now, source="import"))
    cas = chat_with(bot.db, "cas")
    log_live(bot.db, NewMessage(cas.id, "peer", "answered by the owner", now))
    log_live(bot.db, NewMessage(cas.id, "owner", "yes", now))
    bot.replies.start()
    await time.advance(60)
    assert bot.connector.sent == []
    assert bot.reasons() == ["too old to be answered"]


async def test_what_waited_to_be_said_for_too_long_is_dropped(bot: Bot, time: FakeTime) -> None:
    await bot.receive("hi")
    (message,) = messages_of_chat(bot.db, bot.chat.id)
    record_decision(bot.db, bot.chat.id, message.id, "answered", ["late"], now=time.now())
    await bot.replies.stop()
    await time.advance(11 * 60)
    again = Bot(bot.config.data, time, bot.connector)
    again.replies.start()
    await time.advance(60)
    assert again.states() == ["cancelled"]
    assert again.connector.sent == []


async def test_stopping_lets_a_piece_arrive_and_keeps_the_rest_for_later(
    bot: Bot, time: FakeTime, tmp_path: Path
) -> None:
    bot.engine.enqueue("one\ntwo")
    bot.connector.gate = asyncio.Event()
    await bot.receive("hi")
    await time.advance(QUIET + 1)
    stopping = asyncio.create_task(bot.replies.stop())
    await run_tasks()
    bot.connector.gate.set()
    await stopping
    assert bot.states() == ["sent", "pending"]
    again = Bot(tmp_path, time, bot.connector)
    again.replies.start()
    await time.advance(60)
    assert again.connector.texts == ["one", "two"]
    await again.replies.stop()


STEPS = [
    # (module, name, which call dies, before or after it took effect, what the friend gets)
    (twin.replying.composer, "chat_prompt", 1, "before", ["one", "two"]),
    (twin.replying.answers, "record_decision", 1, "before", ["one", "two"]),
    (twin.replying.answers, "record_decision", 1, "after", ["one", "two"]),
    (twin.replying.sender, "move_piece", 1, "before", ["one", "two"]),
    (twin.replying.sender, "move_piece", 1, "after", ["one", "two"]),
    (twin.replying.sender, "move_piece", 2, "before", ["one"]),
    (twin.replying.sender, "move_piece", 2, "after", ["one"]),
    (twin.replying.sender, "log_live", 1, "before", ["one"]),
    (twin.replying.sender, "log_live", 1, "after", ["one"]),
    (twin.replying.sender, "move_piece", 3, "before", ["one", "two"]),
    (twin.replying.sender, "move_piece", 3, "after", ["one", "two"]),
    (twin.replying.sender, "move_piece", 4, "before", ["one", "two"]),
    (twin.replying.sender, "log_live", 2, "after", ["one", "two"]),
]


@pytest.mark.parametrize(("module", "name", "nth", "when", "received"), STEPS)
async def test_killed_at_any_step_nothing_is_sent_twice_or_forgotten(
    bot: Bot,
    time: FakeTime,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    module: Any,
    name: str,
    nth: int,
    when: str,
    received: list[str],
) -> None:
    step, calls = getattr(module, name), iter(range(1, 100))

    def deadly(*args: Any, **kwargs: Any) -> Any:
        dies = next(calls) == nth
        if dies and when == "before":
            raise asyncio.CancelledError
        result = step(*args, **kwargs)
        if dies:
            raise asyncio.CancelledError
        return result

    bot.engine.enqueue("one\ntwo")
    with monkeypatch.context() as patch:
        patch.setattr(module, name, deadly)
        await bot.receive("hi")
        await time.advance(60)
    assert next(calls) > nth
    bot.db.close()

    again = Bot(tmp_path, time, bot.connector)
    again.engine.enqueue("one\ntwo")
    again.replies.start()
    await time.advance(60)
    assert again.connector.texts == received
    assert again.log()[0] == ("peer", "hi")
    assert set(again.states()) <= {"sent", "doubt", "cancelled"}
    sent = [text for text, state in again.db.execute("SELECT text, state FROM outbox ORDER BY id")
            if state == "sent"]  # fmt: skip
    assert [text for origin, text in again.log() if origin == "twin"] == sent
    await again.replies.stop()


async def test_a_piece_in_doubt_is_never_sent_again(bot: Bot, time: FakeTime) -> None:
    await bot.receive("hi")
    (message,) = messages_of_chat(bot.db, bot.chat.id)
    pieces = record_decision(bot.db, bot.chat.id, message.id, "answered", ["one", "two"])
    move_piece(bot.db, pieces[0].id, "sending")
    bot.replies.start()
    await time.advance(60)
    assert bot.connector.sent == []
    assert bot.states() == ["doubt", "cancelled"]
