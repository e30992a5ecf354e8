"""The owner's rules in the running replies: takeover, drafts, limits, guard, disclosure."""

import asyncio

import pytest

from storage.blind_test import record_choice
from storage.chats import get_chat, set_mode, upsert_chat
from storage.messages import NewMessage, log_live
from storage.outbox import add_piece
from storage.preferences import pause_all, resume_all
from tests.registry import enter_adapter
from tests.twin.driver import Bot, MakeBot
from tests.twin.fakes import FakeConnector, FakeTime, chat_with, said
from twin.config.schema import PolicySettings, ReplySettings
from twin.connectors.base import Capabilities, MessageReceived

QUIET, CAP = ReplySettings().quiet_seconds, ReplySettings().cap_seconds
TAKEOVER = PolicySettings().takeover_minutes * 60


def with_self_chat(bot: Bot) -> int:
    return upsert_chat(bot.db, "fake", "me", "me", kind="self").id


async def ask_and_wait(bot: Bot, text: str = "hi", seconds: float = 60) -> None:
    await bot.receive(text)
    await bot.time.advance(seconds)


async def test_the_owner_pauses_a_chat_by_writing_there(bot: Bot, time: FakeTime) -> None:
    await bot.receive("I'm here", from_owner=True)
    await ask_and_wait(bot)
    assert bot.reasons() == ["paused"]
    await time.advance(TAKEOVER)
    await ask_and_wait(bot, "still there?")
    assert bot.connector.texts == ["ok"]


async def test_writing_to_oneself_or_in_a_silent_chat_pauses_nothing(bot: Bot) -> None:
    note = with_self_chat(bot)
    bot.replies.owner_wrote(note)
    assert get_chat(bot.db, note).paused_until is None
    set_mode(bot.db, bot.chat.id, "log")
    await bot.receive("me", from_owner=True)
    assert get_chat(bot.db, bot.chat.id).paused_until is None


async def test_everything_can_be_paused(bot: Bot) -> None:
    pause_all(bot.db)
    await ask_and_wait(bot)
    resume_all(bot.db)
    await ask_and_wait(bot)
    assert bot.reasons() == ["everything is paused", "answered"]


async def test_a_burst_of_many_is_answered_without_waiting(make_bot: MakeBot) -> None:
    bot = make_bot(reply={"max_burst": 3})
    for word in ("a", "b", "c"):
        await bot.receive(word)
    await bot.time.advance(QUIET)
    assert bot.engine.bursts == ["a\nb\nc"]


async def test_an_answer_is_started_over_once(bot: Bot, time: FakeTime) -> None:
    slow: list[asyncio.Future[str]] = [asyncio.get_running_loop().create_future() for _ in range(2)]
    bot.engine.enqueue(*slow, "third")
    await bot.receive("one")
    await time.advance(QUIET)
    await bot.receive("two")
    slow[0].set_result("to one")
    await time.advance(QUIET)
    await bot.receive("three")
    slow[1].set_result("to both")
    await time.advance(60)
    assert bot.engine.bursts == ["one", "one\ntwo", "three"]
    assert bot.connector.texts == ["to both", "third"]


async def test_no_more_replies_an_hour_than_allowed(make_bot: MakeBot, time: FakeTime) -> None:
    bot = make_bot(policy={"max_per_chat_hour": 2})
    for number in range(3):
        await ask_and_wait(bot, f"hi {number}")
    assert bot.connector.texts == ["ok", "ok"]
    assert bot.reasons()[-1] == "messages in this chat within an hour: 2"
    await time.advance(3600)
    await ask_and_wait(bot)
    assert len(bot.connector.texts) == 3


async def test_a_reply_of_forty_lines_is_few_messages(make_bot: MakeBot) -> None:
    bot = make_bot()
    lines = [f"line {number}" for number in range(40)]
    bot.engine.enqueue("\n".join(lines))
    await ask_and_wait(bot)
    assert len(bot.connector.texts) == 5
    assert "\n".join(bot.connector.texts).split("\n") == lines


async def test_the_limit_counts_what_the_friend_receives(make_bot: MakeBot) -> None:
    bot = make_bot(policy={"max_per_chat_hour": 5})
    for number in range(4):
        bot.engine.enqueue("one\ntwo\nthree")
        await ask_and_wait(bot, f"hi {number}")
    # The second reply has room for two messages, and is not broken off.
    assert bot.connector.texts == ["one", "two", "three", "one", "two\nthree"]
    assert bot.reasons()[2:] == ["messages in this chat within an hour: 5"] * 2


async def test_the_notice_counts_too(make_bot: MakeBot) -> None:
    platform = FakeConnector(capabilities=Capabilities())
    bot = make_bot(platform, policy={"max_per_chat_hour": 3}, reply={"disclose": "always"})
    for number in range(2):
        bot.engine.enqueue("one\ntwo\nthree")
        await ask_and_wait(bot, f"hi {number}")
    assert platform.texts[1:] == ["one", "two\nthree"]
    assert bot.reasons()[1:] == ["messages in this chat within an hour: 3"]


async def test_signs_that_nobody_sees_are_neither_answered_nor_sent(make_bot: MakeBot) -> None:
    bot = make_bot()
    await ask_and_wait(bot, "\u200b\u3164\ufe0f \u2800")
    assert (bot.engine.asked, bot.reasons()) == ([], ["nothing to answer"])
    bot.engine.enqueue("\u200b\n\ufffd\ufe0f", "one\ufffd\n\u3164\ntwo\x1b[0m\ud83d")
    await ask_and_wait(bot, "hi")
    await ask_and_wait(bot, "well?")
    assert bot.reasons()[1:] == ["the reply was empty", "answered"]
    assert bot.connector.texts == ["one", "two[0m"]


async def test_no_more_replies_a_day_than_allowed_over_all_chats(make_bot: MakeBot) -> None:
    bot = make_bot(policy={"max_per_day": 1})
    chat_with(bot.db, "bob")
    await ask_and_wait(bot)
    await bot.receive("hi", friend="bob")
    await bot.time.advance(60)
    assert bot.connector.sent == [("ann", "ok")]


async def test_in_quiet_hours_a_draft_waits(bot: Bot, time: FakeTime) -> None:
    await time.advance(12 * 3600)
    await ask_and_wait(bot)
    assert bot.connector.sent == []
    assert bot.states() == ["draft"]
    assert bot.reasons() == ["quiet hours: 23:30-07:30"]


async def test_auto_waits_for_the_blind_test_of_that_chat(make_bot: MakeBot) -> None:
    bot = make_bot(policy={"auto_needs": 0.2})
    adapter, bob = enter_adapter(bot.db, "one"), chat_with(bot.db, "bob")
    for pair in range(1, 21):
        chat = bot.chat.id if pair > 10 else bob.id
        bot.db.execute(
            "INSERT INTO blind_pairs VALUES (?, ?, ?, 'twin', 1, 1)", [pair, chat, adapter.id]
        )
        if pair < 20:
            record_choice(bot.db, pair, "friend", pair % 2, now=1)
    await ask_and_wait(bot)
    assert (bot.connector.sent, bot.states()) == ([], ["draft"])
    assert bot.reasons() == ["too few answers in the blind test of this chat: 9"]
    record_choice(bot.db, 20, "friend", 0, now=1)
    await ask_and_wait(bot, "and now?")
    assert bot.connector.sent == [("ann", "ok")]


async def test_a_draft_is_shown_to_the_owner_and_a_newer_one_replaces_it(bot: Bot) -> None:
    with_self_chat(bot)
    set_mode(bot.db, bot.chat.id, "draft")
    await ask_and_wait(bot, "lunch?")
    [(to, shown)] = bot.connector.sent
    assert to == "me"
    assert "Draft 1 for ann" in shown
    assert "> lunch?" in shown
    assert "/twin approve 1" in shown
    await ask_and_wait(bot, "or dinner?")
    drafts = bot.db.execute("SELECT state FROM outbox WHERE chat_id = ?", [bot.chat.id])
    assert [state for (state,) in drafts] == ["cancelled", "draft"]


async def test_the_owners_own_answer_cancels_the_draft(bot: Bot) -> None:
    set_mode(bot.db, bot.chat.id, "draft")
    await ask_and_wait(bot)
    await bot.receive("yes", from_owner=True)
    assert bot.states() == ["cancelled"]


async def test_what_the_owner_approved_is_sent_whatever_the_policy_says(
    bot: Bot, time: FakeTime
) -> None:
    following = asyncio.create_task(bot.replies.follow_approvals())
    set_mode(bot.db, bot.chat.id, "draft")
    pause_all(bot.db)
    add_piece(bot.db, bot.chat.id, "mine", words="owner", approved=True, now=time.clock.now())
    await time.advance(60)
    assert bot.connector.texts == ["mine"]
    assert bot.log() == [("owner", "mine")]
    set_mode(bot.db, bot.chat.id, "off")
    add_piece(bot.db, bot.chat.id, "no", approved=True, now=time.clock.now())
    await time.advance(60)
    assert bot.connector.texts == ["mine"]
    following.cancel()


async def test_the_echo_of_an_edited_draft_is_the_owners_but_no_takeover(
    make_bot: MakeBot, time: FakeTime
) -> None:
    bot = make_bot(FakeConnector(capabilities=Capabilities(self_echo=True, discloses=True)))
    piece = add_piece(
        bot.db, bot.chat.id, "mine", words="owner", approved=True, now=time.clock.now()
    )
    bot.replies.send([piece])
    await time.advance(5)
    await bot.echo("mine", id="7")
    assert bot.log() == [("owner", "mine")]
    assert get_chat(bot.db, bot.chat.id).paused_until is None


async def test_what_is_the_owners_alone_is_not_answered_and_they_are_notified(bot: Bot) -> None:
    with_self_chat(bot)
    await ask_and_wait(bot, "can you lend me money until friday? 借我点钱")
    assert bot.engine.asked == []
    [(to, told)] = bot.connector.sent
    assert to == "me"
    assert told.startswith("ann wrote about something for you")
    assert "friday" not in told
    assert bot.reasons()[0].startswith("waits for the owner")


async def test_a_reply_with_a_control_token_is_held_back(bot: Bot) -> None:
    bot.engine.enqueue("sure<|im_end|>")
    await ask_and_wait(bot)
    assert bot.connector.sent == []
    assert bot.reasons()[0].startswith("the reply was held back")


async def test_words_of_another_chat_are_held_back(bot: Bot) -> None:
    secret = "my sister is in the clinic again and nobody else knows about it so far"
    bob = chat_with(bot.db, "bob")
    log_live(bot.db, NewMessage(bob.id, "peer", secret, 1_000))
    bot.engine.enqueue(f"{secret} haha", secret)
    await ask_and_wait(bot)
    assert bot.connector.sent == []
    await bot.receive("and?", friend="bob")
    await bot.time.advance(60)
    assert bot.connector.sent == [("bob", secret)]


async def test_after_a_crash_the_owner_learns_what_is_in_doubt(
    bot: Bot, make_bot: MakeBot, time: FakeTime
) -> None:
    with_self_chat(bot)
    bot.connector.gate = asyncio.Event()
    await ask_and_wait(bot)
    again = make_bot()  # the first one never learns what became of its piece
    again.replies.start()
    await time.advance(5)
    [(to, told)] = again.connector.sent
    assert to == "me"
    assert "to ann may not have arrived" in told
    assert again.states()[0] == "doubt"
    bot.connector.gate.set()  # or its end would wait five real seconds for the piece


async def test_the_guard_can_be_switched_off(make_bot: MakeBot) -> None:
    bot = make_bot(policy={"guard": False})
    await ask_and_wait(bot, "can you lend me money until friday?")
    assert bot.connector.texts == ["ok"]


@pytest.mark.parametrize(
    ("disclose", "told"), [("daily", [1, 0, 1]), ("always", [1, 1, 1]), ("never", [0, 0, 0])]
)
async def test_friends_are_told_that_a_twin_answers(
    make_bot: MakeBot, time: FakeTime, disclose: str, told: list[int]
) -> None:
    bot = make_bot(
        FakeConnector(capabilities=Capabilities()),
        reply={"disclose": disclose},
        owner={"name": "Sam"},
    )
    counts = []
    for wait in (60, 24 * 3600, 60):
        before = len(bot.connector.texts)
        await ask_and_wait(bot, seconds=wait)
        new = bot.connector.texts[before:]
        assert new[-1] == "ok"
        counts.append(len(new) - 1)
        assert all("Sam's AI twin" in text for text in new[:-1])
    assert counts == told


async def test_a_dry_run_decides_and_sends_nothing(make_bot: MakeBot) -> None:
    bot = make_bot(policy={"dry_run": True})
    await ask_and_wait(bot)
    assert bot.connector.sent == []
    assert bot.states() == ["dry"]
    assert bot.reasons() == ["answered"]


async def test_another_bot_is_left_alone_for_an_hour(bot: Bot, time: FakeTime) -> None:
    with_self_chat(bot)
    for _ in range(9):
        await ask_and_wait(bot, "I am away. This is an automatic answer.", seconds=10)
    answers = [text for to, text in bot.connector.sent if to == "ann"]
    assert len(answers) == PolicySettings().loop_replies - 1
    assert sum("another bot" in text for text in bot.connector.texts) == 1
    await time.advance(3600)
    await ask_and_wait(bot, "now it's me")
    assert bot.connector.sent[-1] == ("ann", "ok")


async def test_a_command_is_obeyed_and_answered_where_it_was_given(
    bot: Bot, time: FakeTime
) -> None:
    def order(text: str, *, steers: bool) -> MessageReceived:
        event = said(text, time.seconds, friend="me", from_owner=True)
        return MessageReceived(
            event.chat_external_id, "me", "me", "me", text, event.sent_at,
            from_owner=True, chat_kind="self", steers=steers,
        )  # fmt: skip

    await bot.inbox.handle("fake", order("/twin status", steers=True))
    await time.advance(1)
    assert bot.connector.sent == [("me", "did /twin status")]
    await bot.inbox.handle("fake", order("/twin status", steers=False))
    await bot.receive("/twin off")
    await time.advance(60)
    assert bot.connector.sent[1:] == [("ann", "ok")]
    kinds = [kind for (kind,) in bot.db.execute("SELECT kind FROM messages ORDER BY id")]
    assert kinds == ["command", "notice", "text", "text", "text"]
