"""Keys of the API. A key is shown once; only its hash is stored.

A key is 256 random bits, so nobody guesses it and a fast hash is enough. It is found by its hash:
no comparison takes longer because more of a key is right.
"""

import hashlib
import secrets
from dataclasses import dataclass
from typing import Literal, get_args

from sqlite_utils import Database

from storage.database import now_ms, transaction, write_if_free
from storage.errors import InputError

Scope = Literal["chat", "manage"]
SCOPES: tuple[Scope, ...] = get_args(Scope)
MARK = "twin-"
KEY_BYTES = 32
SHOWN = len(MARK) + 6  # of 43 random characters, enough to distinguish one's keys
USED_EVERY_MS = 60_000  # a write on every request would wear the disk for nothing
_COLUMNS = "id, name, prefix, scope, created_at, last_used_at, revoked_at"


@dataclass(frozen=True, slots=True)
class Key:
    """What is stored of a key; times in UTC milliseconds. `prefix` is its beginning."""

    id: int
    name: str
    prefix: str
    scope: Scope
    created_at: int
    last_used_at: int | None
    revoked_at: int | None


def create_key(db: Database, name: str, scope: str = "chat") -> tuple[str, Key]:
    """A new key and what is stored of it. Raises InputError for a bad name or scope."""
    if scope not in SCOPES:
        raise InputError(f"scope '{scope}': not a scope; use one of {', '.join(SCOPES)}")
    name = name.strip()
    if not name:
        raise InputError("keys create '': a key needs a name; say who or what uses it")
    secret = MARK + secrets.token_urlsafe(KEY_BYTES)
    with transaction(db):
        if _of_name(db, name) is not None:
            raise InputError(
                f"key '{name}': there is one of that name; choose another or revoke it"
            )
        row = db.execute(
            "INSERT INTO api_keys (name, prefix, hash, scope, created_at) VALUES (?, ?, ?, ?, ?) "
            f"RETURNING {_COLUMNS}",
            [name, secret[:SHOWN], _hash(secret), scope, now_ms()],
        ).fetchone()
    return secret, Key(*row)


def list_keys(db: Database) -> list[Key]:
    """Every key that was made, revoked ones too, oldest first."""
    return [Key(*row) for row in db.execute(f"SELECT {_COLUMNS} FROM api_keys ORDER BY id")]


def revoke_key(db: Database, name: str) -> Key:
    """Revoke the key; it is refused from the next request on. Raises InputError."""
    with transaction(db):
        key = _of_name(db, name)
        if key is None:
            raise InputError(f"key '{name}': no open key of that name; see `bot.py keys list`")
        row = db.execute(
            f"UPDATE api_keys SET revoked_at = ? WHERE id = ? RETURNING {_COLUMNS}",
            [now_ms(), key.id],
        ).fetchone()
    return Key(*row)


def key_of(db: Database, secret: str, now: int) -> Key | None:
    """The key with that secret, noted as used; None when it was never made or was revoked."""
    row = db.execute(
        f"SELECT {_COLUMNS} FROM api_keys WHERE hash = ? AND revoked_at IS NULL", [_hash(secret)]
    ).fetchone()
    if row is None:
        return None
    key = Key(*row)
    if key.last_used_at is None or now - key.last_used_at >= USED_EVERY_MS:
        write_if_free(db, "UPDATE api_keys SET last_used_at = ? WHERE id = ?", [now, key.id])
    return key


def _of_name(db: Database, name: str) -> Key | None:
    row = db.execute(
        f"SELECT {_COLUMNS} FROM api_keys WHERE name = ? AND revoked_at IS NULL", [name]
    ).fetchone()
    return Key(*row) if row else None


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()
