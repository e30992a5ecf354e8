"""Suggest which chats are with the same friend: by equal names or telephone numbers."""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from itertools import combinations
from typing import Literal, NamedTuple

from sqlite_utils import Database

from storage.chats import Chat, all_chats
from storage.people import list_people
from twin.privacy.normalize import comparable

# With more of one name or number it is too common to tell anybody.
MOST_ALIKE = 6
# By so many last digits two numbers are compared; a national one may have no more.
_LAST_DIGITS = 9
# WhatsApp's own ids, those of mautrix bridges, Apple's, and links.
_IDS = re.compile(
    r"(?P<jid>[1-9][0-9]{6,14})(?::[0-9]+)?@(?:s\.whatsapp\.net|c\.us)"
    r"|@(?:whatsapp|signal|gmessages|imessage)_\+?(?P<ghost>[1-9][0-9]{6,14}):.+"
    r"|(?:(?:tel|sms|smsto|mms|whatsapp|signal):|(?:iMessage|SMS|RCS|any);-;)(?P<dialled>.+)",
    re.IGNORECASE,
)
_BRIDGED = re.compile(r"(.+) \(([^()]+)\)")
_WRITTEN = re.compile(r"\+?[0-9 ()./-]{7,30}")
# Where people are known by their telephone number; elsewhere a number may be anything.
_BY_TELEPHONE = frozenset({"whatsapp", "signal", "sms", "imessage", "viber"})
_CONTACTS = """
SELECT c.id, p.external_id FROM chats c JOIN contacts p ON p.id = (
    SELECT m.sender_id FROM messages m WHERE m.chat_id = c.id AND m.origin = 'peer'
    ORDER BY m.sent_at DESC, m.id DESC LIMIT 1
) WHERE c.kind = 'direct'
"""
Why = Literal["name", "number"]


class Suggestion(NamedTuple):
    """Two chats that seem to be with one friend, and what they have in common."""

    one: Chat
    other: Chat
    why: Why


class Number(NamedTuple):
    """`digits` begin with the country's code if `is_whole`; otherwise they may, without a zero."""

    digits: str
    is_whole: bool

    def is_of(self, other: "Number") -> bool:
        """Whether the two are one number as far as they tell."""
        if self.is_whole and other.is_whole:
            return self.digits == other.digits
        return self.digits.endswith(other.digits) or other.digits.endswith(self.digits)


def suggest_people(db: Database) -> list[Suggestion]:
    """Chats with friends that could be linked and are not, equal numbers first.

    Equal names count between networks alone: on one, they are two friends of one name.
    """
    chats = [chat for chat in all_chats(db) if chat.kind == "direct"]
    linked = {
        frozenset(pair)
        for person in list_people(db)
        for pair in combinations((chat.id for chat in person), 2)
    }
    found: dict[frozenset[int], Suggestion] = {}
    for suggestion in (*_by_number(db, chats), *_by_name(chats)):
        pair = frozenset((suggestion.one.id, suggestion.other.id))
        if pair not in linked:
            found.setdefault(pair, suggestion)
    return list(found.values())


def _by_name(chats: Sequence[Chat]) -> Iterator[Suggestion]:
    named = {chat.id: _name_and_place(chat) for chat in chats}
    for alike in _alike((named[chat.id][0], chat) for chat in chats):
        for one, other in combinations(alike, 2):
            if named[one.id] != named[other.id]:
                yield Suggestion(one, other, "name")


def _name_and_place(chat: Chat) -> tuple[str, str]:
    """The friend's name as it is compared, and where the chat is.

    Bridges bring several networks onto one platform, and name chats "Ann (WhatsApp)".
    """
    bridged = _BRIDGED.fullmatch(chat.name) if chat.platform == "matrix" else None
    name, network = bridged.groups() if bridged else (chat.name, "")
    return " ".join(comparable(name).split()), f"{chat.platform} {network}"


def _by_number(db: Database, chats: Sequence[Chat]) -> Iterator[Suggestion]:
    senders: dict[int, str] = dict(db.execute(_CONTACTS).fetchall())
    numbers: dict[int, Number] = {}
    for chat in chats:
        names = (chat.external_id, senders.get(chat.id, ""), chat.name)
        found = [number for name in names if (number := number_in(name, chat.platform))]
        numbers |= {chat.id: found[0]} if found else {}
    with_number = [chat for chat in chats if chat.id in numbers]
    for alike in _alike((numbers[chat.id].digits[-_LAST_DIGITS:], chat) for chat in with_number):
        for one, other in combinations(alike, 2):
            if numbers[one.id].is_of(numbers[other.id]):
                yield Suggestion(one, other, "number")


def _alike(keyed: Iterable[tuple[str, Chat]]) -> Iterator[list[Chat]]:
    """The chats of each key that several have, unless too many do."""
    found: dict[str, list[Chat]] = {}
    for key, chat in keyed:
        if key:
            found.setdefault(key, []).append(chat)
    return (chats for chats in found.values() if 2 <= len(chats) <= MOST_ALIKE)


def number_in(name: str, platform: str) -> Number | None:
    """The telephone number that an id or a name on that platform is, if it is one."""
    match = _IDS.fullmatch(name)
    if match is None:
        return _written(name, anywhere=platform in _BY_TELEPHONE)
    if match["dialled"]:
        return _written(match["dialled"], anywhere=True)
    return Number(match["jid"] or match["ghost"], is_whole=True)


def _written(text: str, *, anywhere: bool) -> Number | None:
    """`anywhere`: it need not begin as only telephone numbers do."""
    text = unicodedata.normalize("NFKC", text).strip()
    if not _WRITTEN.fullmatch(text) or not (anywhere or text[0] in "+0"):
        return None
    digits = "".join(filter(str.isdigit, text))
    is_whole = text[0] == "+" or digits.startswith("00")
    digits = digits.lstrip("0")
    return Number(digits, is_whole) if _LAST_DIGITS <= len(digits) <= 15 else None
