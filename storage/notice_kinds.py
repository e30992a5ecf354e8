"""Which kinds of notices the owner is told of, in their own chats and on their devices."""

from typing import Literal, get_args

from sqlite_utils import Database

# A draft waits; a friend's message was left to the owner; something does not work; a run ended.
NoticeKind = Literal["draft", "held", "trouble", "training"]
KINDS: tuple[NoticeKind, ...] = get_args(NoticeKind)
Way = Literal["chat", "device"]
WAYS: tuple[Way, ...] = get_args(Way)
_NAMES_ON_DEVICES = "names_on_devices"
_OFFER_DECLINED = "devices_declined"


def is_told(db: Database, way: Way, kind: NoticeKind) -> bool:
    """Every kind is, until the owner switches it off."""
    return not _is_set(db, _switch(way, kind))


def set_told(db: Database, way: Way, kind: NoticeKind, on: bool) -> None:
    _set(db, _switch(way, kind), not on)


def are_names_told(db: Database) -> bool:
    """Whether a notice on a device may name friends. Not unless the owner says so."""
    return _is_set(db, _NAMES_ON_DEVICES)


def set_names_told(db: Database, on: bool) -> None:
    _set(db, _NAMES_ON_DEVICES, on)


def is_offer_declined(db: Database) -> bool:
    """Whether the owner does not want to be asked about devices again."""
    return _is_set(db, _OFFER_DECLINED)


def decline_offer(db: Database) -> None:
    _set(db, _OFFER_DECLINED, True)


def _switch(way: Way, kind: NoticeKind) -> str:
    return f"untold_{way}_{kind}"


def _is_set(db: Database, name: str) -> bool:
    return db.execute("SELECT 1 FROM switches WHERE name = ?", [name]).fetchone() is not None


def _set(db: Database, name: str, on: bool) -> None:
    if on:
        db.table("switches").upsert({"name": name, "value": 1}, pk="name")
    else:
        db.execute("DELETE FROM switches WHERE name = ?", [name])
