"""Answers that the owner takes out of what is learnt."""

from sqlite_utils import Database


def exclude_answer(db: Database, chat_id: int, answered_at: int) -> None:
    """`answered_at`: the time of the answer's first message, in UTC milliseconds."""
    db.execute("INSERT OR IGNORE INTO excluded_answers VALUES (?, ?)", [chat_id, answered_at])


def include_answer(db: Database, chat_id: int, answered_at: int) -> None:
    """Take the exclusion back."""
    db.execute(
        "DELETE FROM excluded_answers WHERE chat_id = ? AND answered_at = ?", [chat_id, answered_at]
    )


def excluded_answers(db: Database) -> frozenset[tuple[int, int]]:
    """(chat, time of the answer) of each."""
    return frozenset(db.execute("SELECT chat_id, answered_at FROM excluded_answers").fetchall())
