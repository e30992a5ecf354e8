"""ssh as it fails: each time one line with a remedy."""

import json
import os
import re
from pathlib import Path

import pytest

from storage.errors import InputError, TwinError
from tests.training.remote.sshd import SSHD, Sshd, new_key
from training.remote import connection, protocol
from training.remote.connection import COMMAND, LineCutError, connected
from twin.config.load import parse_config
from twin.config.schema import Config, TrainSettings
from twin.places import program_version

GREETS = f"""echo '{{"twin": "{program_version()}", "base": null}}'"""


def settings(command: str, host: str = "box") -> TrainSettings:
    # What is called there is the command with one word behind it.
    return TrainSettings(on=host, on_command=f"{command} #")


def use(folder: Path, script: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """As ssh, a script: it gets the whole command as its last word."""
    (folder / "ssh").write_text(f"#!/bin/sh\n{script}\n")
    (folder / "ssh").chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")


def refusal(given: TrainSettings) -> TwinError:
    with pytest.raises(TwinError) as error, connected(given):
        pytest.fail("nobody is there")
    assert len(str(error.value).splitlines()) == 1
    assert str(error.value).isprintable()
    assert len(str(error.value)) < 600
    return error.value


@pytest.mark.parametrize(
    ("script", "kind", "told"),
    [
        ("echo 'sh: twin: not found' >&2; exit 127", InputError, "on_command to how it is called"),
        ("echo 'Connection refused' >&2; exit 255", LineCutError, r"ended \(Connection refused\)"),
        ("exit 3", LineCutError, "no word why"),
        (
            """echo '{"twin": "0.0.1"}'; cat""",
            InputError,
            "has version 0.0.1 of this program, here",
        ),
        ("""printf '{"twin": "\\\\u001b[31m\\\\n\\\\u202e"}\\n'; cat""", InputError, "has version"),
        ("yes", protocol.NonsenseError | TwinError, "no line of this program"),
        ("head -c 300000 /dev/zero; cat", TwinError, "ended|no line"),
        ("yes 'very long' | head -c 999999 | tr '\\n' ' ' >&2; exit 255", LineCutError, "ended"),
    ],
)
def test_what_another_machine_says_instead_of_a_greeting(
    script: str, kind: type[TwinError], told: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection, "LEAVES_S", 2.0)
    if script.startswith("head"):  # the only one that says nothing more
        monkeypatch.setattr(connection, "GREETING_S", 0.5)
    use(tmp_path, script, monkeypatch)
    error = refusal(settings("twin"))
    assert isinstance(error, kind)
    assert re.search(told, str(error))


def test_what_a_login_prints_is_passed_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    use(tmp_path, f"echo Welcome; echo '[1, 2]'; {GREETS}; cat > /dev/null", monkeypatch)
    with connected(settings("twin")) as there:
        assert there.greeted["base"] is None


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        ('{"error": "no\\nroom"}', r"box: no\\nroom"),
        ("hello", "no line of this program"),
        ('{"bytes": 1e9}', "another length"),
        ('{"bytes": true}', "another length"),
    ],
)
def test_what_is_no_answer(
    answer: str, told: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "answer").write_text(answer + "\n")
    use(tmp_path, f"{GREETS}; cat {tmp_path}/answer; cat > /dev/null", monkeypatch)
    with connected(settings("twin")) as there, pytest.raises(TwinError) as error:
        there.ask("state", "0" * 32)
    assert re.search(told, str(error.value))


def test_no_ssh_here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert "install OpenSSH" in str(refusal(settings("twin")))


@pytest.mark.parametrize("host", ["-oProxyCommand=touch x", "a b", " ", "a\nb", "\0", "-"])
def test_a_host_is_no_option(host: str, config: Config, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="on = "):
        config.training_on(host)
    with pytest.raises(InputError, match=r"train\.on"):
        parse_config(f"train.on = {json.dumps(host)}", tmp_path / "config.toml")
    assert config.training_on("me@box").train.on == "me@box"


@pytest.mark.skipif(SSHD is None, reason="needs sshd (Debian: openssh-server)")
def test_nobody_is_asked_and_no_stranger_is_trusted(
    server: Sshd, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", f"{server.bin}{os.pathsep}{os.environ['PATH']}")
    with connected(settings(GREETS + "; cat > /dev/null")) as there:
        assert there.greeted["base"] is None
    assert "Host key verification failed" in str(refusal(settings(GREETS, "stranger")))
    missing = refusal(settings("no-such-program"))
    assert isinstance(missing, InputError)
    assert "not found there" in str(missing)
    other = server.bin.parent / "me"
    kept = other.read_bytes()
    try:
        other.unlink()
        new_key(tmp_path / "other")
        (tmp_path / "other").rename(other)
        assert "Permission denied" in str(refusal(settings(GREETS)))
    finally:
        other.write_bytes(kept)
    assert COMMAND == "train-for-others"
