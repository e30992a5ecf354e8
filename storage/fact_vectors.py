"""The vectors of facts, by which the facts that answer a question are found."""

import json
from collections.abc import Iterable

from sqlite_utils import Database

from storage.database import transaction


def facts_without_vector(db: Database, limit: int) -> list[tuple[int, str]]:
    """Ids and texts, the newest first."""
    rows = db.execute(
        "SELECT id, text FROM facts WHERE state != 'rejected' "
        "AND id NOT IN (SELECT fact_id FROM fact_vectors) ORDER BY id DESC LIMIT ?",
        [limit],
    )
    return list(rows.fetchall())


def store_fact_vectors(db: Database, rows: Iterable[tuple[int, str, bytes]]) -> None:
    """Id, text and vector of each; left out where the fact has other words by now."""
    with transaction(db):
        db.conn.executemany(
            "INSERT OR REPLACE INTO fact_vectors (fact_id, vector) "
            "SELECT id, :vector FROM facts WHERE id = :id AND text = :text",
            [{"id": number, "text": text, "vector": vector} for number, text, vector in rows],
        )


def vectors_of_facts(db: Database, ids: Iterable[int]) -> dict[int, bytes]:
    """The vectors that there are, by id of the fact."""
    rows = db.execute(
        "SELECT fact_id, vector FROM fact_vectors "
        "WHERE fact_id IN (SELECT value FROM json_each(?))",
        [json.dumps(list(ids))],
    )
    return dict(rows.fetchall())
