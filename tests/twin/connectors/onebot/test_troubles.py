"""What stands against a connection: one line with the remedy, here and in other processes."""

import time as wall
from pathlib import Path

import pytest
from aiohttp import web
from sqlite_utils import Database

from storage.errors import InputError
from tests.ports import free_port
from tests.twin.connectors.onebot.conftest import Make
from tests.twin.connectors.onebot.gateway import ANN, OWNER, FakeGateway, Refuses
from tests.twin.connectors.running import at_work, until
from tests.twin.fakes import FakeTime
from twin.config.load import DEFAULT_FILE, load_config
from twin.connectors.base import Heartbeat, LoggedIn, LoggedOut, MessageReceived
from twin.connectors.onebot import CONNECTOR
from twin.connectors.onebot.connector import OneBotConnector
from twin.connectors.onebot.gateway import GatewayError
from twin.connectors.onebot.session import OFFLINE
from twin.connectors.onebot.settings import TOKEN_VARIABLE, Settings
from twin.diagnostics.status import collect_status
from twin.language import Language


@pytest.mark.parametrize("refusal", ["frame", "1008", "401"])
@pytest.mark.parametrize("token", ["", "wrong", "the token"])
async def test_a_wrong_token(
    qq: FakeGateway, make: Make, tmp_path: Path, refusal: Refuses, token: str
) -> None:
    qq.refusal = refusal
    connector = make(token=token)
    with pytest.raises(GatewayError, match="refuses the token"):
        await connector.run(nobody)
    status = connector.status()
    assert status.state == "failed"
    assert status.last_error == (
        f"the gateway 127.0.0.1:{qq.port} refuses the token; set {TOKEN_VARIABLE} to the token of "
        "its websocket server"
    )
    chinese = f"网关 127.0.0.1:{qq.port} 拒绝令牌；请把 {TOKEN_VARIABLE} 设为"
    assert Language("zh_CN").say(status.last_error or "").startswith(chinese)
    [problem] = CONNECTOR.problems(qq.settings(), tmp_path)
    assert f"{problem.found}; {problem.remedy}" == status.last_error
    async with at_work(make()):
        pass
    assert CONNECTOR.problems(qq.settings(), tmp_path) == []


async def nobody(name: str, event: object) -> None: ...


async def test_nobody_listens_there(db: Database, tmp_path: Path) -> None:
    connector = OneBotConnector(db, Settings(url=f"ws://127.0.0.1:{free_port()}/"), tmp_path)
    with pytest.raises(GatewayError, match=r"can't be reached .*; start it"):
        await connector.run(nobody)


async def test_another_server_is_told_by_its_answer(db: Database, tmp_path: Path) -> None:
    runner = web.AppRunner(web.Application())
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    url = f"ws://127.0.0.1:{runner.addresses[0][1]}/"
    with pytest.raises(GatewayError, match="HTTP 404: no OneBot websocket"):
        await OneBotConnector(db, Settings(url=url), tmp_path).run(nobody)
    await runner.cleanup()


async def test_a_gateway_without_account_says_so(qq: FakeGateway, make: Make) -> None:
    qq.online = False
    connector = make()
    async with at_work(connector, logged_in=False) as events:
        await until(lambda: connector.status().last_error == OFFLINE)
        qq.online = True
        await qq.beat()
        await events.first(LoggedIn)
        assert connector.status().last_error is None


async def test_a_silent_gateway_is_asked_and_then_given_up(
    qq: FakeGateway, db: Database, tmp_path: Path, time: FakeTime
) -> None:
    connector = OneBotConnector(db, qq.settings(), tmp_path, time.clock)
    async with at_work(connector) as events:
        for _ in range(3):  # without heartbeats, its answers show that it is there
            before = len(qq.calls)
            await time.advance(30)
            await until(lambda: len(qq.calls) > before)  # noqa: B023 - it ends within the round
            await time.advance(15)
            await events.first(Heartbeat)
        qq.hangs.add("get_status")
        for _ in range(6):
            await time.advance(15)
        await until(lambda: connector.status().state == "failed")
    assert "sent nothing for" in (connector.status().last_error or "")


@pytest.mark.parametrize(
    ("by", "off_s", "said"),
    [
        (ANN, 600, "10 min behind QQ's; set it"),
        (OWNER, -600, "10 min ahead of QQ's; set it"),
        (ANN, -600, None),  # their message was late
        (OWNER, 30, None),
    ],
)
async def test_a_clock_that_is_off(
    qq: FakeGateway, make: Make, by: int, off_s: float, said: str | None
) -> None:
    connector = make()
    async with at_work(connector) as events:
        to = OWNER if by == ANN else ANN
        await qq.tell(qq.write("hi", by=by, to=to, at=wall.time() + off_s))
        await events.first(MessageReceived)
        assert (said or "") in (connector.status().last_error or "")
        assert (connector.status().last_error is None) == (said is None)
        await qq.say("right again")
        await events.first(MessageReceived)
        assert connector.status().last_error is None


async def test_without_heartbeats_the_login_is_asked_for_too(
    qq: FakeGateway, db: Database, tmp_path: Path, time: FakeTime
) -> None:
    connector = OneBotConnector(db, qq.settings(), tmp_path, time.clock)
    async with at_work(connector) as events:
        qq.online = False
        before = len(qq.calls)
        await time.advance(30)
        await until(lambda: len(qq.calls) > before)
        await events.first(LoggedOut)
        assert connector.status().last_error == OFFLINE


async def test_calls_that_hang_keep_nobody_from_the_login(
    qq: FakeGateway, make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("twin.connectors.onebot.gateway.ANSWER_S", 0.05)
    qq.hangs = {"get_status", "get_friend_list", "get_group_list", "get_recent_contact"}
    async with at_work(make()) as events:
        await qq.say("hi")
        assert (await events.first(MessageReceived)).sender_name == "Ann"  # as they call themselves


async def test_another_account_is_another_connection(qq: FakeGateway, make: Make) -> None:
    """Whose messages are the owner's is asked for at its begin."""
    connector = make()
    async with at_work(connector) as events:
        await qq.tell(qq.write("hi") | {"self_id": 10_009})
        await until(lambda: connector.status().state == "failed")
        assert not any(isinstance(event, MessageReceived) for event in events.all)
    assert "another account" in (connector.status().last_error or "")


async def test_status_tells_it_too(
    qq: FakeGateway, db: Database, make: Make, tmp_path: Path
) -> None:
    with pytest.raises(GatewayError):
        await make(token="wrong").run(nobody)
    path = tmp_path / "config.toml"
    path.write_text('[paths]\ndata = "."\n[connectors.onebot]\nenabled = true\n')
    [trouble] = collect_status(load_config(path), db)["connectors"]
    assert trouble["connector"] == "qq"
    assert TOKEN_VARIABLE in trouble["remedy"]


def test_a_token_that_no_header_carries(db: Database, tmp_path: Path) -> None:
    for token in ("密码", "a\nb"):
        with pytest.raises(InputError, match=TOKEN_VARIABLE):
            OneBotConnector(db, Settings(token=token), tmp_path)
    [problem] = CONNECTOR.problems(Settings(token="密码"), tmp_path)
    assert TOKEN_VARIABLE in problem.remedy


def test_the_token_of_the_environment_goes_first(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = Settings(token="the file's")
    assert settings.secret == "the file's"
    assert "the file's" not in repr(settings)
    monkeypatch.setenv(TOKEN_VARIABLE, "the environment's\n")
    assert settings.secret == "the environment's"


def test_the_shipped_file_holds_every_setting() -> None:
    assert CONNECTOR.of(load_config(DEFAULT_FILE)) == Settings()


@pytest.mark.parametrize(
    "url",
    [
        *("http://x/", "ws://", "ws://x/?access_token=y", "ws://me:pw@x/", "ws://no such.host/"),
        *("ws://x:99999/", "ws://:3001/", "ws://[::1/", "ws://x:port/", "ws://x:0/"),
    ],
)
def test_an_address_with_a_secret_or_of_another_kind_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match="url"):
        Settings(url=url)


def test_a_damaged_note_is_no_problem(tmp_path: Path) -> None:
    (tmp_path / "onebot").mkdir()
    for damaged in ("{", "[]", '{"echo": 1}', "null"):
        (tmp_path / "onebot/troubles.json").write_text(damaged)
        assert CONNECTOR.problems(Settings(), tmp_path) == []
