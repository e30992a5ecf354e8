"""The account behind a real gateway: scan, login, logout, talking."""

import asyncio
import logging

import pytest
from sqlite_utils import Database

from storage import presence
from storage.errors import InputError
from tests.twin.connectors.conftest import Make
from tests.twin.connectors.running import at_work, until
from tests.twin.connectors.wechaty.gateway import ANN, BOB, OWNER, ROOM, TOKEN, Gateway
from twin.connectors.base import (
    Heartbeat,
    LoggedIn,
    LoggedOut,
    MessageReceived,
    Outgoing,
    ScanNeeded,
)
from twin.connectors.wechaty.puppet import GatewayError
from twin.language import Language


async def test_from_the_code_to_the_login(gateway: Gateway, make: Make) -> None:
    connector = make(gateway.settings())
    async with at_work(connector, logged_in=False) as events:
        gateway.order("scan", qrcode="https://code.example/1")
        assert (await events.first(ScanNeeded)).qr == "https://code.example/1"
        gateway.order("scan", qrcode="https://code.example/1")
        await events.first(ScanNeeded)
        gateway.order("scan", qrcode="https://code.example/1", status=3)
        assert connector.status().state == "starting"
        gateway.login()
        assert (await events.first(LoggedIn)).name == "Owen"
        assert connector.status().state == "running"
    assert connector.codes == ["https://code.example/1"]  # drawn once
    assert [type(event) for event in events.all] == [LoggedOut]


async def test_a_logout_is_told_and_the_next_login_too(gateway: Gateway, make: Make) -> None:
    gateway.login()
    connector = make(gateway.settings())
    async with at_work(connector) as events:
        gateway.order("logout")
        await events.first(LoggedOut)
        assert connector.status().state == "starting"
        with pytest.raises(GatewayError, match="not logged in"):
            await connector.send(ANN, Outgoing("hello?"))
        gateway.login()
        await events.first(LoggedIn)
    assert gateway.sent() == []


async def test_without_a_login_there_is_no_heartbeat(gateway: Gateway, make: Make) -> None:
    async with at_work(make(gateway.settings()), logged_in=False) as events:
        gateway.order("scan", qrcode="https://code.example/2")
        await events.first(ScanNeeded)
        gateway.order("emit", event="heartbeat", payload={"data": "alive"})
        gateway.order("scan", qrcode="https://code.example/3")
        await events.first(ScanNeeded)
    assert events.all == []


async def test_a_friend_and_the_answer(gateway: Gateway, make: Make) -> None:
    gateway.login()
    connector = make(gateway.settings())
    async with at_work(connector) as events:
        gateway.say("are you there?", by=BOB)
        question = await events.first(MessageReceived)
        await connector.send(question.chat_external_id, Outgoing("yes"))
        echo = await events.first(MessageReceived)
    assert gateway.order("state")["sent"] == [{"to": BOB, "text": "yes"}]
    assert (question.sender_id, question.chat_name, question.from_owner) == (BOB, "Bob", False)
    assert (question.chat_kind, question.steers, question.kind) == ("direct", False, "text")
    assert (echo.chat_external_id, echo.from_owner, echo.text) == (BOB, True, "yes")


async def test_a_silent_gateway_is_left(gateway: Gateway, make: Make) -> None:
    gateway.login()
    gateway.order("set", isDeaf=True)
    connector = make(gateway.settings(watchdog_seconds=0.4))
    async with at_work(connector) as events:
        await until(lambda: connector.status().state == "failed")
        error = connector.status().last_error or ""
        assert "watchdog_seconds" in error
        assert Language("zh_CN").say(error).startswith("网关 0 秒没有发来任何东西")
        await events.first(LoggedOut)


async def test_a_quiet_gateway_is_asked_and_kept(gateway: Gateway, make: Make) -> None:
    gateway.login()
    connector = make(gateway.settings(watchdog_seconds=1.0))
    async with at_work(connector) as events:
        for _ in range(12):  # two in each quarter of a second, and not a word of the gateway's own
            await events.first(Heartbeat)
        assert connector.status().state == "running"


async def test_the_owner_writes_to_himself(gateway: Gateway, make: Make) -> None:
    gateway.login()
    async with at_work(make(gateway.settings())) as events:
        gateway.say("/twin status", by=OWNER, to="filehelper")
        helper = await events.first(MessageReceived)
        gateway.raw("to-self", 7, "/twin off", talkerId=OWNER, listenerId=OWNER)
        note = await events.first(MessageReceived)
        gateway.say("/twin off", by=OWNER, to=ANN)
        elsewhere = await events.first(MessageReceived)
    assert (helper.chat_external_id, helper.chat_kind, helper.steers) == (
        "filehelper",
        "self",
        True,
    )
    assert (note.chat_external_id, note.chat_kind, note.steers) == (OWNER, "self", True)
    assert (elsewhere.chat_kind, elsewhere.steers) == ("direct", False)


async def test_groups(gateway: Gateway, make: Make) -> None:
    gateway.login()
    async with at_work(make(gateway.settings())) as events:
        gateway.say("lunch?", by=BOB, room=ROOM)
        plain = await events.first(MessageReceived)
        gateway.say("you too?", by=ANN, room=ROOM, mention=[OWNER])
        by_id = await events.first(MessageReceived)
        gateway.say("@Owen\u2005noon?", by=ANN, room=ROOM)
        by_name = await events.first(MessageReceived)
        gateway.say("@Owena hi", by=ANN, room=ROOM)
        another = await events.first(MessageReceived)
    assert (plain.chat_external_id, plain.chat_name, plain.chat_kind) == (ROOM, "Lunch", "group")
    assert (plain.sender_id, plain.sender_name) == (BOB, "Bob")
    assert [e.mentions_owner for e in (plain, by_id, by_name, another)] == [
        *(False, True),
        *(True, False),
    ]


async def test_a_renamed_friend_has_the_new_name(gateway: Gateway, make: Make) -> None:
    gateway.login()
    async with at_work(make(gateway.settings())) as events:
        gateway.say("one")
        assert (await events.first(MessageReceived)).chat_name == "Ann"
        gateway.order("rename", id=ANN, alias="Annie")
        gateway.say("two")
        renamed = await events.first(MessageReceived)
        gateway.order("rename", id=ANN, alias="")
    assert renamed.chat_name == renamed.sender_name == "Annie"


async def test_a_gateway_that_tells_the_id(gateway: Gateway, make: Make) -> None:
    gateway.login()
    gateway.order("set", sendsReturnId=True)
    connector = make(gateway.settings())
    async with at_work(connector) as events:
        sent = await connector.send(ANN, Outgoing("hello"))
        echo = await events.first(MessageReceived)
    assert sent is not None
    assert echo.external_id == sent


def test_without_a_token_it_says_so(make: Make) -> None:
    with pytest.raises(InputError, match="TWIN_WECHATY_TOKEN"):
        make(Gateway().settings(token=""))


async def test_neither_token_nor_texts_are_logged(
    gateway: Gateway,
    make: Make,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:
    caplog.set_level(logging.INFO)
    gateway.login()
    async with at_work(make(gateway.settings())) as events:
        gateway.say("a secret of hers")
        await events.first(MessageReceived)
        gateway.raw("odd", 99, "a secret of hers")
        await events.first(MessageReceived)
    with pytest.raises(GatewayError):
        async with at_work(make(gateway.settings(token="some-other-token"))):
            pass
    shown = caplog.text + "".join(capfd.readouterr())
    assert "secret" not in shown
    assert TOKEN not in shown
    assert "some-other-token" not in shown


async def test_the_inbox_keeps_code_and_login(gateway: Gateway, db: Database, make: Make) -> None:
    from tests.twin.connectors.wechaty.inboxes import inbox_of

    task = asyncio.create_task(make(gateway.settings()).run(inbox_of(db).handle))
    gateway.order("scan", qrcode="https://code.example/3")
    await until(lambda: [p.qr for p in presence.presences(db)] == ["https://code.example/3"])
    gateway.login()
    await until(lambda: [p.account for p in presence.presences(db)] == ["Owen"])
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert [(p.logged_in, p.qr) for p in presence.presences(db)] == [(False, None)]
