"""What wechaty 0.10.7 does wrong at run time (docs/wechat.md has the list): each is survived."""

import asyncio
import json
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from sqlite_utils import Database

from storage import presence
from storage.outbox import add_piece, move_piece
from tests.ports import free_port
from tests.twin.connectors.conftest import Make
from tests.twin.connectors.running import Events, at_work, until
from tests.twin.connectors.wechaty.gateway import (
    ANN,
    BOB,
    OWNER,
    ROOM,
    TOKEN,
    Gateway,
)
from tests.twin.connectors.wechaty.inboxes import inbox_of
from tests.twin.fakes import FakeTime, chat_with
from twin.clock import SYSTEM_CLOCK
from twin.connectors.base import Heartbeat, LoggedIn, LoggedOut, MessageReceived, Outgoing
from twin.connectors.wechaty.puppet import GatewayError, Puppet
from twin.connectors.wechaty.settings import Settings
from twin.replying.supervise import Backoff, supervise

QUICKLY = Backoff(first=0.05, longest=0.1)


@pytest.mark.parametrize(
    ("event", "payload"),
    [
        ("error", {"gerror": "{}", "data": "boom"}),
        ("error", None),
        ("heartbeat", "not an object"),
        ("message", {}),
        ("message", {"messageId": "nobody-knows-it"}),
        ("login", {}),
        ("scan", {"qrcode": "x", "status": "odd"}),
        ("room-join", {"roomId": ROOM}),
    ],
)
async def test_1_errors_and_broken_events_end_nothing(
    gateway: Gateway, make: Make, event: str, payload: object
) -> None:
    gateway.login()
    async with at_work(make(gateway.settings())) as events:
        gateway.order("emit", event=event, payload=payload)
        gateway.say("still there?")
        assert (await events.first(MessageReceived)).text == "still there?"


async def test_2_a_wrong_token_is_an_error_that_says_so(gateway: Gateway, make: Make) -> None:
    connector = make(gateway.settings(token="wrong-one"))
    with pytest.raises(GatewayError, match="refuses the token; set TWIN_WECHATY_TOKEN"):
        await connector.run(Events().emit)
    assert connector.status().state == "failed"
    assert "wrong-one" not in (connector.status().last_error or "")


async def test_2_no_gateway_is_an_error_that_says_so(make: Make) -> None:
    endpoint = f"127.0.0.1:{free_port()}"
    with pytest.raises(GatewayError, match=f"{endpoint}: no gateway answers there"):
        await make(Settings(endpoint=endpoint, token=TOKEN)).run(Events().emit)


async def test_2_a_stream_that_ends_in_order_is_an_error_too(
    own_gateway: Gateway, make: Make
) -> None:
    own_gateway.login()
    connector, events = make(own_gateway.settings()), Events()
    task = asyncio.create_task(connector.run(events.emit))
    await events.first(LoggedIn)
    other = Puppet(own_gateway.endpoint, own_gateway.settings().secret)
    await other.puppet_stub.stop()  # as wechaty's own client does at each start
    await other.stop()
    with pytest.raises(GatewayError, match="ended the connection"):
        await asyncio.wait_for(task, 20)
    await events.first(LoggedOut)


async def test_3_and_4_it_comes_back_again_and_again_and_tells_each_login(
    own_gateway: Gateway, make: Make
) -> None:
    connector, events, stopping = make(own_gateway.settings()), Events(), asyncio.Event()
    attempts = 0

    async def run() -> None:
        nonlocal attempts
        attempts += 1
        await connector.run(events.emit)

    own_gateway.login()
    task = asyncio.create_task(
        supervise("wechat", run, stopping.is_set, SYSTEM_CLOCK, backoff=QUICKLY)
    )
    for text in ("before", "after the first failure", "after the second"):
        await events.first(LoggedIn)
        own_gateway.say(text)
        assert (await events.first(MessageReceived)).text == text
        own_gateway.stop()
        await events.first(LoggedOut)
        failures = attempts + 5
        await until(lambda least=failures: attempts >= least)  # type: ignore[misc]
        own_gateway.start()
        own_gateway.login()
    await events.first(LoggedIn)
    stopping.set()
    await connector.stop()
    await asyncio.wait_for(task, 20)


async def test_3_a_gateway_that_hangs_is_left_by_the_watchdog(
    own_gateway: Gateway, make: Make
) -> None:
    own_gateway.login()
    connector = make(own_gateway.settings(watchdog_seconds=0.5))
    async with at_work(connector) as events:
        own_gateway.signal(signal.SIGSTOP)
        await events.first(LoggedOut)
        await until(lambda: connector.status().state == "failed")
    own_gateway.signal(signal.SIGCONT)


async def test_5_it_never_stops_the_account(gateway: Gateway, make: Make) -> None:
    gateway.login()
    for _ in range(2):
        async with at_work(make(gateway.settings())):
            pass
    assert gateway.order("state")["stops"] == 0


async def test_5_a_second_program_is_told_and_the_first_goes_on(
    gateway: Gateway, make: Make
) -> None:
    gateway.login()
    async with at_work(make(gateway.settings())) as events:
        with pytest.raises(GatewayError, match="serves another program already"):
            await make(gateway.settings()).run(Events().emit)
        gateway.say("still there?")
        assert (await events.first(MessageReceived)).text == "still there?"


async def test_6_heartbeats_arrive(gateway: Gateway, make: Make) -> None:
    gateway.login()
    async with at_work(make(gateway.settings())) as events:
        gateway.order("emit", event="heartbeat", payload={"data": "alive", "timeout": 60})
        await events.first(Heartbeat)


async def test_7_the_alias_is_the_name(gateway: Gateway, make: Make) -> None:
    gateway.login()
    async with at_work(make(gateway.settings())) as events:
        gateway.say("hi", by=BOB)  # Robert, whom the owner calls Bob
        by_alias = await events.first(MessageReceived)
        gateway.say("hi", by=ANN)
        by_name = await events.first(MessageReceived)
    assert (by_alias.chat_name, by_alias.sender_name) == ("Bob", "Bob")
    assert (by_name.chat_name, by_name.sender_name) == ("Ann", "Ann")


@pytest.mark.parametrize("kind", [16, 17, 4711])
async def test_8_types_that_wechaty_does_not_know_are_kept(
    gateway: Gateway, make: Make, kind: int
) -> None:
    gateway.login()
    async with at_work(make(gateway.settings())) as events:
        gateway.raw(f"post-{kind}", kind, "a post of hers")
        post = await events.first(MessageReceived)
    assert (post.kind, post.external_id) == ("other", f"post-{kind}")
    assert post.raw is not None
    assert json.loads(post.raw) == json.loads(post.raw) | {
        "type": kind,
        "text": "a post of hers",
        "talker": ANN,
    }


@pytest.mark.parametrize("tells_id", [False, True])
async def test_9_the_echo_of_what_the_twin_sent_is_not_the_owner(
    gateway: Gateway, db: Database, make: Make, tells_id: bool
) -> None:
    gateway.login()
    gateway.order("set", sendsReturnId=tells_id)
    chat = chat_with(db, ANN, platform="wechat")
    connector, inbox = make(gateway.settings()), inbox_of(db)
    task = asyncio.create_task(connector.run(inbox.handle))
    await until(lambda: connector.status().state == "running")
    piece = add_piece(db, chat.id, "same words")
    move_piece(db, piece.id, "sending", now=SYSTEM_CLOCK.now())
    external_id = await connector.send(ANN, Outgoing("same words"))
    move_piece(db, piece.id, "sent", external_id=external_id, now=SYSTEM_CLOCK.now())
    origins = "SELECT origin FROM messages ORDER BY id"
    await until(lambda: db.execute(origins).fetchall() == [("twin",)])
    gateway.say("same words", by=OWNER, to=ANN)  # the owner, on the phone
    await until(lambda: db.execute(origins).fetchall() == [("twin",), ("owner",)])
    await connector.stop()
    await task


async def test_9_an_echo_that_does_not_come_is_stood_in_for(
    gateway: Gateway, db: Database, make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("twin.connectors.echoes.PATIENCE_S", 0.1)
    gateway.login()
    gateway.order("set", hidesOwn=True)
    connector = make(gateway.settings())
    async with at_work(connector) as events:
        await connector.send(ANN, Outgoing("same words"))
        stand_in = await events.first(MessageReceived)
        gateway.say("same words", by=OWNER, to=ANN)  # the echo after all
        gateway.say("same words", by=OWNER, to=ANN)  # the owner
        gateway.say("end")
        await events.first(MessageReceived, lambda event: event.text == "end")
        again = [event for event in events.all if isinstance(event, MessageReceived)]
    assert (stand_in.chat_external_id, stand_in.text) == (ANN, "same words")
    assert stand_in.from_owner
    assert len(again) == 1


async def test_9_an_echo_lost_with_the_connection_is_stood_in_for(
    gateway: Gateway, make: Make
) -> None:
    gateway.login()
    gateway.order("set", hidesOwn=True)
    connector = make(gateway.settings())
    async with at_work(connector) as events:
        await connector.send(ANN, Outgoing("on my way"))
    assert [e.text for e in events.all if isinstance(e, MessageReceived)] == ["on my way"]


async def test_9_an_echo_that_came_is_not_told_twice(gateway: Gateway, make: Make) -> None:
    gateway.login()
    connector = make(gateway.settings())
    async with at_work(connector) as events:
        await connector.send(ANN, Outgoing("on my way"))
        await events.first(MessageReceived)
    assert not any(isinstance(event, MessageReceived) for event in events.all)


async def test_10_a_group_message_needs_no_listener(gateway: Gateway, make: Make) -> None:
    gateway.login()
    connector = make(gateway.settings())
    async with at_work(connector) as events:
        gateway.raw("in-the-group", 7, "hi all", listenerId="", roomId=ROOM)
        message = await events.first(MessageReceived)
        await connector.send(message.chat_external_id, Outgoing("hi"))
        own = await events.first(MessageReceived)
    assert {e.chat_external_id for e in (message, own)} == {ROOM}
    assert (own.from_owner, own.chat_kind) == (True, "group")


async def test_11_a_handler_that_fails_is_seen_and_ends_nothing(
    gateway: Gateway, make: Make, caplog: pytest.LogCaptureFixture
) -> None:
    gateway.login()
    connector = make(gateway.settings())
    async with at_work(connector) as events:
        events.refuse = lambda event: isinstance(event, MessageReceived) and event.text == "one"
        gateway.say("one")
        gateway.say("two")
        assert (await events.first(MessageReceived)).text == "two"
        assert connector.status().last_error == "an event was not logged: RuntimeError"
    assert "an event was not logged" in caplog.text


async def test_12_the_time_away_is_recorded(gateway: Gateway, db: Database, make: Make) -> None:
    gateway.login()
    connector, time = make(gateway.settings()), FakeTime()
    inbox = inbox_of(db, time.clock)
    assert connector.capabilities.keeps_s == 0
    start = time.clock.now()
    for _ in range(2):
        task = asyncio.create_task(connector.run(inbox.handle))
        await until(lambda: connector.status().state == "running")
        await connector.stop()
        await task
        gateway.say("nobody hears this")
        time.seconds += 3600
    [away] = presence.absences(db)
    assert (away.platform, away.since, away.until) == ("wechat", start, start + 3_600_000)
    assert db.execute("SELECT COUNT(*) FROM messages").fetchone() == (0,)


@pytest.mark.slow
def test_13_nothing_is_written_into_the_current_folder(tmp_path: Path) -> None:
    here, data = tmp_path / "here", tmp_path / "data"
    here.mkdir()
    script = (
        "from pathlib import Path\n"
        "from storage.database import open_database\n"
        "from twin.connectors.wechaty.settings import Settings\n"
        "from twin.connectors.wechaty.connector import WechatyConnector\n"
        f"data = Path({str(data)!r})\n"
        "WechatyConnector(open_database(data / 'twin.db'), Settings(token='t'), data)\n"
        "import wechaty\n"
    )
    root = Path(__file__).resolve().parents[4]
    subprocess.run([sys.executable, "-c", script], cwd=here, check=True, env={"PYTHONPATH": root})
    assert list(here.iterdir()) == []
    assert (data / "wechaty").is_dir()
