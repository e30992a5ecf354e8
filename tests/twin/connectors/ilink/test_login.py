"""What becomes of a code: scanned, dropped, doubted, moved to another server."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

import bot
from tests.twin.connectors.ilink.conftest import Hours
from tests.twin.connectors.ilink.server import BOT, OWNER, FakeILink, State, confirmed, serving
from twin.config.load import load_config
from twin.connectors.ilink import CONNECTOR
from twin.connectors.ilink.account import (
    Account,
    account_file,
    end_account,
    load_account,
    save_account,
)
from twin.connectors.ilink.client import ILinkError, open_session
from twin.connectors.ilink.login import Login
from twin.connectors.ilink.settings import Settings

OLD = Account(server="https://old.example", bot_id="old", owner_id=OWNER, token="old-token")


class Phone:
    """The owner in front of the code. `shown`: the codes; `asked`: whether a number was wrong."""

    def __init__(self, fake: FakeILink, server: str, hours: Hours) -> None:
        self.fake, self.server, self._clock = fake, server, hours.clock
        self.shown: list[str] = []
        self.asked: list[bool] = []

    async def scan(self, *codes: list[State], known: Account | None = None) -> Account:
        self.fake.codes.extend(codes)
        async with open_session() as session:
            login = Login(session, self._show, self._number, self._clock, known, self.server)
            return await login.run()

    async def _show(self, code: str) -> None:
        self.shown.append(code)

    async def _number(self, was_wrong: bool) -> str:
        self.asked.append(was_wrong)
        return f"{len(self.asked)}{len(self.asked)}"


@pytest.fixture
async def phone(hours: Hours) -> AsyncIterator[Phone]:
    async with serving() as (fake, server):
        yield Phone(fake, server, hours)


async def test_a_scanned_code_is_a_login(phone: Phone) -> None:
    states: list[State] = [{"status": "wait"}, {"status": "scaned"}, {"status": "something new"}]
    account = await phone.scan([*states, confirmed(phone.server)])
    assert account == Account(
        server=phone.server, bot_id=BOT, owner_id=OWNER, token="bot-token-1-secret"
    )
    assert phone.shown == ["https://liteapp.example/q/code-1"]
    assert "secret" not in repr(account)


async def test_a_code_that_is_dropped_is_followed_by_another_three_at_most(phone: Phone) -> None:
    dropped: State = {"status": "expired"}
    await phone.scan([dropped], [{"status": "verify_code_blocked"}], [confirmed(phone.server)])
    assert len(phone.shown) == 3
    with pytest.raises(ILinkError, match="nobody scanned the code in time"):
        await phone.scan([dropped], [dropped], [dropped], [confirmed(phone.server)])
    assert len(phone.shown) == 6


async def test_the_number_on_the_phone_is_asked_for_until_it_is_right(phone: Phone) -> None:
    asks: State = {"status": "need_verifycode"}
    await phone.scan([asks, asks, {"status": "scaned"}, confirmed(phone.server)])
    assert phone.asked == [False, True]
    given = [query.get("verify_code") for name, query in phone.fake.asked if "status" in name]
    assert given == [None, "11", "22", None]


async def test_another_server_may_be_the_accounts(phone: Phone) -> None:
    host = phone.server.partition("://")[2].replace("127.0.0.1", "localhost")
    moved: State = {"status": "scaned_but_redirect", "redirect_host": host}
    account = await phone.scan([moved, confirmed("", baseurl=None)])
    assert account.server == f"http://{host}"


async def test_a_bot_that_is_bound_here_goes_on_with_the_login_there_was(phone: Phone) -> None:
    bound: State = {"status": "binded_redirect"}
    ended = OLD.model_copy(update={"ended": True})
    assert await phone.scan([bound], known=ended) == OLD
    assert ("get_bot_qrcode", {"local_token_list": ["old-token"]}) in phone.fake.asked
    with pytest.raises(ILinkError, match="bound here already"):
        await phone.scan([bound])


@pytest.mark.parametrize("missing", ["bot_token", "ilink_bot_id", "ilink_user_id"])
async def test_half_a_login_is_none(phone: Phone, missing: str) -> None:
    with pytest.raises(ILinkError, match=missing):
        await phone.scan([confirmed(phone.server) | {missing: None}])
    with pytest.raises(ILinkError, match="server that is none"):
        await phone.scan([confirmed("somewhere")])


async def test_the_command_keeps_the_login_for_the_owner_alone(
    phone: Phone,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("twin.connectors.ilink.client.SERVER", phone.server)
    config = tmp_path / "config.toml"
    config.write_text("", encoding="utf-8")
    data = load_config(config).data
    account_file(data).parent.mkdir(parents=True)
    account_file(data).write_text("spoilt", encoding="utf-8")
    phone.fake.codes.append([confirmed(phone.server)])
    given = ["ilink", "login", "--config", str(config)]
    assert await asyncio.to_thread(bot.main, given) == 0
    out, err = capsys.readouterr()
    assert out == "The bot is in your chats. Write to it: /twin\n"
    assert "https://liteapp.example/q/code-1" in err
    assert "set `enabled = true` in [connectors.ilink]" in err
    assert "secret" not in out + err
    kept = load_account(data)
    assert kept is not None
    assert kept.bot_id == BOT
    assert account_file(data).stat().st_mode & 0o777 == 0o600


def test_a_folder_that_can_t_be_written_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "ilink").write_text("a file", encoding="utf-8")
    with pytest.raises(Exception, match="make the folder writable"):
        save_account(tmp_path, OLD)


def test_the_doctor_says_whether_there_is_a_login(tmp_path: Path) -> None:
    def found() -> list[str]:
        return [problem.found for problem in CONNECTOR.problems(Settings(), tmp_path)]

    assert found() == ["no bot is in your WeChat yet"]
    save_account(tmp_path, OLD)
    assert found() == []
    end_account(tmp_path, OLD)
    assert found() == ["WeChat ended the bot's session"]
    account_file(tmp_path).write_text("spoilt", encoding="utf-8")
    assert "it is not a login" in found()[0]
