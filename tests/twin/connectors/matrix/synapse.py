"""A Synapse homeserver on loopback, as the tests hold it: SQLite, no federation, one bridge."""

import base64
import hashlib
import hmac
import json
import os
import secrets
import signal
import subprocess
import sys
import time
import urllib.request
from pathlib import Path
from typing import Any

from storage.errors import TwinError
from tests.ports import free_port

PYTHON_VARIABLE = "SYNAPSE_PYTHON"
DOMAIN = "twin.test"  # in every id; nothing resolves it
BRIDGE = "whatsapp"
BRIDGE_TOKEN = "bridge-token"
START_S = 90.0
_SECRET = "for tests only"
_UNLIMITED = {"per_second": 100_000, "burst_count": 100_000}
# It ends when its standard input does: by `stop`, and by itself when the tests are gone.
_MAIN = """\
import os, sys, threading
threading.Thread(target=lambda: (sys.stdin.read(), os._exit(0)), daemon=True).start()
from synapse.app.homeserver import main
main()
"""


def synapse_python() -> Path:
    """The interpreter with Synapse: SYNAPSE_PYTHON, or what `make test` installs."""
    default = Path(sys.prefix) / "synapse" / "bin" / "python"
    return Path(os.environ.get(PYTHON_VARIABLE) or default)


def missing() -> str | None:
    """Why there can be no server here; None if there can."""
    python = synapse_python()
    if not python.exists():
        return (
            f"needs a Python with matrix-synapse, and {python} is none: run "
            f"`make .venv/synapse.stamp` or set {PYTHON_VARIABLE}"
        )
    return None


class Synapse:
    """A process with an address. `more` goes over its settings, say limits of its own."""

    def __init__(self, folder: Path, **more: Any) -> None:
        self._port, self._folder = free_port(), folder
        self._process: subprocess.Popen[bytes] | None = None
        folder.mkdir(parents=True, exist_ok=True)
        # As --generate-keys writes it, without starting Python for it.
        seed = base64.b64encode(secrets.token_bytes(32)).decode().rstrip("=")
        (folder / "signing.key").write_text(f"ed25519 a_test {seed}\n")
        (folder / "bridge.yaml").write_text(json.dumps(_bridge()))
        (folder / "log.yaml").write_text(json.dumps(_logging(folder / "server.log")))
        # Synapse reads YAML, and so JSON.
        (folder / "server.yaml").write_text(json.dumps(self._settings() | more))

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._port}"

    def _settings(self) -> dict[str, Any]:
        folder = self._folder
        return _limits() | {
            "server_name": DOMAIN,
            "public_baseurl": self.url,
            "listeners": [
                {
                    "port": self._port,
                    "type": "http",
                    "bind_addresses": ["127.0.0.1"],
                    "resources": [{"names": ["client"], "compress": False}],
                }
            ],
            "database": {"name": "sqlite3", "args": {"database": str(folder / "server.db")}},
            "signing_key_path": str(folder / "signing.key"),
            "media_store_path": str(folder / "media"),
            "pid_file": str(folder / "pid"),
            "log_config": str(folder / "log.yaml"),
            "app_service_config_files": [str(folder / "bridge.yaml")],
            "registration_shared_secret": _SECRET,
            "macaroon_secret_key": _SECRET,
            "form_secret": _SECRET,
            "report_stats": False,
            "trusted_key_servers": [],
            "federation_domain_whitelist": [],
            "presence": {"enabled": False},
            "bcrypt_rounds": 4,
            "background_updates": {"background_update_duration_ms": 1, "sleep_enabled": False},
        }

    def start(self) -> None:
        """Returns when it answers. Raises TwinError with its last words if it ends before."""
        with (self._folder / "output").open("ab") as output:
            self._process = subprocess.Popen(
                [synapse_python(), "-c", _MAIN, "-c", str(self._folder / "server.yaml")],
                stdin=subprocess.PIPE,
                stdout=output,
                stderr=output,
                cwd=self._folder,
            )
        until = time.monotonic() + START_S
        while not self._answers():
            if self._process.poll() is not None or time.monotonic() > until:
                self.stop(signal.SIGKILL)
                raise TwinError((self._folder / "output").read_text()[-2000:])
            time.sleep(0.05)

    def _answers(self) -> bool:
        try:
            self.call("GET", "/_matrix/client/versions")
        except OSError:
            return False
        return True

    def stop(self, how: int = signal.SIGTERM) -> None:
        process, self._process = self._process, None
        if process is not None:
            process.send_signal(how)
            process.wait(20)
            assert process.stdin is not None
            process.stdin.close()

    def call(
        self, method: str, path: str, body: Any = None, token: str | None = None
    ) -> dict[str, Any]:
        """Raises urllib.error.HTTPError, an OSError, for anything but success."""
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.url + path, data=data, method=method)
        request.add_header("Content-Type", "application/json")
        if token is not None:
            request.add_header("Authorization", f"Bearer {token}")
        with urllib.request.urlopen(request, timeout=30) as answer:
            document: dict[str, Any] = json.loads(answer.read())
        return document

    def register(self, name: str, password: str = "secret") -> dict[str, Any]:
        """A new account, logged in: `user_id`, `access_token`, `device_id`."""
        path = "/_synapse/admin/v1/register"
        nonce = self.call("GET", path)["nonce"]
        signed = "\0".join((nonce, name, password, "notadmin")).encode()
        mac = hmac.new(_SECRET.encode(), signed, hashlib.sha1).hexdigest()
        account = {"username": name, "password": password, "admin": False}
        return self.call("POST", path, account | {"nonce": nonce, "mac": mac})

    def login(
        self, name: str, password: str = "secret", device: str | None = None
    ) -> dict[str, Any]:
        """Another device of the account."""
        body: dict[str, Any] = {
            "type": "m.login.password",
            "identifier": {"type": "m.id.user", "user": name},
            "password": password,
        }
        if device is not None:
            body["device_id"] = device
        return self.call("POST", "/_matrix/client/v3/login", body)


def _limits() -> dict[str, Any]:
    names = ("rc_message", "rc_registration", "rc_joins_per_room", "rc_room_creation")
    return {
        **dict.fromkeys(names, _UNLIMITED),
        "rc_login": {"address": _UNLIMITED, "account": _UNLIMITED, "failed_attempts": _UNLIMITED},
        "rc_joins": {"local": _UNLIMITED, "remote": _UNLIMITED},
        "rc_invites": {"per_room": _UNLIMITED, "per_user": _UNLIMITED, "per_issuer": _UNLIMITED},
    }


def _bridge() -> dict[str, Any]:
    """What a bridge is to the server: it speaks for its ghosts, and for who lets it."""
    users = [
        {"regex": f"@{BRIDGE}_.*:{DOMAIN}", "exclusive": True},
        {"regex": f"@.*:{DOMAIN}", "exclusive": False},  # double puppets
    ]
    return {
        "id": BRIDGE,
        "url": None,
        "as_token": BRIDGE_TOKEN,
        "hs_token": "unused: the server calls no address",
        "sender_localpart": f"{BRIDGE}bot",
        "rate_limited": False,
        "namespaces": {"users": users, "aliases": [], "rooms": []},
    }


def _logging(path: Path) -> dict[str, Any]:
    file = {"class": "logging.FileHandler", "filename": str(path)}
    return {
        "version": 1,
        "handlers": {"file": file},
        "root": {"level": "WARNING", "handlers": ["file"]},
        "disable_existing_loggers": False,
    }
