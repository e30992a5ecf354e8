"""What starts the bot with the machine, as systemd, launchd and Windows read it."""

import plistlib
import re
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from storage.errors import InputError, TwinError
from tests.terminal import Terminal
from twin.service.command import bot_command
from twin.service.install import Service, install, remove, service, state
from twin.service.systemd import unit

# A folder's name with whatever one of the formats gives a meaning to.
HOSTILE = "a b 'c' \"d\" %h $HOME ${x} <&> ; # \\t 分身 \U0001f916"
IN_XML = {"": "http://schemas.microsoft.com/windows/2004/02/mit/task"}
LINUX = pytest.mark.skipif(sys.platform == "win32", reason="Windows forbids such names")


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr("twin.service.install.user_config_path", lambda: tmp_path / "config")
    monkeypatch.setattr(Path, "home", lambda: tmp_path / "home")
    folder = tmp_path / HOSTILE
    folder.mkdir()
    return folder / "config.toml"


@LINUX
@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="needs systemd")
def test_systemd_finds_the_program_of_the_unit(settings: Path, tmp_path: Path) -> None:
    """It says of a program that is not there; the quotes are right if it finds this one."""
    program = tmp_path / re.sub(r"[\"'\\]", "", HOSTILE)
    shutil.copy("/bin/true", program)
    for place, is_found in ((program, True), (program.with_name("gone"), False)):
        file = tmp_path / "twin.service"
        file.write_text(unit([str(place), "run", "--config", str(settings)], settings), "utf-8")
        said = subprocess.run(
            ["systemd-analyze", "verify", "--user", "--man=no", file],
            capture_output=True,
            text=True,
            env={"XDG_RUNTIME_DIR": str(tmp_path), "PATH": "/usr/bin:/bin"},
        ).stderr
        ours = [line for line in said.splitlines() if "twin.service" in line]
        assert (ours == []) is is_found, said


def test_a_program_that_systemd_starts_never_is_refused(settings: Path) -> None:
    with pytest.raises(InputError, match="another folder"):
        unit(["/a 'b'/python"], settings)


@LINUX
def test_the_unit_keeps_what_was_chosen(settings: Path) -> None:
    lines = service(settings, system="linux").content.splitlines()
    (started,) = [line for line in lines if line.startswith("ExecStart=")]
    assert started.startswith('ExecStart=:"')
    assert "%%h $HOME" in started
    assert f"EnvironmentFile=-{str(settings.parent).replace('%', '%%')}/environment" in lines
    assert {"Restart=on-failure", "NoNewPrivileges=yes", "UMask=0077"} <= set(lines)


@LINUX
def test_the_agent_of_launchd(settings: Path, tmp_path: Path) -> None:
    made = service(settings, "second", "darwin")
    content = plistlib.loads(made.content.encode())
    assert content["ProgramArguments"] == bot_command(settings)
    assert content["Label"] == "local.second"
    assert made.file == tmp_path / "home/Library/LaunchAgents/local.second.plist"


@LINUX
def test_the_task_of_windows(settings: Path) -> None:
    made = service(settings, system="win32")
    top = ET.fromstring(made.content.encode(made.encoding))
    program, *arguments = bot_command(settings)
    assert top.findtext("Actions/Exec/Command", namespaces=IN_XML) == program
    given = top.findtext("Actions/Exec/Arguments", namespaces=IN_XML)
    assert given == subprocess.list2cmdline(arguments)
    assert top.findtext("Settings/ExecutionTimeLimit", namespaces=IN_XML) == "PT0S"
    assert top.find("Settings/RestartOnFailure", IN_XML) is not None


@pytest.mark.parametrize("name", ["", "-x", "a/b", "a b", "..", "x" * 51, "twin\n"])
def test_a_name_is_plain(settings: Path, name: str) -> None:
    with pytest.raises(InputError, match="no name"):
        service(settings, name)


def test_a_path_of_several_lines_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="can't hold"):
        bot_command(tmp_path / "a\nb" / "config.toml")


def test_an_unknown_system_is_refused(settings: Path) -> None:
    with pytest.raises(InputError, match="no service"):
        service(settings, system="plan9")


@LINUX
@pytest.mark.parametrize("system", ["linux", "darwin"])
def test_the_service_of_another_twin_is_left_alone(settings: Path, system: str) -> None:
    def made(file: Path) -> Service:
        true = [[sys.executable, "-c", ""]]
        return replace(service(file, system=system), install=true, remove=true)

    mine, other = made(settings), made(settings.with_name("other.toml"))
    install(other)
    for act in (install, remove):
        with pytest.raises(InputError, match="another --name"):
            act(mine)
    assert mine.file.read_text("utf-8") == other.content
    install(other)
    remove(other)
    install(mine)
    assert mine.file.read_text("utf-8") == mine.content


def of_this_system(settings: Path, tmp_path: Path, ending: int) -> Service:
    python = [sys.executable, "-c", f"import sys; print('busy'); sys.exit({ending})"]
    file = tmp_path / "there" / "twin.service"
    return Service(file, "[Unit]\n", "utf-8", [python], [python, python], python, "")


def test_there_and_away_again(settings: Path, tmp_path: Path) -> None:
    made = of_this_system(settings, tmp_path, 0)
    assert state(made) == "not installed"
    with pytest.raises(InputError, match="no such service"):
        remove(made)
    install(made)
    assert made.file.read_text("utf-8") == "[Unit]\n"
    assert state(made) == "busy"
    remove(made)
    assert not made.file.exists()


def test_what_the_system_refuses_is_said(settings: Path, tmp_path: Path) -> None:
    with pytest.raises(TwinError, match=r"failed \(busy\)"):
        install(of_this_system(settings, tmp_path, 3))
    missing = Service(tmp_path / "x", "", "utf-8", [["no-such-program"]], [], [], "")
    with pytest.raises(TwinError, match="some other way"):
        install(missing)


def test_a_dry_run_changes_nothing(
    tmp_path: Path, settings: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run = Terminal(tmp_path, capsys)
    shown = run.json("service", "install", "--dry-run")
    assert str(tmp_path / "config.toml") in shown["content"]
    assert shown["commands"]
    assert not Path(shown["file"]).exists()
    assert run.json("service", "status")["state"] == "not installed"
    assert "no such service" in run.error("service", "remove")
