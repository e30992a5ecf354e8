"""What platforms still show comes into the log: whole, once, on the right side, never answered."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from typing import Any

import pytest

from storage.chat_deletion import forget_chat
from storage.chats import list_chats, set_mode, upsert_chat
from storage.database import open_database
from storage.errors import InputError, TwinError
from storage.messages import messages_of_chat, recent_messages
from storage.unfinished_import import no_import_meanwhile
from tests.twin.driver import Bot, MakeBot
from tests.twin.imports.past import THEN, PastOfAccount, edited, recalled, said
from twin.connectors.base import ConnectorContext
from twin.connectors.history import MessageUnreadable, NoHistoryError, PastChat, PastEvent
from twin.imports.history import bring_history
from twin.imports.history_report import HistoryProgress, HistoryReport, Wanted

ANN = [
    said("see you", at=30, mine=True),
    recalled(of=25),
    said("wrong chat", at=25),
    edited("eight it is", of=20, at=22),
    edited("eight", of=20, at=21),
    said("seven", at=20, mine=True),
    said("when?", at=10),
    said("when?", at=10),  # pages may overlap
]
BOB = [said("hello", at=5, chat="@bob"), said("hi", at=4, chat="@bob", mine=True)]


async def bring(bot: Bot, *accounts: PastOfAccount, **wanted: Any) -> HistoryReport:
    """Of connections that are called "fake", as the bot's own, "fake1" and so on."""
    watch = wanted.pop("watch", lambda progress: None)
    clock = wanted.pop("clock", bot.time.clock)
    folders = [account.folder(f"fake{n or ''}") for n, account in enumerate(accounts)]
    context = ConnectorContext(bot.db, bot.config.data, "Sam")
    told = Wanted(folders, **wanted)
    return await bring_history(bot.config, context, told, watch, clock)


def logged(bot: Bot, name: str) -> list[tuple[str, str, bool]]:
    (chat,) = (chat["id"] for chat in list_chats(bot.db) if chat["name"] == name)
    rows = messages_of_chat(bot.db, chat)
    return [(one.origin, one.text, one.recalled_at is not None) for one in rows]


async def test_the_past_comes_in_order_once_in_its_last_words(bot: Bot) -> None:
    report = await bring(bot, PastOfAccount({"@ann": ANN, "@bob": BOB, "@new": []}))
    assert logged(bot, "Ann") == [
        ("peer", "when?", False),
        ("owner", "eight it is", False),
        ("peer", "wrong chat", True),
        ("owner", "see you", False),
    ]
    assert logged(bot, "Bob") == [("owner", "hi", False), ("peer", "hello", False)]
    assert (report.messages, report.new, report.cut, report.left_out) == (6, 6, [], [])
    again = await bring(bot, PastOfAccount({"@ann": ANN, "@bob": BOB}))
    assert (again.messages, again.new) == (6, 0)


async def test_what_was_logged_live_is_not_stored_again(bot: Bot) -> None:
    await bot.receive("hey", friend="@ann", id="@ann:0")
    await bot.receive("yes", friend="@ann", id="@ann:1", from_owner=True)
    at = bot.time.now() // 1000 - THEN // 1000
    await bot.time.advance(7200)
    live = [
        said("yes", at=at, mine=True, external_id="@ann:1"),
        said("hey", at=at, external_id="@ann:0"),
    ]
    report = await bring(bot, PastOfAccount({"@ann": live}))
    assert (report.messages, report.new) == (2, 0)


async def test_a_reply_of_the_twins_does_not_come_back_as_the_owners(bot: Bot) -> None:
    await bot.receive("hey", id="1")
    await bot.time.advance(60)
    at = bot.time.now() // 1000 - THEN // 1000 - 50
    await bot.time.advance(7200)
    told = [
        said(text, at=at, chat="ann", mine=True, external_id=text) for _, text in bot.connector.sent
    ]
    assert told
    assert (await bring(bot, PastOfAccount({"ann": told}))).new == 0


async def test_a_chat_that_is_off_and_the_owners_own_are_left_out(bot: Bot) -> None:
    set_mode(bot.db, upsert_chat(bot.db, "fake", "@ann", "Ann").id, "off")
    mine = [said("/twin off", at=1, chat="@me", mine=True, chat_kind="self", steers=True)]
    account = PastOfAccount({"@ann": ANN, "@me": mine, "@bob": BOB}, kinds={"@me": "self"})
    report = await bring(bot, account)
    assert report.off == 1
    assert [chat for chat, _ in account.asked] == ["@bob"]
    assert [chat.report.chat for chat in report.chats] == ["Bob"]


@pytest.mark.parametrize("done", ["forgotten", "off"])
async def test_a_chat_that_the_owner_gives_up_meanwhile_does_not_come_back(
    bot: Bot, done: str
) -> None:
    chat = upsert_chat(bot.db, "fake", "@ann", "Ann").id

    class GivenUp(PastOfAccount):
        async def messages(self, chat_external_id: str, since: int) -> AsyncIterator[PastEvent]:
            async for event in super().messages(chat_external_id, since):
                yield event
            if done == "off":
                set_mode(bot.db, chat, "off")
            else:
                forget_chat(bot.db, chat)

    report = await bring(bot, GivenUp({"@ann": ANN}))
    assert (report.new, report.cut) == (0, [])
    assert bot.db.execute("SELECT COUNT(*) FROM messages").fetchone() == (0,)


async def test_what_may_still_be_answered_is_left_to_the_bot(bot: Bot) -> None:
    now = bot.time.now() // 1000 - THEN // 1000
    young, old = said("now?", at=now - 60), said("then?", at=now - 3600)
    await bring(bot, PastOfAccount({"@ann": [young, old]}))
    assert logged(bot, "Ann") == [("peer", "then?", False)]
    await bot.inbox.handle("fake", young)
    await bot.time.advance(60)
    assert [message.text for message in recent_messages(bot.db, 2, 9)][:2] == ["then?", "now?"]


async def test_the_past_is_not_answered_after_a_restart(bot: Bot, make_bot: MakeBot) -> None:
    now = bot.time.now() // 1000 - THEN // 1000
    await bring(bot, PastOfAccount({"@ann": [said("you there?", at=now - 700)]}))
    again = make_bot()
    again.replies.start()
    await again.time.advance(600)
    assert not again.engine.bursts


async def test_a_run_that_was_cut_goes_on_where_it_was(bot: Bot) -> None:
    lost = ConnectionResetError("reset by peer")
    account = PastOfAccount({"@ann": ANN, "@bob": BOB, "@cy": []}, fails={"@bob": lost})
    other = PastOfAccount({"@dee": [said("hi", at=1, chat="@dee")]})
    report = await bring(bot, account, other)
    assert [account for account, _ in report.cut] == ["fake"]
    assert "reset by peer" in report.cut[0][1]
    # Of Bob's chat nothing is there, though two messages were read; the other account is whole.
    assert {chat["name"] for chat in list_chats(bot.db) if chat["messages"]} == {"Ann", "Dee"}
    account.fails.clear()
    account.asked.clear()
    assert not (await bring(bot, account)).cut
    (_, ann), *others = account.asked
    assert ann > THEN  # only what came since
    assert others == [("@bob", 0), ("@cy", 0)]
    account.asked.clear()
    await bring(bot, account)
    assert {since for _, since in account.asked} == {0}  # a whole run looks at all again


async def test_a_source_that_breaks_ends_its_own_account_alone(bot: Bot) -> None:
    broken = PastOfAccount({"@ann": ANN}, fails={"@ann": KeyError("friends' words")})
    report = await bring(bot, broken, PastOfAccount({"@bob": BOB}))
    assert report.cut == [("fake", "KeyError; the log says more")]
    assert report.new == 2


async def test_one_chat_that_cannot_be_shown_does_not_end_the_run(bot: Bot) -> None:
    left = NoHistoryError("you left it")
    account = PastOfAccount({"@ann": ANN, "@bob": BOB}, fails={"@ann": left})
    report = await bring(bot, account)
    assert (report.left_out, report.new, report.cut) == ([("Ann", "you left it")], 2, [])


async def test_what_cannot_be_read_is_told_and_not_stored(bot: Bot) -> None:
    await bring(bot, PastOfAccount({"@ann": [said("read in time", at=0)]}))
    unreadable = [MessageUnreadable("@ann:0"), MessageUnreadable("@ann:2")]
    account = PastOfAccount({"@ann": [*unreadable, said("hi", at=1)]})
    report = await bring(bot, account)
    assert logged(bot, "Ann") == [("peer", "read in time", False), ("peer", "hi", False)]
    assert report.left_out == [("Ann", "1 messages can't be read: their keys are not here")]


async def test_a_chat_that_is_logged_under_another_name_is_asked_about(bot: Bot) -> None:
    old = {"@mum": [said(f"long ago {n}", at=n, chat="@mum") for n in reversed(range(9))]}
    await bring(bot, PastOfAccount({}), PastOfAccount(old))
    new = {"@ann": [said(f"long ago {n}", at=n) for n in reversed(range(10))]}
    report = await bring(bot, PastOfAccount(new))
    assert [(double.old, double.new) for double in report.doubles] == [("Mum", "Ann")]
    assert report.new == 0
    report = await bring(bot, PastOfAccount(new), same=[report.doubles[0].same])
    assert (report.doubles, report.messages, report.new) == ([], 10, 1)
    assert [chat["name"] for chat in list_chats(bot.db) if chat["messages"]] == ["Ann"]


async def test_two_chats_of_one_platform_in_which_the_same_was_said_are_two(bot: Bot) -> None:
    both = {id_: [said(f"news {n}", at=n, chat=id_) for n in (3, 2, 1)] for id_ in ("@one", "@two")}
    report = await bring(bot, PastOfAccount(both))
    assert (report.new, report.doubles) == (6, [])


async def test_a_dry_run_stores_nothing(bot: Bot) -> None:
    report = await bring(bot, PastOfAccount({"@ann": ANN}), dry_run=True)
    assert (report.new, report.dry_run) == (4, True)
    assert not [chat for chat in list_chats(bot.db) if chat["messages"]]


async def test_one_chat_and_a_beginning_can_be_chosen(bot: Bot) -> None:
    account = PastOfAccount({"@ann": ANN, "@bob": BOB})
    report = await bring(bot, account, chat="ob", since=THEN + 5000)
    assert account.asked == [("@bob", THEN + 5000)]
    assert report.new == 1
    for chat, why in (("zoe", "no account shows"), ("n", "chats match")):
        with pytest.raises(InputError, match=why):
            await bring(bot, PastOfAccount({"@ann": ANN, "@nan": BOB}), chat=chat)


async def test_why_no_account_could_be_asked_for_a_chat(bot: Bot) -> None:
    class Closed(PastOfAccount):
        async def chats(self) -> Sequence[PastChat]:
            raise TwinError("log in again")

    report = await bring(bot, Closed({}), chat="Ann")
    assert report.cut == [("fake", "log in again")]


async def test_the_time_left_is_told_once_it_is_known(bot: Bot) -> None:
    seen: list[HistoryProgress] = []
    slow = {f"@{n}": [said("hi", at=n, chat=f"@{n}")] for n in range(4)}

    def watch(now: HistoryProgress) -> None:
        seen.append(now)
        bot.time.seconds += 1

    await bring(bot, PastOfAccount(slow), watch=watch)
    assert (seen[0].chats, seen[0].left_s) == (4, None)
    assert [round(now.left_s or 0) for now in seen if now.done == 3] == [3, 3, 3]
    assert (seen[-1].done, seen[-1].left_s) == (4, 0)


async def test_another_import_is_waited_for_and_another_run_refused(
    bot: Bot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("storage.unfinished_import.LOCK_WAIT_S", 0)
    waits, other = asyncio.Event(), open_database(bot.config.database)

    async def sleep(seconds: float) -> None:
        waits.set()
        await asyncio.sleep(0)

    clock = replace(bot.time.clock, sleep=sleep)
    with no_import_meanwhile(other):
        run = asyncio.create_task(bring(bot, PastOfAccount({"@ann": ANN}), clock=clock))
        await waits.wait()
        with pytest.raises(TwinError, match="already"):
            await bring(bot, PastOfAccount({"@bob": BOB}))
    assert (await run).new == 4
    other.close()
