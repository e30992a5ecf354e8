"""A day with everything that goes wrong: nothing is lost, and nothing is there twice.

`TWIN_SOAK_HOURS=24 TWIN_SOAK_FRIENDS=200 python -m pytest -s tests/soak/test_soak.py` is the one of
docs/reliability.md.
"""

import os
from collections import Counter
from pathlib import Path

import pytest
from sqlite_utils import Database

from storage.database import open_database
from tests.soak.world import Seen, World
from twin.replying.bursts import open_bursts

pytestmark = pytest.mark.slow

HOURS = float(os.environ.get("TWIN_SOAK_HOURS", "0.25"))
FRIENDS = int(os.environ.get("TWIN_SOAK_FRIENDS", "12"))
SPEED = float(os.environ.get("TWIN_SOAK_SPEED", "144"))
PAUSE_S = 2400.0 if HOURS > 6 else 90.0
SEED = int(os.environ.get("TWIN_SOAK_SEED", "1"))


async def test_nothing_is_lost_or_doubled(tmp_path: Path) -> None:
    world = World(tmp_path, FRIENDS, HOURS, SPEED, PAUSE_S, SEED)
    db = open_database(world.config.database)
    await world.run(db)
    report(db, world)
    told = [text for texts in world.seen.told.values() for text in texts]
    logged = rows(db, "SELECT text FROM messages WHERE origin = 'peer'")
    assert sorted(told) == sorted(logged)
    said = rows(db, "SELECT text FROM messages WHERE origin = 'twin'")
    assert len(said) == len(set(said))
    # The minute in which an echo is known by its words is less than half a real second here.
    mistaken = rows(db, "SELECT text FROM messages WHERE origin = 'owner'")
    assert len(mistaken) <= 3 + len(said) // 20
    assert len(world.seen.sent) == len(set(world.seen.sent))
    assert set(world.seen.sent) <= set(rows(db, "SELECT text FROM outbox"))
    assert open_bursts(db) == {}
    assert_in_order(db, world.seen)


def rows(db: Database, sql: str) -> list[str]:
    return [value for (value,) in db.execute(sql)]


def assert_in_order(db: Database, seen: Seen) -> None:
    """Whatever the clocks showed, a friend's page shows their words as they wrote them."""
    for token, chat in db.execute("SELECT token, chat_id FROM invites").fetchall():
        shown = db.execute(
            "SELECT text FROM messages WHERE chat_id = ? AND origin = 'peer' ORDER BY sent_at, id",
            [chat],
        )
        assert [text for (text,) in shown] == seen.told[token]


def report(db: Database, world: World) -> None:
    seen = world.seen
    reasons = Counter(rows(db, "SELECT reason FROM decisions"))
    states = Counter(rows(db, "SELECT state FROM outbox"))
    print(f"\n{len(seen.kept)} messages and echoes kept, {world.lives} lives, {dict(seen.faults)}")
    print(f"bursts {dict(reasons)}\npieces {dict(states)}")
    late = sorted(seen.late.elements())
    for share in (0.5, 0.99, 0.999, 1):
        if late:
            print(f"loop late, {share:.1%}: {late[min(int(len(late) * share), len(late) - 1)]} ms")
    last = [(hour, size) for life, hour, size in seen.memory if life == world.lives]
    for hour, size in last[:: max(1, len(last) // 8)]:
        print(f"memory at {hour:.1f} h: {size / 1e6:.0f} MB")
