"""A real sshd on loopback, with keys of its own, for whoever runs the tests."""

import getpass
import os
import shutil
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from tests.ports import free_port

SBIN = "/usr/sbin:/usr/local/sbin:/sbin"
SSHD = shutil.which("sshd") or shutil.which("sshd", path=SBIN)
KEYGEN = shutil.which("ssh-keygen")
HOST = "box"
SERVER = """
ListenAddress 127.0.0.1
Port {port}
HostKey {folder}/host
AuthorizedKeysFile {folder}/me.pub
PidFile none
StrictModes no
UsePAM no
PasswordAuthentication no
KbdInteractiveAuthentication no
PermitRootLogin prohibit-password
"""
CLIENT = """
Host {host} stranger
    HostName 127.0.0.1
    Port {port}
    User {user}
    IdentityFile {folder}/me
    IdentitiesOnly yes
    GlobalKnownHostsFile none
Host {host}
    UserKnownHostsFile {folder}/known
Host stranger
    UserKnownHostsFile none
"""


@dataclass(frozen=True, slots=True)
class Sshd:
    """`bin` is a folder with the client: it reads a configuration of its own, not the home's."""

    process: "subprocess.Popen[bytes]"
    port: int
    bin: Path


@contextmanager
def sshd(folder: Path) -> Iterator[Sshd]:
    """`box` is known to the client, `stranger` has a host key that it never saw."""
    assert SSHD is not None
    for name in ("host", "me"):
        new_key(folder / name)
    port = free_port()
    (folder / "server").write_text(SERVER.format(port=port, folder=folder))
    user = getpass.getuser()
    (folder / "client").write_text(CLIENT.format(port=port, folder=folder, host=HOST, user=user))
    key = (folder / "host.pub").read_text().rpartition(" ")[0]
    (folder / "known").write_text(f"[127.0.0.1]:{port} {key}\n")
    # It ends by itself too, should nobody be left to end it.
    command = ["timeout", "900", SSHD, "-D", "-e", "-f", str(folder / "server")]
    if os.geteuid() == 0:  # then it wants an empty folder for its own lesser part
        Path("/run/sshd").mkdir(mode=0o755, exist_ok=True)
    process = subprocess.Popen(command, stderr=subprocess.PIPE)
    try:
        _wait_for(process, port)
        yield Sshd(process, port, _client(folder))
    finally:
        process.terminate()
        process.wait()
        if process.stderr is not None:
            process.stderr.close()


def new_key(path: Path) -> None:
    assert KEYGEN is not None
    subprocess.run([KEYGEN, "-q", "-t", "ed25519", "-N", "", "-f", str(path)], check=True)


def _client(folder: Path) -> Path:
    (folder / "bin").mkdir()
    script = folder / "bin" / "ssh"
    script.write_text(f'#!/bin/sh\nexec {shutil.which("ssh")} -F {folder}/client "$@"\n')
    script.chmod(0o755)
    return script.parent


def _wait_for(process: "subprocess.Popen[bytes]", port: int) -> None:
    assert process.stderr is not None
    while line := process.stderr.readline():
        if b"Server listening" in line:
            break
    with suppress(OSError), socket.create_connection(("127.0.0.1", port)):
        return
    raise AssertionError("sshd does not listen")
