"""Find the server, log in once, log out."""

import asyncio
import getpass
import io
import json
import sys
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

import bot
from storage.errors import TwinError
from tests.terminal import Keyboard
from tests.twin.connectors.matrix.odd_server import OddServer, odd_server
from tests.twin.connectors.matrix.owner_keys import set_up, trusts
from tests.twin.connectors.matrix.synapse import Synapse
from tests.twin.connectors.matrix.world import World
from twin.config.load import load_config
from twin.connectors.matrix import login
from twin.connectors.matrix.account import account_file, load_account


@pytest.fixture
def config(tmp_path: Path) -> Path:
    path = tmp_path / "config.toml"
    path.write_text("", encoding="utf-8")
    return path


@pytest.fixture
def world(synapse: Synapse) -> World:
    return World(synapse)


def matrix(
    monkeypatch: pytest.MonkeyPatch, config: Path, *given: str, secret: str = "secret"
) -> int:
    monkeypatch.setattr(sys, "stdin", io.StringIO(secret + "\n"))
    return bot.main(["matrix", *given, "--config", str(config)])


def test_a_password_is_asked_for_once_and_not_kept(
    world: World, config: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    user, url, data = world.phone["user_id"], world.server.url, load_config(config).data
    assert matrix(monkeypatch, config, "login", user, "--homeserver", url) == 0
    first = load_account(data)
    assert first is not None
    assert first.user_id == user
    assert account_file(data).stat().st_mode & 0o777 == 0o600
    assert "secret" not in account_file(data).read_text("utf-8").replace(first.token, "")
    said = capsys.readouterr()
    assert first.token not in said.out + said.err
    assert "is not encrypted" in said.err

    # Again, it goes on as the same device; another account has to wait for a logout.
    assert matrix(monkeypatch, config, "login", user, "--homeserver", url) == 0
    again = load_account(data)
    assert again is not None
    assert again.device_id == first.device_id
    assert matrix(monkeypatch, config, "login", world.ann["user_id"], "--homeserver", url) == 2
    assert "`bot.py matrix logout`" in capsys.readouterr().err

    assert matrix(monkeypatch, config, "logout") == 0
    assert load_account(data) is None
    with pytest.raises(TwinError, match="does not know this access token"):
        asyncio.run(login.adopt_token(url, again.token))
    assert matrix(monkeypatch, config, "logout") == 2


def test_a_token_is_taken_for_its_own_account_alone(
    world: World, config: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    token, data = world.twin["access_token"], load_config(config).data
    given = ("--token", "--homeserver", world.server.url)
    other = world.ann["user_id"]
    assert matrix(monkeypatch, config, "login", other, *given, secret=token) == 2
    assert load_account(data) is None
    assert matrix(monkeypatch, config, "login", world.phone["user_id"], *given, secret=token) == 0
    account = load_account(data)
    assert account is not None
    assert (account.device_id, account.token) == ("TWIN", token)
    capsys.readouterr()


def test_the_password_is_typed_without_an_echo(
    world: World, config: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    def ask(question: str) -> str:
        asked.append(question)
        return "secret"

    monkeypatch.setattr(getpass, "getpass", ask)
    monkeypatch.setattr(sys, "stdin", Keyboard())
    user = world.phone["user_id"]
    given = ["matrix", "login", user, "--homeserver", world.server.url, "--config", str(config)]
    assert bot.main(given) == 0
    assert asked[0] == f"Password of {user}: "
    assert asked[1].startswith("Your recovery key, ")


def test_with_the_recovery_key_friends_trust_the_device(
    world: World, config: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    user, data = world.phone["user_id"], load_config(config).data

    def is_trusted() -> bool:
        account = load_account(data)
        assert account is not None
        return trusts(world.server, world.ann["access_token"], user, account.device_id)

    assert matrix(monkeypatch, config, "verify", secret="any") == 2
    assert "nobody is logged in" in capsys.readouterr().err
    key, given = set_up(world.server, dict(world.phone)), ("--homeserver", world.server.url)
    mistyped = f"secret\n{key[:-1]}"
    assert matrix(monkeypatch, config, "login", user, *given, secret=mistyped) == 0
    assert "later with `bot.py matrix verify`" in capsys.readouterr().err
    assert matrix(monkeypatch, config, "verify", secret=key[:-1]) == 2
    assert matrix(monkeypatch, config, "verify", secret=key) == 0
    assert is_trusted()
    assert matrix(monkeypatch, config, "logout") == 0
    assert matrix(monkeypatch, config, "login", user, *given, secret=f"secret\n{key}") == 0
    said = capsys.readouterr()
    assert "friends' apps trust it" in said.err
    assert key not in said.out + said.err
    assert is_trusted()


@pytest.mark.parametrize(
    ("given", "told"),
    [
        (("sam",), "'sam' is no user; give an id such as @sam:example.org"),
        (("@sam:x", "--homeserver", "nowhere"), "'nowhere' is no address of a server"),
        (("@sam:x", "--homeserver", "http://127.0.0.1:1"), "can't be reached"),
        (("@sam:localhost:1",), "https://localhost:1 can't be reached"),
    ],
)
def test_what_is_wrong_is_one_line(
    config: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    given: tuple[str, ...],
    told: str,
) -> None:
    assert matrix(monkeypatch, config, "login", *given) != 0
    [line] = [one for one in capsys.readouterr().err.splitlines() if one.startswith("error:")]
    assert told in line


def test_a_wrong_password_is_one_line(world: World) -> None:
    with pytest.raises(TwinError, match="refuses this name and password"):
        asyncio.run(login.log_in(world.server.url, world.phone["user_id"], "wrong"))


@pytest.mark.parametrize(
    ("flows", "told"),
    [
        ({}, "is no Matrix server"),
        ({"flows": [{"type": "m.login.sso"}]}, "takes no password; make an access token"),
    ],
)
async def test_a_server_that_takes_no_password(
    monkeypatch: pytest.MonkeyPatch, flows: dict[str, Any], told: str
) -> None:
    async with odd_server() as server:
        server.documents["login"] = flows
        with pytest.raises(TwinError, match=told):
            await login.log_in(server.url, "@sam:odd.test", "secret")


@pytest.mark.parametrize(
    ("known", "address"),
    [
        ({"m.homeserver": {"base_url": "https://matrix.x/"}}, "https://matrix.x"),
        ({}, "https://x"),
        ({"m.homeserver": []}, "https://x"),
        ({"m.homeserver": {"base_url": 5}}, "https://x"),
    ],
)
async def test_where_the_server_is(
    monkeypatch: pytest.MonkeyPatch, known: dict[str, Any], address: str
) -> None:
    async def answer(session: object, asked: str) -> dict[str, Any]:
        assert asked == "https://x/.well-known/matrix/client"
        return json.loads(json.dumps(known))  # type: ignore[no-any-return]

    monkeypatch.setattr(login, "_json", answer)
    assert await login.find_homeserver("@sam:x") == address


async def test_a_domain_that_names_no_address_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    async def answer(session: object, asked: str) -> dict[str, Any]:
        return {"m.homeserver": {"base_url": "file:///etc/passwd"}}

    monkeypatch.setattr(login, "_json", answer)
    with pytest.raises(TwinError, match="is no address of a server"):
        await login.find_homeserver("@sam:x")


@pytest.mark.parametrize("answer", [b"\xff", b"[" * 100_000, b"<html>Log in</html>"])
async def test_an_answer_that_is_none_is_one_line(
    monkeypatch: pytest.MonkeyPatch, answer: bytes
) -> None:
    async def answered(*_: object) -> web.Response:
        return web.Response(body=answer, content_type="application/json")

    monkeypatch.setattr(OddServer, "answer", answered)
    async with odd_server() as server:
        with pytest.raises(TwinError, match="is no Matrix server"):
            await login.log_in(server.url, "@sam:odd.test", "secret")
        with pytest.raises(TwinError, match="is the address right"):
            await login.adopt_token(server.url, "secret")
