"""A log in which secrets were told, and who may be shown which."""

from collections.abc import Iterable, Iterator
from copy import copy
from dataclasses import dataclass, field, fields, replace
from datetime import UTC, datetime
from typing import Any, Self

from sqlite_utils import Database

from storage.chats import upsert_chat, upsert_contact
from storage.consent import record_consent, withdraw_consent
from storage.database import transaction
from storage.edits import change_wording
from storage.facts import About, NewFact, enter_facts, release_facts, withdraw_facts
from storage.messages import NewMessage, log_message, mark_recalled
from storage.people import link_chats
from tests.twin.memory.secrets_told import (
    EVERYONE,
    EXCLUDED,
    PLACES,
    SECRETS,
    TOKENS,
    WITHDREW,
    Place,
    Secret,
    of_place,
)

DAY, MINUTE = 86_400_000, 60_000
FIRST_DAYS_AGO = 60


@dataclass(slots=True)
class LeakLog:
    """What was laid into a database, and by nobody's code but this who may be shown what of it.

    `homes`: the chat in which a token was told. `shown_to`: the chats that it was released to, or
    EVERYONE. `gone`: tokens that nobody may be shown any more.
    """

    db: Database
    now: int
    chats: dict[str, int]
    facts: dict[str, int]
    messages: dict[str, int]
    persons: dict[str, str]
    homes: dict[str, str] = field(default_factory=dict)
    shown_to: dict[str, str] = field(default_factory=dict)
    gone: set[str] = field(default_factory=set)

    def copied_to(self, db: Database) -> Self:
        """The same, of a copy of the database."""
        copies: dict[str, Any] = {
            each.name: copy(getattr(self, each.name)) for each in fields(self) if each.name != "db"
        }
        return replace(self, db=db, **copies)

    def allowed(self, key: str) -> set[str]:
        """The tokens that may stand in a prompt of that chat."""
        return {one.token for one in SECRETS if self._may_show(one.token, key)}

    def _may_show(self, token: str, key: str) -> bool:
        to = self.shown_to.get(token)
        if token in self.gone or key not in self.persons:
            return False
        return to == EVERYONE or self.persons[key] in self._persons(self.homes[token], to)

    def _persons(self, *keys: str | None) -> set[str | None]:
        return {self.persons.get(key) for key in keys if key is not None}

    def keep_in(self, key: str) -> None:
        """What was told in that chat is no longer released."""
        for one in of_place(key):
            self.shown_to.pop(one.token, None)

    def leaks(self, key: str | None, prompt: str, asked: str = "") -> list[str]:
        """Tokens in a prompt of that chat that must not be there; what was asked is not counted."""
        read, given = prompt.casefold(), asked.casefold()
        told = [
            token for token in TOKENS if token in read and read.count(token) > given.count(token)
        ]
        allowed = self.allowed(key) if told and key is not None else set()
        return [token for token in told if token not in allowed]


def lay_out(db: Database, now: int) -> LeakLog:
    """Lay the log into an empty database. `now` in UTC milliseconds."""
    chats = {
        place.key: upsert_chat(db, "fake", place.key, place.name, kind=place.kind, mode="auto").id
        for place in PLACES
    }
    persons = {place.key: place.person for place in PLACES}
    homes = {one.token: one.place.key for one in SECRETS}
    log = LeakLog(db, now, chats, {}, {}, persons, homes)
    with transaction(db):
        for at, place in enumerate(PLACES):
            _tell(log, place, at)
        _link(log)
        _release(log)
    record_consent(db, chats[WITHDREW], None, now - 2 * DAY)
    withdraw_consent(db, chats[WITHDREW], None, now - DAY)
    for key in (WITHDREW, EXCLUDED):  # what was released of them counts for nothing
        log.keep_in(key)
    return log


def _tell(log: LeakLog, place: Place, at: int) -> None:
    sender = None if place.kind == "self" else place.members[:1] or (place.key,)
    friend = sender and upsert_contact(log.db, "fake", sender[0], sender[0].capitalize())
    for nth, each in enumerate(of_place(place.key)):
        # Each is a conversation of its own, days ago.
        days = 3 if each.fate == "plan" else FIRST_DAYS_AGO - nth - at
        said_at = log.now - days * DAY
        _say(log, each, said_at, friend or None)
        if each.fate == "edited":
            change_wording(log.db, log.chats[place.key], each.token, each.later_wording, at=said_at)
            log.gone.add(each.token)
        if each.fate == "recalled":
            mark_recalled(log.db, log.chats[place.key], each.token, said_at + MINUTE)
            log.gone.add(each.token)


def _say(log: LeakLog, each: Secret, said_at: int, friend: int | None) -> None:
    chat, origin = log.chats[each.place.key], each.origin if friend else "owner"
    asks = "在吗" if each.is_chinese else "are you there"
    if friend and each.fate not in ("friend", "recalled"):
        log_message(log.db, NewMessage(chat, "peer", asks, said_at, sender_id=friend))
    if friend and each.fate == "asked":
        question = NewMessage(chat, "peer", each.question, said_at + MINUTE, sender_id=friend)
        log_message(log.db, question)
    told = NewMessage(
        *(chat, origin, each.told(_day_of_plan(log.now, each.is_chinese)), said_at + 2 * MINUTE),
        sender_id=friend if origin == "peer" else None,
        external_id=each.token,
    )
    number = log_message(log.db, told)
    assert number is not None
    log.messages[each.token] = number
    if origin == "owner":  # of an exchange, the owner's words are shown before a friend's
        answer = "好的" if each.is_chinese else "all right then"
        log_message(log.db, NewMessage(chat, "owner", answer, said_at + 3 * MINUTE))


def _day_of_plan(now: int, is_chinese: bool) -> str:
    day = datetime.fromtimestamp((now + 5 * DAY) / 1000, UTC)
    if is_chinese:
        return f"{day.year}年{day.month}月{day.day}日"
    return f"{day.day} {day:%B} {day.year}"


def _link(log: LeakLog) -> None:
    first: dict[str, str] = {}
    for place in PLACES:
        one = first.setdefault(place.person, place.key)
        if one != place.key:
            link_chats(log.db, log.chats[one], log.chats[place.key])


def _release(log: LeakLog) -> None:
    """Facts of the messages; some are released for everyone or for one, some were withdrawn."""
    for at, place in enumerate(PLACES):
        enter_facts(log.db, _facts(log, place))
        log.facts |= dict(_numbers(log, place))
        [open] = of_place(place.key, "open")
        if at % 4 == 0:
            release_facts(log.db, [log.facts[open.token]])
            log.shown_to[open.token] = EVERYONE
        [one] = of_place(place.key, "for one")
        to = PLACES[at - 3]
        release_facts(log.db, [log.facts[one.token]], [log.chats[to.key]])
        log.shown_to[one.token] = to.key
        [back] = of_place(place.key, "withdrawn")
        release_facts(log.db, [log.facts[back.token]])
        withdraw_facts(log.db, [log.facts[back.token]])


def _facts(log: LeakLog, place: Place) -> Iterator[NewFact]:
    for each in of_place(place.key, "owner", "open", "for one", "withdrawn", "proposed"):
        about: About = "friend" if each.fate == "proposed" else "owner"
        said_at = log.db.execute(
            "SELECT sent_at FROM messages WHERE id = ?", [log.messages[each.token]]
        ).fetchone()[0]
        yield NewFact(
            *(log.chats[place.key], log.messages[each.token], about, "thing", each.subject),
            *(each.token, each.statement, said_at, said_at),
        )


def _numbers(log: LeakLog, place: Place) -> Iterable[tuple[str, int]]:
    return log.db.execute(
        "SELECT value, id FROM facts WHERE chat_id = ?", [log.chats[place.key]]
    ).fetchall()
