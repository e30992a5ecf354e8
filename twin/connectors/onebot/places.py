"""Which of the log's chats is which QQ number.

A friend and a group may have the same number. Chats are logged by the mere number, as exports of QQ
are; only the second chat of a number has its kind before it.
"""

import re
from typing import Literal, NamedTuple

from sqlite_utils import Database

PLATFORM = "qq"  # as exports of QQ are imported
_PREFIXED = re.compile(r"(direct|group):(\d{1,20})", re.ASCII)
_NUMBER = re.compile(r"\d{1,20}", re.ASCII)


class Place(NamedTuple):
    """A conversation on QQ: with a person, oneself ("self") or in a group."""

    kind: Literal["direct", "group", "self"]
    number: str

    @property
    def is_group(self) -> bool:
        return self.kind == "group"


def chat_of(db: Database, place: Place) -> str:
    """The chat's id in the log."""
    prefixed = f"{'group' if place.is_group else 'direct'}:{place.number}"
    kinds = _kinds(db, place.number, prefixed)
    if prefixed in kinds or (kinds.get(place.number, place.kind) == "group") != place.is_group:
        return prefixed
    return place.number


def place_of(db: Database, chat: str) -> Place | None:
    """Where messages to that chat go; None for one that has no number, as some exports' have."""
    found = _PREFIXED.fullmatch(chat)
    if found is not None:
        return Place("group" if found[1] == "group" else "direct", found[2])
    if _NUMBER.fullmatch(chat) is None:
        return None
    return Place("group" if _kinds(db, chat).get(chat) == "group" else "direct", chat)


def _kinds(db: Database, *chats: str) -> dict[str, str]:
    marks = ", ".join("?" for _ in chats)
    rows = db.execute(
        f"SELECT external_id, kind FROM chats WHERE platform = ? AND external_id IN ({marks})",
        [PLATFORM, *chats],
    )
    return dict(rows.fetchall())
