"""Which facts may be shown in a chat."""

import json
from collections.abc import Iterable

from sqlite_utils import Database

from storage.facts import FACT, Fact, fact_of
from storage.people import OF_PERSON
from storage.values import fitting

_KNOWN = f"""
SELECT * FROM ({FACT}
WHERE f.state != 'rejected' AND f.said_at < :before AND f.valid_from <= :before
AND (f.valid_until IS NULL OR f.valid_until > :before)
AND EXISTS (SELECT 1 FROM chats WHERE id = :chat)
AND CASE f.about
WHEN 'friend' THEN f.chat_id IN ({OF_PERSON})
ELSE EXISTS (SELECT 1 FROM releases r WHERE r.fact_id = f.id
    AND (r.chat_id IS NULL OR r.chat_id IN ({OF_PERSON})))
END)
WHERE replaced_by IS NULL ORDER BY said_at DESC, id DESC
"""


_OUTDATED = f"""
SELECT message_id FROM ({FACT}
WHERE f.message_id IN (SELECT value FROM json_each(:messages)) AND f.state != 'rejected')
GROUP BY message_id HAVING COUNT(*) = COUNT(replaced_by)
"""


def known_facts(db: Database, chat_id: int, before: int) -> list[Fact]:
    """What may be shown in that chat of what was said before that time and holds then.

    That is, newest first: facts of the owner that were released for everyone, for this chat or for
    another with the same person, and facts about the friend that chats with them state. Nothing
    else ever is: the statement itself says so.
    """
    values = {"chat": fitting(chat_id), "before": fitting(before)}
    return [*map(fact_of, db.execute(_KNOWN, values))]


def texts_of_sources(db: Database, facts: Iterable[Fact]) -> dict[int, str]:
    """The messages that state these facts, by the fact; of what the owner put into words, none."""
    stated = [fact.id for fact in facts if fact.found_by != "owner"]
    rows = db.execute(
        "SELECT f.id, m.text FROM facts f JOIN messages m ON m.id = f.message_id "
        "WHERE f.id IN (SELECT value FROM json_each(?))",
        [json.dumps(stated)],
    )
    return dict(rows.fetchall())


def outdated_messages(db: Database, messages: Iterable[int], before: int) -> set[int]:
    """Those of the messages that state nothing but facts which newer ones had replaced by then."""
    values = {"messages": json.dumps(list(messages)), "before": fitting(before)}
    return {number for (number,) in db.execute(_OUTDATED, values)}
