"""Install, remove and look after the service of this system."""

import getpass
import os
import re
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from xml.sax.saxutils import escape

from platformdirs import user_config_path

from storage.atomic_files import write_bytes
from storage.errors import InputError, TwinError, cause_of
from twin.service.command import bot_command
from twin.service.launchd import agent
from twin.service.systemd import description, unit
from twin.service.windows import task

NAME = "twin"
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]{0,49}")
TIMEOUT_S = 60


@dataclass(frozen=True, slots=True)
class Service:
    """What is written, in which encoding, and what is run then; `remove` and `state` likewise.

    `hint`: what the owner may want to do besides. `mark`: what the file has if it is of these
    settings; empty where it lies beside them.
    """

    file: Path
    content: str
    encoding: str
    install: Sequence[Sequence[str]]
    remove: Sequence[Sequence[str]]
    state: Sequence[str]
    hint: str
    mark: str = ""


def service(settings: Path, name: str = NAME, system: str = sys.platform) -> Service:
    """The service of that name. Raises InputError for names and paths that can't be one's."""
    if not _NAME.fullmatch(name):
        raise InputError(f"{name!r}: no name for a service; use letters, digits and -")
    makers = {"linux": _systemd, "darwin": _launchd, "win32": _windows}
    if system not in makers:
        raise InputError(f"{system}: no service is known here; start `bot.py run` some other way")
    return makers[system](settings.resolve(), name)


def install(wanted: Service) -> None:
    """Write the file and start the service, now and with the machine. Raises TwinError."""
    _refuse_others(wanted)
    try:
        write_bytes(wanted.file, wanted.content.encode(wanted.encoding), mode=0o600)
    except OSError as error:
        raise TwinError(
            f"{wanted.file}: can't be written ({error.strerror}); check its folder"
        ) from error
    for command in wanted.install:
        _run(command)


def remove(wanted: Service) -> None:
    """Stop it and delete its file; settings and data stay. Raises TwinError."""
    if not wanted.file.exists():
        raise InputError(f"{wanted.file}: there is no such service; see `bot.py service status`")
    _refuse_others(wanted)
    first, *rest = wanted.remove
    _run(first)
    wanted.file.unlink(missing_ok=True)
    for command in rest:
        _run(command)


def state(wanted: Service) -> str:
    """In the system's own words. Raises TwinError where it has no such program."""
    if not wanted.file.exists():
        return "not installed"
    ended = _call(wanted.state)
    lines = (ended.stdout.strip() or ended.stderr.strip()).splitlines()
    return lines[0] if lines else f"exit code {ended.returncode}"


def _refuse_others(wanted: Service) -> None:
    """Another twin's service, or another program's, is left alone. Raises InputError."""
    if not wanted.file.exists():
        return
    if wanted.mark not in wanted.file.read_text(wanted.encoding, "replace"):
        raise InputError(
            f"{wanted.file}: not of these settings; give another --name, or delete the file"
        )


def _systemd(settings: Path, name: str) -> Service:
    of_user = ["systemctl", "--user"]
    return Service(
        file=user_config_path() / "systemd" / "user" / f"{name}.service",
        content=unit(bot_command(settings), settings),
        encoding="utf-8",
        install=[[*of_user, "daemon-reload"], [*of_user, "enable", "--now", name]],
        remove=[[*of_user, "disable", "--now", name], [*of_user, "daemon-reload"]],
        state=[*of_user, "is-active", name],
        hint="To run it while you are logged out, too: `loginctl enable-linger`. "
        f"Its log: `journalctl --user -u {name}`.",
        mark=description(settings),
    )


def _launchd(settings: Path, name: str) -> Service:
    label = f"local.{name}"
    file = Path.home() / "Library" / "LaunchAgents" / f"{label}.plist"
    domain = f"gui/{os.getuid()}" if hasattr(os, "getuid") else "gui/501"
    return Service(
        file=file,
        content=agent(bot_command(settings), settings, label),
        encoding="utf-8",
        install=[["launchctl", "bootstrap", domain, str(file)]],
        remove=[["launchctl", "bootout", f"{domain}/{label}"]],
        state=["launchctl", "print", f"{domain}/{label}"],
        hint=f"Its log: {settings.parent / 'twin.log'}",
        mark=escape(str(settings)),
    )


def _windows(settings: Path, name: str) -> Service:
    file = settings.parent / f"{name}-task.xml"
    of_task = ["/TN", name]
    return Service(
        file=file,
        content=task(bot_command(settings), getpass.getuser()),
        encoding="utf-16",
        install=[
            ["schtasks", "/Create", *of_task, "/XML", str(file), "/F"],
            ["schtasks", "/Run", *of_task],
        ],
        remove=[["schtasks", "/Delete", *of_task, "/F"]],
        state=["schtasks", "/Query", *of_task, "/FO", "CSV", "/NH"],
        hint="It starts when you log in.",
    )


def _run(command: Sequence[str]) -> None:
    ended = _call(command)
    if ended.returncode:
        said = cause_of(Exception(ended.stderr or ended.stdout)) or "no details"
        raise TwinError(f"`{' '.join(command)}` failed ({said}); run it by hand to see more")


def _call(command: Sequence[str]) -> subprocess.CompletedProcess[str]:
    try:
        return subprocess.run(
            command, capture_output=True, text=True, errors="replace", timeout=TIMEOUT_S
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise TwinError(
            f"{command[0]}: can't be run ({cause_of(error)}); start `bot.py run` some other way"
        ) from None
