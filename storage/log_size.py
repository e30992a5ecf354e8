"""How many texts the log holds, and its newest ones."""

from dataclasses import dataclass

from sqlite_utils import Database

from storage.messages import Origin


@dataclass(frozen=True, slots=True)
class LogSize:
    """messages: of the owner and of friends. owners: the owner's of them."""

    messages: int
    owners: int


def log_size(db: Database) -> LogSize:
    """Counted in an index: half a second for a million messages."""
    rows = db.execute(
        "SELECT origin, COUNT(*) FROM messages WHERE origin IN ('owner', 'peer') GROUP BY origin"
    )
    counts = dict(rows)
    owners = int(counts.get("owner", 0))
    return LogSize(owners + int(counts.get("peer", 0)), owners)


def newest_texts(db: Database, origin: Origin, limit: int) -> list[str]:
    """What the owner, or friends, wrote last."""
    rows = db.execute(
        "SELECT text FROM messages WHERE origin = ? AND kind = 'text' AND text != '' "
        "ORDER BY id DESC LIMIT ?",
        [origin, limit],
    )
    return [text for (text,) in rows]
