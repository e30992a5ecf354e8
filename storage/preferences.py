"""Choices of the owner that concern no single chat: a pause, answers left out, the set-up."""

from sqlite_utils import Database

PAUSED_UNTIL = "paused_until"
FOREVER = 2**62
_SETUP = "setup "  # before the name of a step


def paused_until(db: Database) -> int | None:
    """When the pause of every chat ends, in UTC milliseconds; None: there is none."""
    row = db.execute("SELECT value FROM switches WHERE name = ?", [PAUSED_UNTIL]).fetchone()
    return None if row is None else int(row[0])


def pause_all(db: Database, until: int = FOREVER) -> None:
    """Pause the twin in every chat until then; without a time until `resume_all`."""
    db.table("switches").upsert({"name": PAUSED_UNTIL, "value": until}, pk="name")


def resume_all(db: Database) -> None:
    db.execute("DELETE FROM switches WHERE name = ?", [PAUSED_UNTIL])


def exclude_answer(db: Database, chat_id: int, answered_at: int) -> None:
    """Keep an answer out of training. `answered_at`: when its first message was sent, in UTC ms."""
    db.execute("INSERT OR IGNORE INTO excluded_answers VALUES (?, ?)", [chat_id, answered_at])


def include_answer(db: Database, chat_id: int, answered_at: int) -> None:
    """Take the exclusion back."""
    db.execute(
        "DELETE FROM excluded_answers WHERE chat_id = ? AND answered_at = ?", [chat_id, answered_at]
    )


def excluded_answers(db: Database) -> frozenset[tuple[int, int]]:
    """(chat, time of the answer) of each."""
    return frozenset(db.execute("SELECT chat_id, answered_at FROM excluded_answers").fetchall())


def pass_setup_step(db: Database, step: str, now: int) -> None:
    """The owner went on from a step of the set-up. `now` in UTC milliseconds."""
    db.table("switches").upsert({"name": _SETUP + step, "value": now}, pk="name")


def passed_setup_steps(db: Database) -> frozenset[str]:
    """The steps that the owner left behind."""
    rows = db.execute("SELECT name FROM switches WHERE name GLOB ?", [_SETUP + "*"])
    return frozenset(name.removeprefix(_SETUP) for (name,) in rows)
