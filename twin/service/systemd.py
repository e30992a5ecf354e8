"""The unit of systemd, for the user's own services (systemd.service(5), systemd.exec(5))."""

from collections.abc import Sequence
from pathlib import Path

from storage.errors import InputError
from twin.places import SERVICE_SECRETS

# What works for a user's own service without namespaces, which some systems refuse them. No
# MemoryDenyWriteExecute: OpenVINO and compiled training make code. 2 is a wrong setting.
_UNIT = """\
[Unit]
Description={description}
StartLimitIntervalSec=600
StartLimitBurst=5

[Service]
ExecStart=:{command}
EnvironmentFile=-{secrets}
Restart=on-failure
RestartSec=10
RestartPreventExitStatus=2
TimeoutStopSec=60
UMask=0077
NoNewPrivileges=yes
LockPersonality=yes
RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6 AF_NETLINK
RestrictNamespaces=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
SystemCallArchitectures=native

[Install]
WantedBy=default.target
"""


def unit(command: Sequence[str], settings: Path) -> str:
    """The text of the unit. The `:` before the command leaves its dollars alone.

    Raises InputError for a program that systemd would not start, whatever quotes it is in.
    """
    if set(command[0]) & set("\"'\\"):
        raise InputError(
            f"{command[0]}: systemd starts no program whose path has a quote or a backslash; "
            "install it in another folder"
        )
    return _UNIT.format(
        description=description(settings),
        command=" ".join(map(_quoted, command)),
        secrets=_percents(str(settings.parent / SERVICE_SECRETS)),
    )


def description(settings: Path) -> str:
    """By which a unit is known as the one of these settings."""
    return f"AI twin ({_percents(str(settings))})"


def _quoted(word: str) -> str:
    escaped = word.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{_percents(escaped)}"'


def _percents(text: str) -> str:
    return text.replace("%", "%%")
