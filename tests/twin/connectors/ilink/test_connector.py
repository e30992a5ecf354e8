"""What the owner writes to the bot, and what the bot does about everybody else."""

import logging
from pathlib import Path
from typing import Any

import pytest

from storage.database import now_ms, open_database
from storage.messages import messages_of_chat
from tests.twin.connectors.ilink.platform import ILinkPlatform
from tests.twin.connectors.ilink.server import OWNER, TOKEN, confirmed
from tests.twin.connectors.running import at_work, until
from tests.twin.connectors.wechaty.inboxes import inbox_of
from twin.connectors.base import (
    Heartbeat,
    LoggedIn,
    LoggedOut,
    MessageReceived,
    Outgoing,
    ScanNeeded,
)
from twin.connectors.ilink.account import (
    Account,
    account_file,
    end_account,
    load_account,
    save_account,
)
from twin.connectors.ilink.client import ILinkError
from twin.connectors.ilink.connector import ILinkConnector
from twin.language import Language


async def test_what_the_owner_writes_is_a_command_in_their_own_chat(bot: ILinkPlatform) -> None:
    async with at_work(bot.connector) as events:
        bot.fake.say(
            "/twin status", message_id=12345678901234567890, create_time_ms=1_790_000_000_000
        )
        event = await events.first(MessageReceived)
    assert event == MessageReceived(
        *("owner", "WeChat (ClawBot)", OWNER, "Ann", "/twin status", 1_790_000_000_000),
        external_id="12345678901234567890",
        from_owner=True,
        chat_kind="self",
        steers=True,
    )
    assert bot.fake.headers["Authorization"] == f"Bearer {TOKEN}"
    assert bot.fake.headers["AuthorizationType"] == "ilink_bot_token"
    assert bot.fake.headers["X-WECHAT-UIN"]


async def test_nobody_else_is_heard_or_answered(bot: ILinkPlatform) -> None:
    async with at_work(bot.connector) as events:
        bot.fake.say("/twin on Anna", from_user_id="stranger@im.wechat")
        bot.fake.say("/twin on Anna", group_id="g@im.group")
        bot.fake.say("/twin on Anna", message_type=2)
        bot.fake.say("mine")
        event = await events.first(MessageReceived)
    assert event.text == "mine"
    assert bot.shown() == []


async def test_what_is_no_message_stops_nothing(bot: ILinkPlatform) -> None:
    async with at_work(bot.connector) as events:
        junk: list[Any] = [None, 7, "x", [], {}, {"item_list": "x"}, {"create_time_ms": {}}]
        for one in junk:
            bot.fake.deliver(one)
        bot.fake.say("mine", create_time_ms=-5, item_list=[{"type": 9}, {}])
        event = await events.first(MessageReceived)
        await until(lambda: bot.fake.cursors[-1:] == ["c8"])
    assert (event.text, event.kind) == ("", "other")
    assert abs(event.sent_at - now_ms()) < 60_000


async def test_a_null_is_as_though_it_were_left_out(bot: ILinkPlatform) -> None:
    async with at_work(bot.connector) as events:
        nulls = dict.fromkeys(("message_id", "create_time_ms", "message_type", "group_id"))
        bot.fake.say("mine", client_id="c-7", **nulls)
        bot.fake.say("", item_list=[{"type": 1, "text_item": {"text": None}, "voice_item": None}])
        bot.fake.say("", item_list=None)
        found = [await events.first(MessageReceived) for _ in range(3)]
    assert [(event.text, event.kind) for event in found] == [("mine", "text")] + [("", "text")] * 2
    assert found[0].external_id == "c-7"


async def test_voice_counts_by_its_words_and_a_quote_is_not_the_owners(bot: ILinkPlatform) -> None:
    quoted = {"message_item": {"type": 1, "text_item": {"text": "/twin approve 7"}}}
    async with at_work(bot.connector) as events:
        bot.fake.say(item_list=[{"type": 3, "voice_item": {"text": "hello there"}}])
        bot.fake.say(item_list=[{"type": 1, "text_item": {"text": "no"}, "ref_msg": quoted}])
        spoken, quoting = [await events.first(MessageReceived) for _ in range(2)]
    assert (spoken.text, spoken.kind) == ("hello there", "voice")
    assert (quoting.text, quoting.kind) == ("no", "text")


async def test_a_message_is_confirmed_only_once_it_is_on_the_disk(bot: ILinkPlatform) -> None:
    async def run_while_the_disk_is_full() -> None:
        async with at_work(bot.connector) as events:
            events.refuse = lambda event: isinstance(event, MessageReceived)
            bot.fake.say("precious")
            await until(lambda: bot.connector.status().state == "failed")

    with pytest.raises(RuntimeError):
        await run_while_the_disk_is_full()
    assert set(bot.fake.cursors) == {""}
    async with at_work(bot.restarted()) as events:
        assert (await events.first(MessageReceived)).text == "precious"
        await until(lambda: bot.fake.cursors[-1:] == ["c1"])


async def test_what_comes_twice_is_logged_once(bot: ILinkPlatform, tmp_path: Path) -> None:
    db = open_database(tmp_path / "twin.db")
    async with at_work(bot.connector, into=inbox_of(db).handle) as events:
        bot.fake.say("once")
        bot.fake.again()
        bot.fake.say("end")
        await events.first(MessageReceived, lambda event: event.text == "end")
    assert [message.text for message in messages_of_chat(db, 1)] == ["once", "end"]
    db.close()


async def test_what_was_written_while_nobody_listened_comes_once(bot: ILinkPlatform) -> None:
    async with at_work(bot.connector) as events:
        bot.fake.say("before")
        await events.first(MessageReceived)
        await until(lambda: bot.fake.cursors[-1:] == ["c1"])
    bot.fake.say("meanwhile")
    async with at_work(bot.restarted()) as events:
        assert (await events.first(MessageReceived)).text == "meanwhile"


async def test_an_ended_session_is_one_line_and_a_new_code(
    bot: ILinkPlatform, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING)
    bot.fake.codes.append([])
    async with at_work(bot.connector) as events:
        bot.fake.end_session()
        await events.first(LoggedOut)
        assert (await events.first(ScanNeeded)).qr == "https://liteapp.example/q/code-1"
        assert bot.codes == ["https://liteapp.example/q/code-1"]
        error = bot.connector.status().last_error
        assert error is not None
        assert "-14" in error
        assert "\n" not in error
        with pytest.raises(ILinkError):
            await bot.connector.send("owner", Outgoing("hi"))
    assert [record.message for record in caplog.records] == [error]
    # Without its token, a bot that is bound already may be refused for good.
    kept = load_account(tmp_path)
    assert kept is not None
    assert kept.ended
    assert ("get_bot_qrcode", {"local_token_list": [TOKEN]}) in bot.fake.asked


async def test_scanning_it_again_goes_on_where_it_was(bot: ILinkPlatform, tmp_path: Path) -> None:
    bot.fake.codes.append([{"status": "wait"}, {"status": "scaned"}, confirmed(bot.server, "new")])
    async with at_work(bot.connector) as events:
        bot.fake.say("one")
        await events.first(MessageReceived)
        bot.fake.end_session()
        await events.first(LoggedOut)
        bot.fake.tokens.add("new")
        await events.first(LoggedIn)
        bot.fake.say("two")
        assert (await events.first(MessageReceived)).text == "two"
        assert bot.connector.status().last_error is None
    assert account_file(tmp_path).stat().st_mode & 0o777 == 0o600
    assert (tmp_path / "ilink" / "conversation.json").stat().st_mode & 0o777 == 0o600


async def test_a_token_that_is_bound_and_refused_is_not_tried_on_and_on(bot: ILinkPlatform) -> None:
    bot.fake.codes.extend([{"status": "binded_redirect"}] for _ in range(9))
    async with at_work(bot.connector):
        bot.fake.end_session()
        await until(lambda: bot.connector.status().state == "failed")
    assert len(bot.codes) == 1
    assert "-14" in (bot.connector.status().last_error or "")


async def test_whoever_else_scans_a_later_code_is_not_obeyed(
    bot: ILinkPlatform, tmp_path: Path
) -> None:
    bot.fake.codes.append([confirmed(bot.server, "theirs", ilink_user_id="thief@im.wechat")])
    async with at_work(bot.connector):
        bot.fake.end_session()
        await until(lambda: bot.connector.status().state == "failed")
    assert "another WeChat account" in (bot.connector.status().last_error or "")
    kept = load_account(tmp_path)
    assert kept is not None
    assert (kept.owner_id, kept.token) == (OWNER, TOKEN)


async def test_no_journal_gets_the_code(
    bot: ILinkPlatform, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    end_account(tmp_path, Account.model_validate(load_account(tmp_path)))
    async with at_work(ILinkConnector(tmp_path, "Ann", server=bot.server), logged_in=False) as seen:
        await seen.first(ScanNeeded)
    assert capsys.readouterr() == ("", "")


async def test_a_login_made_elsewhere_meanwhile_is_taken(
    bot: ILinkPlatform, tmp_path: Path
) -> None:
    bot.fake.codes.append([])
    kept = load_account(tmp_path)
    assert kept is not None
    async with at_work(bot.connector) as events:
        bot.fake.end_session()
        await events.first(ScanNeeded)
        bot.fake.tokens.add("other")
        save_account(tmp_path, Account(**kept.model_dump() | {"token": "other"}))
        await events.first(LoggedIn)


async def test_a_login_that_can_t_be_read_is_one_line_with_the_remedy(
    bot: ILinkPlatform, tmp_path: Path
) -> None:
    for content in ("", "[]", '{"server": "x"}'):
        account_file(tmp_path).write_text(content, encoding="utf-8")
        async with at_work(bot.connector, logged_in=False):
            await until(lambda: bot.connector.status().state == "failed")
        error = bot.connector.status().last_error
        assert error is not None
        assert error.endswith("it is not a login); log in with `bot.py ilink login`")


async def test_without_the_server_it_ends_with_one_line(bot: ILinkPlatform, tmp_path: Path) -> None:
    kept = load_account(tmp_path)
    assert kept is not None
    save_account(tmp_path, kept.model_copy(update={"server": "http://127.0.0.1:9"}))
    async with at_work(bot.connector, logged_in=False):
        await until(lambda: bot.connector.status().state == "failed")
    expected = "ilink: http://127.0.0.1:9 can't be reached; is this machine online?"
    error = bot.connector.status().last_error
    assert error == expected
    chinese = "ilink：连不上 http://127.0.0.1:9；这台机器联网了吗？"
    assert Language("zh_CN").say(error or "") == chinese


async def test_silence_is_a_sign_of_life(bot: ILinkPlatform) -> None:
    async with at_work(bot.connector) as events:
        bot.fake.close()  # every poll is answered at once
        await events.first(Heartbeat)
