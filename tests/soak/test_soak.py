"""A day with everything that goes wrong: nothing is lost, and nothing is there twice.

`TWIN_SOAK_HOURS=24 TWIN_SOAK_FRIENDS=200 python -m pytest -s tests/soak/test_soak.py` is the one of
docs/reliability.md. Where a check fails, the data folder is kept.
"""

import os
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlite_utils import Database

from storage.database import open_database
from tests.soak.world import Seen, World
from twin.replying.bursts import open_bursts

pytestmark = pytest.mark.slow

HOURS = float(os.environ.get("TWIN_SOAK_HOURS", "0.25"))
FRIENDS = int(os.environ.get("TWIN_SOAK_FRIENDS", "12"))
SPEED = float(os.environ.get("TWIN_SOAK_SPEED", "60"))
PAUSE_S = 2400.0 if HOURS >= 6 else 90.0
SEED = int(os.environ.get("TWIN_SOAK_SEED", "1"))
SHOWN = 20


async def test_nothing_is_lost_or_doubled(tmp_path: Path) -> None:
    world = World(tmp_path, FRIENDS, HOURS, SPEED, PAUSE_S, SEED)
    db = open_database(world.config.database)
    await world.run(db)
    report(db, world)
    wrong = list(whats_wrong(db, world.seen))
    print(*wrong, sep="\n")
    assert not wrong, f"the data is in {tmp_path}"


def whats_wrong(db: Database, seen: Seen) -> Iterator[str]:
    """One line for each check that fails, with the rows concerned."""
    told = Counter(text for texts in seen.told.values() for text in texts)
    logged = Counter(rows(db, "SELECT text FROM messages WHERE origin = 'peer'"))
    pieces = Counter(rows(db, "SELECT text FROM outbox"))
    said = Counter(rows(db, "SELECT text FROM messages WHERE origin = 'twin'"))
    sent = Counter(seen.sent)
    yield from found(db, "lost", told - logged)
    yield from found(db, "logged twice, or never told", logged - told)
    yield from found(db, "logged twice as the twin's", said - Counter(set(said)))
    yield from found(db, "the twin's, and in no outbox", said - pieces)
    yield from found(db, "sent twice", sent - Counter(set(sent)))
    yield from found(db, "sent, and in no outbox", sent - pieces)
    echoes = Counter(rows(db, "SELECT text FROM messages WHERE origin = 'owner'"))
    yield from found(db, "an echo that was taken for the owner's", echoes)
    yield from found(db, "sent, and not logged", sent - said - echoes)
    yield from (f"not answered: {burst}" for burst in open_bursts(db).values())
    yield from in_wrong_order(db, seen)


def found(db: Database, what: str, texts: Counter[str]) -> Iterator[str]:
    if texts:
        yield f"{what}: {texts.total()}"
    for text in list(texts)[:SHOWN]:
        like = f"{text[:16]}%"
        for table in ("messages", "outbox"):
            alike = db.query(f"SELECT * FROM {table} WHERE text LIKE ? ORDER BY id", [like])
            yield from (f"  {table}: {row}" for row in alike)


def rows(db: Database, sql: str) -> list[str]:
    return [value for (value,) in db.execute(sql)]


def in_wrong_order(db: Database, seen: Seen) -> Iterator[str]:
    """Whatever the clocks showed, a friend's page shows their words as they wrote them."""
    for token, chat in db.execute("SELECT token, chat_id FROM invites").fetchall():
        shown = db.execute(
            "SELECT text FROM messages WHERE chat_id = ? AND origin = 'peer' ORDER BY sent_at, id",
            [chat],
        )
        if [text for (text,) in shown] != seen.told[token]:
            yield f"not in the order in which they were written: chat {chat}"


def report(db: Database, world: World) -> None:
    seen = world.seen
    reasons = Counter(rows(db, "SELECT reason FROM decisions"))
    states = Counter(rows(db, "SELECT state FROM outbox"))
    print(f"\n{len(seen.kept)} messages and echoes kept, {world.lives} lives, {dict(seen.faults)}")
    print(f"bursts {dict(reasons)}\npieces {dict(states)}, {len(seen.sent)} on the platform")
    late = sorted(seen.late.elements())
    for share in (0.5, 0.99, 0.999, 1):
        if late:
            print(f"loop late, {share:.1%}: {late[min(int(len(late) * share), len(late) - 1)]} ms")
    own = sum(2 * computed > ms for ms, computed, _, _ in seen.stalls)
    all_threads = sum(2 * computed > ms for ms, _, computed, _ in seen.stalls)
    print(f"{len(seen.stalls)} long stalls; more than half of it computing: {own}, {all_threads}")
    for ms, computed, by_all, where in sorted(seen.stalls, reverse=True)[:SHOWN]:
        print(f"  {ms} ms, the loop computing {computed}, the process {by_all}: {where}")
    for life in range(1, world.lives + 1):
        sizes = [(hour, size / 1e6) for of, hour, size in seen.memory if of == life]
        shown = sizes[:: max(1, len(sizes) // 8)]
        print(f"memory, life {life}:", *(f"{hour:.1f} h {size:.0f} MB," for hour, size in shown))
