"""Devices of the owner: browsers that show notices, each through the push service of its maker."""

from dataclasses import dataclass

from sqlite_utils import Database

from storage.database import transaction
from storage.errors import InputError
from storage.texts import Text

MOST = 20
_COLUMNS = "id, endpoint, p256dh, auth, name, language, added_at, told_at, failure"


@dataclass(frozen=True, slots=True)
class Subscription:
    """What a browser gives for being told of things, as RFC 8030 and 8291 have it.

    `endpoint`: the address at the push service; `p256dh` and `auth`, in base64url: the keys with
    which only that browser reads what is sent.
    """

    endpoint: str
    p256dh: str
    auth: str


@dataclass(frozen=True, slots=True)
class Device:
    """Times in UTC milliseconds. `told_at`: when its push service last took a notice; `failure`:
    the status with which it refused the last one; 0: it was not reached. `language`: a tag, of the
    pages when it was added.
    """

    id: int
    subscription: Subscription
    name: str
    language: str
    added_at: int
    told_at: int | None
    failure: int | None


def add_device(
    db: Database,
    subscription: Subscription,
    *,
    server_key: str,
    name: str,
    language: str,
    now: int,
) -> None:
    """Tell that browser from now on; one that is there already gets what is new.

    `server_key`: the public key to which the browser bound its address. Raises InputError.
    """
    endpoint, p256dh, auth = subscription.endpoint, subscription.p256dh, subscription.auth
    with transaction(db):
        (others,) = db.execute(
            "SELECT COUNT(*) FROM push_devices WHERE endpoint != ?", [endpoint]
        ).fetchone()
        if others >= MOST:
            raise InputError(Text("{most} devices are told already; remove one first", most=MOST))
        db.execute(
            "INSERT INTO push_devices "
            "(endpoint, p256dh, auth, server_key, name, language, added_at) "
            "VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (endpoint) DO UPDATE SET "
            "p256dh = excluded.p256dh, auth = excluded.auth, server_key = excluded.server_key, "
            "name = excluded.name, language = excluded.language, failure = NULL",
            [endpoint, p256dh, auth, server_key, name, language, now],
        )


def renew_device(db: Database, number: int, subscription: Subscription) -> None:
    """Its browser has another address now, bound to the same key. No error where it is gone."""
    endpoint, p256dh, auth = subscription.endpoint, subscription.p256dh, subscription.auth
    with transaction(db):
        db.execute("DELETE FROM push_devices WHERE endpoint = ? AND id != ?", [endpoint, number])
        db.execute(
            "UPDATE push_devices SET endpoint = ?, p256dh = ?, auth = ?, failure = NULL "
            "WHERE id = ?",
            [endpoint, p256dh, auth, number],
        )


def list_devices(db: Database) -> list[Device]:
    """Oldest first."""
    rows = db.execute(f"SELECT {_COLUMNS} FROM push_devices ORDER BY id").fetchall()
    return [
        Device(number, Subscription(endpoint, p256dh, auth), *rest)
        for number, endpoint, p256dh, auth, *rest in rows
    ]


def remove_device(db: Database, number: int) -> None:
    """Tell it nothing more. No error where it is gone already."""
    db.execute("DELETE FROM push_devices WHERE id = ?", [number])


def remove_devices_of_other_keys(db: Database, server_key: str) -> int:
    """Those that were added for another key never take what is signed with this one; how many."""
    return int(db.execute("DELETE FROM push_devices WHERE server_key != ?", [server_key]).rowcount)


def note_told(db: Database, number: int, *, at: int) -> None:
    """Its push service took a notice."""
    db.execute("UPDATE push_devices SET told_at = ?, failure = NULL WHERE id = ?", [at, number])


def note_failure(db: Database, number: int, failure: int) -> None:
    """Its push service did not take one: with which status, or 0 where it was not reached."""
    db.execute("UPDATE push_devices SET failure = ? WHERE id = ?", [failure, number])
