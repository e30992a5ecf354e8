"""`bot.py history`: what it shows, as a table and as JSON, and what it refuses."""

import json
from pathlib import Path
from typing import Any

import pytest

import bot
from tests.twin.imports.past import THEN, PastOfAccount, said

DAY = 86_400


@pytest.fixture
def config(tmp_path: Path) -> Path:
    path = tmp_path / "config.toml"
    path.write_text("[connectors.wechaty]\nenabled = true\n")
    return path


@pytest.fixture
def account(monkeypatch: pytest.MonkeyPatch) -> PastOfAccount:
    """One that is called "there"."""
    found = PastOfAccount(
        {
            "@ann": [said("ho", at=9, mine=True), said("hi\x1b[2J", at=8)],
            "@bob\nerror: forged": [said("yo", at=DAY, chat="@bob\nerror: forged")],
        }
    )
    folders = [found.folder("there")]
    monkeypatch.setattr("twin.imports.history_report.connector_folders", lambda: folders)
    return found


def run(capsys: pytest.CaptureFixture[str], config: Path, *given: str) -> tuple[int, str, str]:
    code = bot.main(["history", *given, "--config", str(config)])
    shown = capsys.readouterr()
    return code, shown.out, shown.err


def document(capsys: pytest.CaptureFixture[str], config: Path, *given: str) -> dict[str, Any]:
    code, out, err = run(capsys, config, "--json", *given)
    assert (code, err) == (0, "")
    shown: dict[str, Any] = json.loads(out)
    return shown


def test_it_shows_each_chat(
    config: Path, account: PastOfAccount, capsys: pytest.CaptureFixture[str]
) -> None:
    code, out, err = run(capsys, config, "--dry-run")
    assert (code, err) == (0, "")
    for part in ("Would be brought", "there", "Ann", "50%", "3 messages, 3 new, 0 known before"):
        assert part in out
    assert "\x1b" not in out
    assert "\nerror" not in out
    shown = document(capsys, config)
    assert (shown["messages"], shown["new"]) == (3, 3)
    ann = next(chat for chat in shown["chats"] if chat["chat"] == "Ann")
    expected = {"account": "there", "messages": 2, "owner": 1, "first_at": THEN + 8000}
    assert expected.items() <= ann.items()
    assert document(capsys, config, "--since", "2020-01-01")["new"] == 0


def test_an_account_that_is_cut_off_is_told_with_what_to_do(
    config: Path, account: PastOfAccount, capsys: pytest.CaptureFixture[str]
) -> None:
    account.fails = {"@bob\nerror: forged": ConnectionResetError("reset\nerror: forged")}
    code, out, _ = run(capsys, config)
    assert code == 1
    assert "there: not all was brought: the connection is lost (reset\\nerror: forged)" in out
    assert "Run it again" in out
    account.fails = {}
    assert document(capsys, config)["new"] == 1


@pytest.mark.parametrize(
    ("given", "why"),
    [
        (["--account", "nowhere"], "account 'nowhere': no connection of that name"),
        (["--chat", "Zoe"], "chat 'Zoe': no account shows such a chat"),
        (["--since", "soon"], "since 'soon': not a date"),
        (["--same", "Ann"], "not two names"),
    ],
)
def test_what_does_not_fit_is_refused(
    config: Path,
    account: PastOfAccount,
    capsys: pytest.CaptureFixture[str],
    given: list[str],
    why: str,
) -> None:
    code, out, err = run(capsys, config, *given)
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert why in err


def test_without_a_connection_that_can_it_says_which_could(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config = tmp_path / "config.toml"
    config.touch()
    code, _, err = run(capsys, config)
    assert code == 2
    assert "history: no connection that is on shows its past" in err
