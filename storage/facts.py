"""Facts: what messages say of the owner or of a friend, and to whom the owner released which."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

from sqlite_utils import Database

from storage.chats import get_chat
from storage.database import transaction
from storage.errors import InputError
from storage.people import OF_PERSON
from storage.texts import Text
from storage.values import MOST, fitting

About = Literal["owner", "friend"]
State = Literal["proposed", "kept", "rejected"]
FoundBy = Literal["rules", "base", "server", "owner"]
LONGEST_TEXT = 200  # characters


class NewFact(NamedTuple):
    """A fact that a message states.

    `slot`: of facts with the same one, the newest counts, unless its `value` is the same; None: it
    stands by itself. The value "-x" says that x holds no more, and ends nothing else. `text` is the
    sentence as it was written. Times in UTC ms: `valid_from` may lie before or after `said_at`, and
    `valid_until` None means that no end was stated.
    """

    chat_id: int | None
    message_id: int | None
    about: About
    kind: str
    slot: str | None
    value: str
    text: str
    said_at: int
    valid_from: int
    valid_until: int | None = None
    state: State = "proposed"
    found_by: FoundBy = "rules"


@dataclass(frozen=True, slots=True)
class Fact:
    """A fact of the table. `replaced_by`: the newer one that contradicts it. `found_by` "owner":
    the words are the owner's.

    One that the owner added has no message, and about themselves no chat. `chats` are those that it
    was released to by name.
    """

    id: int
    chat_id: int | None
    message_id: int | None
    about: About
    kind: str
    slot: str | None
    value: str
    text: str
    said_at: int
    valid_from: int
    valid_until: int | None
    state: State
    found_by: FoundBy
    replaced_by: int | None
    for_everyone: bool
    chats: tuple[int, ...]


_FIELDS = ", ".join(NewFact._fields)
_INSERT = (
    f"INSERT INTO facts ({_FIELDS}) VALUES ({', '.join('?' for _ in NewFact._fields)}) "
    "ON CONFLICT DO NOTHING"
)
# What contradicts a fact is found each time: when its message is taken back, the older one counts
# again. A friend's facts are compared within the chats with that friend.
REPLACED_BY = """
SELECT n.id FROM facts n WHERE n.slot = f.slot AND n.about = f.about AND n.value != f.value
AND (n.value NOT GLOB '-*' OR n.value = '-' || f.value)
AND n.state != 'rejected' AND (n.said_at, n.id) > (f.said_at, f.id)
AND n.said_at < :before AND n.valid_from <= :before
AND (n.valid_until IS NULL OR n.valid_until > :before)
AND (f.about = 'owner' OR n.chat_id = f.chat_id OR n.chat_id IN (
    SELECT b.chat_id FROM people a JOIN people b ON b.person = a.person
    WHERE a.chat_id = f.chat_id))
ORDER BY n.said_at DESC, n.id DESC LIMIT 1
"""
FACT = f"""
SELECT f.id, {", ".join(f"f.{name}" for name in NewFact._fields)},
({REPLACED_BY}) AS replaced_by,
EXISTS (SELECT 1 FROM releases WHERE fact_id = f.id AND chat_id IS NULL),
(SELECT json_group_array(chat_id) FROM releases WHERE fact_id = f.id AND chat_id IS NOT NULL)
FROM facts f
"""
# What the owner rejected is not proposed again whenever somebody says it.
_REJECT_EQUAL = """
UPDATE facts SET state = 'rejected' WHERE state = 'proposed'
AND (slot, value, about, iif(about = 'owner', 0, chat_id)) IN (
    SELECT slot, value, about, iif(about = 'owner', 0, chat_id) FROM facts WHERE state = 'rejected')
"""


def fact_of(row: Sequence[Any]) -> Fact:
    *values, for_everyone, chats = row
    released_to = tuple(sorted(json.loads(chats)))
    return Fact(*(*values, bool(for_everyone), released_to))


def enter_facts(db: Database, facts: Iterable[NewFact]) -> int:
    """Store what was found; how many were not there before."""
    with transaction(db):
        new = int(db.conn.executemany(_INSERT, facts).rowcount)
        db.execute(_REJECT_EQUAL)
    return new


def add_fact(db: Database, fact: NewFact) -> Fact:
    """One that the owner wrote. Raises InputError for one about the friends of a group."""
    with transaction(db):
        if fact.chat_id is not None and get_chat(db, fact.chat_id).kind != "direct":
            raise InputError(
                Text(
                    "{chat}: a fact is about one friend; give a friend's chat",
                    chat=get_chat(db, fact.chat_id).title,
                )
            )
        row = db.execute(f"{_INSERT} RETURNING id", fact).fetchone()
        return get_fact(db, row[0])


def get_fact(db: Database, number: int) -> Fact:
    """Raises InputError when there is none."""
    row = db.execute(
        f"{FACT} WHERE f.id = :number", {"number": fitting(number), "before": MOST}
    ).fetchone()
    if row is None:
        raise InputError(
            Text("fact {number}: no such fact; see `bot.py memory facts list`", number=number)
        )
    return fact_of(row)


def list_facts(
    db: Database,
    *,
    about: About | None = None,
    kind: str | None = None,
    chat_id: int | None = None,
    states: Sequence[State] = ("proposed", "kept"),
    now: int = MOST,
    limit: int = -1,
    offset: int = 0,
) -> tuple[list[Fact], int]:
    """Facts that are all of these, the newest first, and how many there are.

    `chat_id`: facts that this chat states. `replaced_by` is as of `now`.
    """
    wanted = {
        "f.about": about,
        "f.kind": kind,
        "f.chat_id": None if chat_id is None else fitting(chat_id),
    }
    given = {column: value for column, value in wanted.items() if value is not None}
    where = " AND ".join(
        ["f.state IN (SELECT value FROM json_each(:states))"]
        + [f"{column} = :{column[2:]}" for column in given]
    )
    values = {column[2:]: value for column, value in given.items()}
    values |= {"states": json.dumps(states)}
    (total,) = db.execute(f"SELECT COUNT(*) FROM facts f WHERE {where}", values).fetchone()
    rows = db.execute(
        f"{FACT} WHERE {where} ORDER BY f.said_at DESC, f.id DESC LIMIT :limit OFFSET :offset",
        values | {"before": fitting(now), "limit": limit, "offset": offset},
    )
    return [*map(fact_of, rows)], int(total)


def release_facts(db: Database, numbers: Iterable[int], chats: Iterable[int] | None = None) -> None:
    """Let facts about the owner out of their chats: for everyone, or in these chats.

    A chat counts for all that are linked with it, as long as they are. Raises InputError for facts
    about friends, which stay where they are, and for what does not exist.
    """
    with transaction(db):
        facts = [get_fact(db, number) for number in numbers]
        to = [None] if chats is None else [get_chat(db, chat).id for chat in chats]
        for fact in facts:
            if fact.about != "owner":
                raise InputError(
                    Text(
                        "fact {number}: it is about a friend and stays in the chats with them; "
                        "only facts about you can be released",
                        number=fact.id,
                    )
                )
            db.execute("UPDATE facts SET state = 'kept' WHERE id = ?", [fact.id])
            db.conn.executemany(
                "INSERT OR IGNORE INTO releases (fact_id, chat_id) VALUES (?, ?)",
                [(fact.id, chat) for chat in to],
            )


def withdraw_facts(
    db: Database, numbers: Iterable[int], chats: Iterable[int] | None = None
) -> None:
    """Take releases back: all of them, or those for these chats and the ones linked with them.

    Raises InputError where a fact is released for everyone: it can't be withdrawn from a few.
    """
    with transaction(db):
        facts = [get_fact(db, number) for number in numbers]
        if chats is None:
            of_all = [[fact.id] for fact in facts]
            db.conn.executemany("DELETE FROM releases WHERE fact_id = ?", of_all)
            return
        wanted = [get_chat(db, chat).id for chat in chats]
        for fact in facts:
            if fact.for_everyone:
                raise InputError(
                    Text(
                        "fact {number}: it is released for everyone; withdraw it from everyone, "
                        "then release it for those who may know",
                        number=fact.id,
                    )
                )
            for chat in wanted:
                db.execute(
                    f"DELETE FROM releases WHERE fact_id = :fact AND chat_id IN ({OF_PERSON})",
                    {"fact": fact.id, "chat": chat},
                )


def edit_fact(
    db: Database, number: int, text: str, valid_from: int, valid_until: int | None
) -> Fact:
    """Put it into the owner's words and times, which keeps it; releases stay."""
    with transaction(db):
        fact = get_fact(db, number)
        if valid_until is not None and valid_until <= valid_from:
            raise InputError(
                Text("fact {number}: it would end before it begins; check the days", number=number)
            )
        db.execute(
            "UPDATE facts SET found_by = iif(text = :text, found_by, 'owner'), text = :text, "
            "valid_from = :since, valid_until = :until, "
            "state = iif(state = 'rejected', state, 'kept') WHERE id = :id",
            {
                "text": text,
                "since": fitting(valid_from),
                "until": None if valid_until is None else fitting(valid_until),
                "id": fact.id,
            },
        )
        return get_fact(db, number)


def keep_facts(db: Database, numbers: Iterable[int]) -> None:
    """They are right, also where they were rejected before; to whom they are released stays."""
    with transaction(db):
        for fact in [get_fact(db, number) for number in numbers]:
            db.execute("UPDATE facts SET state = 'kept' WHERE id = ?", [fact.id])


def reject_facts(db: Database, numbers: Iterable[int]) -> None:
    """They are wrong, or nobody's business: shown nowhere from now on, their releases withdrawn."""
    with transaction(db):
        for fact in [get_fact(db, number) for number in numbers]:
            db.execute("UPDATE facts SET state = 'rejected' WHERE id = ?", [fact.id])
            db.execute("DELETE FROM releases WHERE fact_id = ?", [fact.id])
        db.execute(_REJECT_EQUAL)


def delete_facts(db: Database, numbers: Iterable[int]) -> None:
    """Their messages stay, and are not read for facts again unless they change."""
    with transaction(db):
        for fact in [get_fact(db, number) for number in numbers]:
            db.execute("DELETE FROM facts WHERE id = ?", [fact.id])
