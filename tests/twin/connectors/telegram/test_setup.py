"""Connecting a bot, step by step, and what is kept of it."""

import asyncio
import io
import json
import os
import stat
from collections.abc import Callable
from pathlib import Path

import pytest

import bot
from storage.errors import TwinError
from tests.terminal import Keyboard
from tests.twin.connectors.telegram.bot_api import OWNER, TOKEN, BotApi
from twin.clock import Clock
from twin.connectors.telegram import CONNECTOR
from twin.connectors.telegram.account import (
    TOKEN_VARIABLE,
    connection_file,
    find_token,
    load_connection,
    save_token,
    token_file,
)
from twin.connectors.telegram.api import ApiClient
from twin.connectors.telegram.settings import Settings
from twin.connectors.telegram.setup import Setup, walk
from twin.dashboard.wording import finding_in
from twin.diagnostics.findings import Check
from twin.language import Language

pytestmark = pytest.mark.server

EVE = {"id": 300, "is_bot": False, "first_name": "Eve"}


@pytest.fixture
def config(api: BotApi, tmp_path: Path) -> Path:
    path = tmp_path / "config.toml"
    path.write_text(f'[connectors.telegram]\nserver = "{api.url}"\n', encoding="utf-8")
    return path


async def run(config: Path, *arguments: str) -> int:
    return await asyncio.to_thread(bot.main, ["telegram", *arguments, "--config", str(config)])


async def test_each_step_is_told_and_checked(api: BotApi, tmp_path: Path) -> None:
    told, asked, waits = list[str](), list[str](), list[float]()
    api.bot["can_connect_to_business"] = False
    api.rights = {}
    api.refuse("sendChatAction", 403, "Forbidden: bot was blocked by the user")
    steps: dict[str, Callable[[], object]] = {
        "Secretary Mode": lambda: api.bot.update(can_connect_to_business=True),
        "is not connected": lambda: api.connect(user=EVE, id="bc-9"),
        "may not answer yet": lambda: api.rights.update(can_reply=True),
        "press Start": lambda: None,
    }

    def say(text: str) -> None:
        told.extend(words for words in steps if words in text)
        steps[told[-1]]()

    def confirm(question: str) -> bool:
        asked.append(question)
        if "Eve" in question:
            api.connect()
        return "Olga" in question

    async def wait(seconds: float) -> None:
        api.ahead_s += seconds
        waits.append(seconds)
        assert len(waits) < 20

    async with ApiClient(TOKEN, api.url) as client:
        setup = Setup(client, tmp_path, listens=True)
        progress = await walk(setup, say, confirm, Clock(sleep=wait), patient=True)
    assert told == list(steps)
    assert len(asked) == 2
    assert progress.connection is not None
    assert (progress.connection.owner_name, progress.connection.can_reply) == ("Olga", True)
    assert set(waits) == {3.0}
    assert api.confirmed <= 0  # what was written meanwhile is left to the bot


async def test_it_goes_on_where_it_was(
    api: BotApi,
    config: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{TOKEN}\n"))
    assert await run(config, "connect") == 1
    assert "is not connected to your account yet" in capsys.readouterr().err
    path = token_file(tmp_path / "data")
    if os.name == "posix":
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    api.friend_says("hi")  # the connection was told before, and a message came through it
    api.connected_at = 1
    api.enabled = True
    assert await run(config, "connect", "--json") == 0
    said = capsys.readouterr()
    assert json.loads(said.out) == {
        "bot": "twin_test_bot",
        "owner": "Olga",
        "can_reply": True,
        "can_read_messages": True,
    }
    assert "enabled = true" in await asyncio.to_thread(config.read_text, "utf-8")
    assert await run(config, "disconnect") == 0
    assert not path.exists()
    assert not connection_file(tmp_path / "data").exists()
    assert TOKEN.partition(":")[2] not in said.out + said.err + "".join(capsys.readouterr())


@pytest.mark.parametrize(
    "answer",
    [
        (200, "<html>Log in to this network</html>"),
        (404, "<html>No such page</html>"),
        (200, "[1]"),
        (200, '{"ok": true, "result": null}'),
        (200, '{"ok": true, "result": {"id": 1}}'),
    ],
)
async def test_what_is_no_bot_api_is_one_line_with_a_remedy(
    api: BotApi,
    config: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    answer: tuple[int, str],
) -> None:
    """A page that is not there is no token that is refused."""
    api.odd["getme"] = answer
    monkeypatch.setattr("sys.stdin", io.StringIO(TOKEN))
    assert await run(config, "connect") != 0
    [line] = capsys.readouterr().err.splitlines()
    assert f"an answer that can't be read (HTTP {answer[0]}); check" in line


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("", "no token was given"),
        ("hello", "this is no token"),
        ("4242:a-token-that-nobody-gave", "refused (mistyped or revoked)"),
    ],
)
async def test_a_wrong_token_is_one_line_and_not_kept(
    config: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    given: str,
    said: str,
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(given))
    assert await run(config, "connect") != 0
    told = capsys.readouterr().err
    assert said in told
    assert told.count("\n") == 1
    assert not given or given not in told
    assert not token_file(tmp_path / "data").exists()


async def test_after_a_refused_token_another_one_is_asked_for(
    api: BotApi,
    config: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked = list[str]()

    def confirm(question: str) -> bool:
        asked.append(question)
        return True

    save_token(tmp_path / "data", "4242:revoked-long-ago")
    monkeypatch.setattr("sys.stdin", Keyboard())
    monkeypatch.setattr("getpass.getpass", lambda prompt: TOKEN)
    monkeypatch.setattr("typer.confirm", confirm)
    api.connect()
    assert await run(config, "connect") == 0
    assert asked == ["The bot is connected to the account of Olga (id 100). Is this you?"]
    assert find_token(tmp_path / "data") == TOKEN
    told = capsys.readouterr()
    assert "mistyped or revoked" in told.err
    assert "https://t.me/BotFather" in told.out
    assert await run(config, "connect") == 0  # once it is known whose it is, nobody is asked
    assert len(asked) == 1


async def test_no_server_is_one_line(
    api: BotApi, config: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    await api.stop()
    monkeypatch.setenv(TOKEN_VARIABLE, TOKEN)
    assert await run(config, "connect") == 1
    told = capsys.readouterr().err
    assert "can't be reached (Connect call failed" in told
    assert told.count("\n") == 1


def test_the_environments_token_goes_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert find_token(tmp_path) is None
    save_token(tmp_path, TOKEN)
    assert find_token(tmp_path) == TOKEN
    monkeypatch.setenv(TOKEN_VARIABLE, "9999:another-token")
    assert find_token(tmp_path) == "9999:another-token"
    monkeypatch.setenv(TOKEN_VARIABLE, "https://t.me/secret")
    with pytest.raises(TwinError) as refused:
        find_token(tmp_path)
    assert "secret" not in str(refused.value)


@pytest.mark.parametrize("kept", ["", "{", "[]", '{"id": 5}', "\ufeff"])
def test_a_damaged_file_is_no_new_owner(tmp_path: Path, kept: str) -> None:
    path = connection_file(tmp_path)
    path.parent.mkdir()
    path.write_text(kept, encoding="utf-8")
    with pytest.raises(TwinError, match="delete it, then"):
        load_connection(tmp_path)


def test_the_doctor_says_what_is_missing(tmp_path: Path) -> None:
    def found() -> list[str]:
        return [problem.found for problem in CONNECTOR.problems(Settings(enabled=True), tmp_path)]

    assert found() == ["no bot's token"]
    save_token(tmp_path, TOKEN)
    assert found() == ["the bot is not connected to your account"]
    connection = {
        "bot_id": 4242,
        "id": "bc-1",
        "owner_id": OWNER["id"],
        "owner_name": "Olga",
        "chat_id": OWNER["id"],
        "since": 1,
        "is_enabled": True,
        "can_reply": True,
        "can_read": False,
    }
    connection_file(tmp_path).write_text(json.dumps(connection), encoding="utf-8")
    assert found() == []
    connection_file(tmp_path).write_text(
        json.dumps(connection | {"can_reply": False}), encoding="utf-8"
    )
    assert found() == ["the bot may not answer"]
    if os.name == "posix":
        token_file(tmp_path).chmod(0o644)
        assert found()[-1].startswith("others can read")


def test_the_pages_say_it_in_the_owners_language(tmp_path: Path) -> None:
    save_token(tmp_path, TOKEN)
    (problem,) = CONNECTOR.problems(Settings(enabled=True), tmp_path)
    check = Check(CONNECTOR.title, "fail", problem.found, problem.remedy)
    found, remedy = finding_in(Language("zh_CN"), check)
    assert found == "Telegram：机器人还没有连接到你的账号"
    assert remedy == "`bot.py telegram connect`"
