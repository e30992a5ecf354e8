"""What is sent, what comes back of it, and what the gateways do when it fails."""

import asyncio
from pathlib import Path

import pytest
from sqlite_utils import Database

from storage.chats import upsert_chat
from storage.messages import messages_of_chat
from storage.outbox import add_piece, move_piece
from tests.twin.connectors.onebot.conftest import Make
from tests.twin.connectors.onebot.gateway import (
    ANN,
    LUNCH,
    OWNER,
    Echoes,
    FakeGateway,
    Refusal,
)
from tests.twin.connectors.running import at_work, until
from tests.twin.connectors.wechaty.inboxes import inbox_of
from twin.connectors.base import (
    MessageReceived,
    Outgoing,
    SendInDoubtError,
    Sticker,
)
from twin.connectors.onebot import CONNECTOR
from twin.connectors.onebot.connector import NO_ECHO, OneBotConnector
from twin.connectors.onebot.gateway import GatewayError


async def test_a_group_of_before_is_sent_to_as_a_group(
    qq: FakeGateway, make: Make, db: Database
) -> None:
    upsert_chat(db, "qq", str(LUNCH), "Lunch", kind="group", mode="auto")
    upsert_chat(db, "qq", "Ann of an export", "Ann", mode="auto")
    connector = make()
    async with at_work(connector):
        await connector.send(str(LUNCH), Outgoing("[CQ:at,qq=all] hi"))
        with pytest.raises(GatewayError, match="no QQ number"):
            await connector.send("Ann of an export", Outgoing("hi"))
        await connector.typing(str(LUNCH), True)
        await connector.typing(str(ANN), True)
        await until(
            lambda: qq.calls[-1] == ("set_input_status", {"user_id": str(ANN), "event_type": 1})
        )
    assert qq.sent == [(LUNCH, "[CQ:at,qq=all] hi")]


@pytest.mark.parametrize("echoes", ["first", "after", "held", "twice"])
async def test_an_echo_is_logged_once_as_the_twins(
    qq: FakeGateway, make: Make, db: Database, echoes: Echoes
) -> None:
    qq.echoes = echoes
    chat = upsert_chat(db, "qq", str(ANN), "Ann", mode="auto")
    connector = make()
    async with at_work(connector, into=inbox_of(db).handle) as events:
        for words in ("ok", "ok", "see you"):
            await sent(db, connector, chat.id, words)
        await qq.let_echoes_go()
        await qq.say("ok", by=OWNER, to=ANN)
        await qq.say("end")
        await events.first(MessageReceived, lambda event: event.text == "end")
    logged = [(message.origin, message.text) for message in messages_of_chat(db, chat.id)]
    assert logged == [
        *(("twin", words) for words in ("ok", "ok", "see you")),
        ("owner", "ok"),
        ("peer", "end"),
    ]


async def sent(db: Database, connector: OneBotConnector, chat: int, words: str) -> None:
    piece = add_piece(db, chat, words)
    move_piece(db, piece.id, "sending")
    id_ = await connector.send(str(ANN), Outgoing(words))
    move_piece(db, piece.id, "sent", external_id=id_)


async def test_a_send_without_echo_is_logged_and_told(
    qq: FakeGateway, make: Make, db: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("twin.connectors.echoes.PATIENCE_S", 0.01)
    qq.echoes = "never"  # reportSelfMessage is off
    connector = make()
    async with at_work(connector, into=inbox_of(db).handle) as events:
        await connector.send(str(ANN), Outgoing("hi"))
        await events.first(MessageReceived)
        assert connector.status().last_error == NO_ECHO
    # Another process sees it, a new connection does not hide it, and an own message ends it.
    [problem] = CONNECTOR.problems(qq.settings(), tmp_path)
    assert "reportSelfMessage" in problem.remedy
    connector = make()
    async with at_work(connector) as events:
        assert connector.status().last_error == NO_ECHO
        qq.echoes = "after"
        await qq.say("me", by=OWNER, to=ANN)
        await events.first(MessageReceived, lambda event: event.text == "me")
        assert connector.status().last_error is None
    assert CONNECTOR.problems(qq.settings(), tmp_path) == []


async def test_an_echo_that_comes_after_its_stand_in_is_nobodys(
    qq: FakeGateway, make: Make, db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("twin.connectors.echoes.PATIENCE_S", 0.01)
    qq.echoes = "held"
    chat = upsert_chat(db, "qq", str(ANN), "Ann", mode="auto")
    connector = make()
    async with at_work(connector, into=inbox_of(db).handle) as events:
        await sent(db, connector, chat.id, "on my way")
        await events.first(MessageReceived)
        await qq.let_echoes_go()
        await qq.say("end")
        await events.first(MessageReceived, lambda event: event.text == "end")
        assert connector.status().last_error is None  # it came after all
    logged = [(message.origin, message.text) for message in messages_of_chat(db, chat.id)]
    assert logged == [("twin", "on my way"), ("peer", "end")]


@pytest.mark.parametrize(
    ("retcode", "said", "is_in_doubt"),
    [
        (1200, "Timeout: NTEvent serviceAndMethod:NodeIKernelMsgService/sendMsg", True),
        (1200, "未知错误，可能操作超时", True),
        (1200, "无法获取用户信息", False),
        (1400, "Key: message, Message: timeout", False),
        (1404, "不支持的API", False),
    ],
)
async def test_what_a_refused_send_means(
    qq: FakeGateway, make: Make, retcode: int, said: str, is_in_doubt: bool
) -> None:
    qq.fails["send_private_msg"] = Refusal(retcode, said)
    connector = make()
    async with at_work(connector):
        with pytest.raises(SendInDoubtError if is_in_doubt else GatewayError):
            await connector.send(str(ANN), Outgoing("hi"))


async def test_a_call_that_hangs_and_a_connection_that_breaks_are_doubt(
    qq: FakeGateway, make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    connector = make()
    qq.hangs.add("send_private_msg")
    async with at_work(connector):
        monkeypatch.setattr("twin.connectors.onebot.gateway.ANSWER_S", 0.05)
        with pytest.raises(SendInDoubtError):
            await connector.send(str(ANN), Outgoing("hi"))
        monkeypatch.setattr("twin.connectors.onebot.gateway.ANSWER_S", 30.0)
        sending = asyncio.create_task(connector.send(str(ANN), Outgoing("again")))
        await until(lambda: len(qq.sent) == 2)
        qq.break_off()
        with pytest.raises(SendInDoubtError):
            await sending
        await until(lambda: connector.status().state == "failed")
        with pytest.raises(GatewayError, match="not logged in"):
            await connector.send(str(ANN), Outgoing("later"))


@pytest.mark.parametrize(
    ("echoes", "as_file"),
    [("first", False), ("after", True), ("held", True), ("twice", False), ("never", False)],
)
async def test_a_sticker_is_the_twins_however_its_echo_comes(
    qq: FakeGateway,
    make: Make,
    db: Database,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    echoes: Echoes,
    as_file: bool,
) -> None:
    if echoes == "never":
        monkeypatch.setattr("twin.connectors.echoes.PATIENCE_S", 0.01)
    qq.echoes = echoes
    file = tmp_path / "a.gif"
    file.write_bytes(b"GIF89a")
    key = '{"type": "face", "data": {"id": "14"}}'
    sticker = Sticker(None, file) if as_file else Sticker(key)
    chat = upsert_chat(db, "qq", str(ANN), "Ann", mode="auto")
    connector = make()
    async with at_work(connector, into=inbox_of(db).handle) as events:
        piece = add_piece(db, chat.id, "", kind="sticker")
        move_piece(db, piece.id, "sending")
        id_ = await connector.send(str(ANN), Outgoing("", sticker=sticker))
        move_piece(db, piece.id, "sent", external_id=id_)
        await qq.let_echoes_go()
        await events.first(MessageReceived)
        await qq.say([{"type": "face", "data": {"id": "14"}}], by=OWNER, to=ANN)
        await qq.say("end")
        await events.first(MessageReceived, lambda event: event.text == "end")
    logged = [(message.origin, message.kind) for message in messages_of_chat(db, chat.id)]
    own = [] if echoes == "never" else [("owner", "sticker")]  # then nobody tells of it
    assert logged == [("twin", "sticker"), *own, ("peer", "text")]
