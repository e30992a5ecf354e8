"""Lists of facts as the owner goes through them: to decide, released, kept, over, rejected."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal, get_args

from sqlite_utils import Database

from storage.chats import Chat
from storage.facts import FACT, REPLACED_BY, About, Fact, fact_of
from storage.values import containing, fitting

Standing = Literal["proposed", "released", "kept", "over", "rejected"]
STANDINGS: tuple[Standing, ...] = get_args(Standing)

_STANDING = f"""
CASE WHEN f.state = 'rejected' THEN 'rejected'
WHEN f.valid_until <= :before OR ({REPLACED_BY}) IS NOT NULL THEN 'over'
WHEN f.state = 'proposed' AND f.about = 'owner' THEN 'proposed'
WHEN EXISTS (SELECT 1 FROM releases WHERE fact_id = f.id) THEN 'released'
ELSE 'kept' END
"""
# A sentence that states several things is one for the owner: it is told, or it is not.
_SORTED = f"""
SELECT standing, MIN(id) FROM (
    SELECT {_STANDING} AS standing, f.id, f.said_at, f.text,
    COALESCE(f.message_id, -f.id) AS sentence FROM facts f WHERE f.about = :about
    AND (:kind IS NULL OR f.kind = :kind)
    AND (:chats IS NULL OR f.chat_id IN (SELECT value FROM json_each(:chats)))
    AND f.text LIKE :words ESCAPE '\\')
GROUP BY standing, sentence, text ORDER BY MAX(said_at) DESC, MIN(id) DESC
"""


@dataclass(frozen=True, slots=True)
class ListedFact:
    """A fact with what is told beside it.

    `chat`: where it was said; `to`: the chats that it was released to by name; `newer`: the words
    of the fact that took its place.
    """

    fact: Fact
    standing: Standing
    chat: Chat | None
    to: tuple[Chat, ...]
    newer: str | None


def facts_by_standing(
    db: Database,
    about: About,
    *,
    now: int,
    kind: str | None = None,
    words: str = "",
    chats: Sequence[int] | None = None,
) -> dict[Standing, list[int]]:
    """The numbers of all facts that are of this kind, hold these words and come from these chats;
    of those that one sentence states, the first.

    The newest first. "over": a newer one took its place, or it held until a day that has passed;
    `now` in UTC milliseconds. Those about friends wait for nobody: their chats know them at once.
    """
    rows = db.execute(
        _SORTED,
        {
            "about": about,
            "before": fitting(now),
            "kind": kind,
            "chats": None if chats is None else json.dumps([*chats]),
            "words": containing(words),
        },
    ).fetchall()
    found: dict[Standing, list[int]] = {standing: [] for standing in STANDINGS}
    for standing, number in rows:
        found[standing].append(number)
    return found


def same_sentence(db: Database, numbers: Iterable[int]) -> list[int]:
    """These facts, and those that stand in the same words of the same message."""
    rows = db.execute(
        "SELECT DISTINCT s.id FROM facts f JOIN facts s ON s.id = f.id OR (s.about = f.about "
        "AND s.message_id = f.message_id AND s.text = f.text) "
        "WHERE f.id IN (SELECT value FROM json_each(?)) ORDER BY s.id",
        [json.dumps([*map(fitting, numbers)])],
    )
    return [number for (number,) in rows.fetchall()]


def listed_facts(db: Database, numbers: Iterable[int], *, now: int) -> dict[int, ListedFact]:
    """Those of these facts that there are (still), in the order that was asked for."""
    order = [fitting(number) for number in numbers]
    values = {"numbers": json.dumps(order), "before": fitting(now)}
    among = "WHERE f.id IN (SELECT value FROM json_each(:numbers))"
    standings = dict(db.execute(f"SELECT f.id, {_STANDING} FROM facts f {among}", values))
    facts = {fact.id: fact for fact in map(fact_of, db.execute(f"{FACT} {among}", values))}
    chats = _chats(db, facts.values())
    newer = _words(db, (fact.replaced_by for fact in facts.values()))
    return {
        number: ListedFact(
            fact,
            standings[number],
            chats.get(fact.chat_id or 0),
            tuple(chats[chat] for chat in fact.chats if chat in chats),
            newer.get(fact.replaced_by or 0),
        )
        for number in order
        if (fact := facts.get(number)) and number in standings
    }


def _chats(db: Database, facts: Iterable[Fact]) -> dict[int, Chat]:
    numbers = {chat for fact in facts for chat in (fact.chat_id, *fact.chats) if chat is not None}
    rows = db.execute(
        "SELECT * FROM chats WHERE id IN (SELECT value FROM json_each(?))", [json.dumps([*numbers])]
    )
    return {row[0]: Chat(*row) for row in rows}


def _words(db: Database, numbers: Iterable[int | None]) -> dict[int, str]:
    wanted = json.dumps([number for number in numbers if number is not None])
    rows = db.execute(
        "SELECT id, text FROM facts WHERE id IN (SELECT value FROM json_each(?))", [wanted]
    )
    return dict(rows.fetchall())
