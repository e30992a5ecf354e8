"""Keep the owner's password as an argon2 hash in a file that only the owner can read."""

import json
from pathlib import Path
from typing import TYPE_CHECKING

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from storage.atomic_files import write_text
from storage.errors import InputError, TwinError
from storage.values import storable
from twin.web.security import is_loopback

if TYPE_CHECKING:
    from twin.config.schema import Config

FILE_NAME = "owner.password"
SHORTEST = 8
LONGEST = 1024  # hashing more would only cost time


class PasswordFile:
    """Read each time: `bot.py password` may have changed it beside the running bot."""

    def __init__(self, data: Path, hasher: PasswordHasher | None = None) -> None:
        self._path = data / FILE_NAME
        self._hasher = hasher or PasswordHasher()

    def is_set(self) -> bool:
        return self._path.exists()

    def set(self, password: str) -> None:
        """Raises InputError for one that is too short."""
        if not SHORTEST <= len(password) <= LONGEST:
            raise InputError(
                f"a password of {len(password)} characters: give {SHORTEST} to {LONGEST}"
            )
        hashed = self._hasher.hash(storable(password))
        try:
            write_text(self._path, hashed, mode=0o600)
        except OSError as error:
            raise TwinError(
                f"{self._path}: can't keep the password ({error.strerror}); "
                "check that the folder is writable and the disk has room"
            ) from error

    def verify(self, password: str) -> bool:
        """Whether it is the password. Takes tens of milliseconds, on purpose."""
        try:
            return self._hasher.verify(
                self._path.read_text("ascii").strip(), storable(password[:LONGEST])
            )
        except (OSError, VerificationError, InvalidHashError):
            return False


def require_password(config: "Config") -> None:
    """Raises InputError when others could reach the owner's pages and nothing stops them."""
    web = config.web
    is_reached = bool(web.proxies) or not is_loopback(web.host)
    if not web.enabled or not web.dashboard or not is_reached:
        return
    if not PasswordFile(config.data).is_set():
        where = f"proxies = {json.dumps(web.proxies)}" if web.proxies else f'host = "{web.host}"'
        raise InputError(
            f"[web] {where}: others could open your pages; run `bot.py password` "
            "first, or set [web] dashboard = false"
        )
