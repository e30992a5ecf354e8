"""Another program holds the write lock: nothing is lost, and nobody waits inside the loop."""

import asyncio
import sqlite3
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import pytest

from storage.chats import get_chat
from storage.database import DatabaseBusy, open_database, transaction, wait_for_lock
from tests.twin.driver import Bot
from tests.twin.fakes import FakeTime, run_tasks
from twin.actions import Actions
from twin.replying.set_clock import follow_clock
from twin.writes import Writes

LOCKING = """
import sqlite3, sys, time
db = sqlite3.connect(sys.argv[1], isolation_level=None)
db.execute("BEGIN IMMEDIATE")
print("locked", flush=True)
sys.stdin.readline()
db.execute("ROLLBACK")
"""


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Another connection writes until the end of the block."""
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    yield
    other.execute("ROLLBACK")
    other.close()


async def test_messages_wait_in_their_order_and_are_confirmed_once_they_are_logged(
    bot: Bot, time: FakeTime
) -> None:
    with locked(bot.config.database):
        told = [asyncio.create_task(bot.receive(f"m{n}")) for n in range(20)]
        await time.advance(60)
        assert not any(task.done() for task in told)
        assert bot.log() == []
    await time.advance(60)
    assert all(task.done() for task in told)
    assert bot.log()[:20] == [("peer", f"m{n}") for n in range(20)]
    assert bot.connector.texts == ["ok"]


async def test_a_reply_waits_at_every_step_and_is_sent_once(bot: Bot, time: FakeTime) -> None:
    bot.engine.enqueue("one\ntwo")
    await bot.receive("hi")
    for _ in range(30):  # the lock comes and goes while it is decided, sent and recorded
        with locked(bot.config.database):
            await time.advance(0.7)
        await time.advance(0.05)
    assert bot.connector.texts == ["one", "two"]
    assert bot.states() == ["sent", "sent"]
    assert bot.log() == [("peer", "hi"), ("twin", "one"), ("twin", "two")]


async def test_the_owner_takes_over_while_a_reply_waits_for_the_lock(
    bot: Bot, time: FakeTime
) -> None:
    await bot.receive("hi")
    with locked(bot.config.database):
        await time.advance(30)
        taking_over = asyncio.create_task(bot.receive("I'm here", from_owner=True))
        await time.advance(30)
    await time.advance(60)
    assert taking_over.done()
    assert bot.connector.sent == []


@pytest.mark.parametrize("jump", [8 * 3600, -8 * 3600])
async def test_what_waits_while_the_clock_is_set_keeps_its_place(
    bot: Bot, time: FakeTime, jump: float
) -> None:
    await bot.receive("m0")
    with locked(bot.config.database):
        time.skew = jump
        told = [asyncio.create_task(follow_clock(bot.replies._steady, bot.db, bot.replies._writes))]
        told += [asyncio.create_task(bot.receive(f"m{n}")) for n in (1, 2)]
        await time.advance(30)
    await time.advance(1)
    await bot.receive("m3")
    assert all(task.done() for task in told)
    assert [text for origin, text in bot.log() if origin == "peer"] == ["m0", "m1", "m2", "m3"]


async def test_who_gives_up_waiting_has_written_nothing(bot: Bot, time: FakeTime) -> None:
    with locked(bot.config.database):
        told = asyncio.create_task(bot.receive("hi"))
        await time.advance(5)
        told.cancel()
        await run_tasks()
    await time.advance(60)
    assert bot.log() == []
    await bot.receive("again")
    assert bot.log() == [("peer", "again")]


async def test_what_fails_leaves_nothing_behind_and_the_next_is_written(bot: Bot) -> None:
    def fails() -> None:
        bot.db.execute("UPDATE chats SET note = 'half'")
        raise KeyError

    writes = Writes(bot.db, bot.time.clock)
    with pytest.raises(KeyError):
        await writes.run(fails)
    assert get_chat(bot.db, bot.chat.id).note is None
    await writes.run(lambda: bot.db.execute("UPDATE chats SET note = 'whole'"))
    assert get_chat(bot.db, bot.chat.id).note == "whole"


def test_the_owner_on_their_pages_is_told_in_a_line(bot: Bot) -> None:
    wait_for_lock(bot.db, 0.01)
    actions = Actions(bot.config, bot.db, replies=bot.replies)
    with locked(bot.config.database):
        for act in (
            lambda: actions.set_mode(bot.chat, "off"),
            lambda: actions.set_note(bot.chat.id, "new"),
            lambda: actions.pause_chat(bot.chat.id, 5),
            lambda: actions.pause_all(),
            lambda: actions.invite("Bob"),
        ):
            with pytest.raises(DatabaseBusy, match="try again"):
                act()
    assert get_chat(bot.db, bot.chat.id).mode == "auto"


def test_a_transaction_inside_another_is_a_part_of_it(tmp_path: Path) -> None:
    db = open_database(tmp_path / "twin.db")

    def half() -> None:
        with transaction(db):
            with transaction(db):
                db.execute("INSERT INTO switches VALUES ('a', 1)")
            raise KeyError

    with pytest.raises(KeyError):
        half()
    assert db.execute("SELECT COUNT(*) FROM switches").fetchone() == (0,)


async def test_the_loop_goes_on_while_another_process_writes(tmp_path: Path) -> None:
    db = open_database(tmp_path / "twin.db")
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", LOCKING, str(tmp_path / "twin.db")),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    await process.stdout.readline()
    add = partial(db.execute, "INSERT INTO switches VALUES ('a', 1)")
    writing = asyncio.create_task(Writes(db).run(add))
    for _ in range(30):
        await asyncio.sleep(0.01)
    assert not writing.done()
    process.stdin.write(b"\n")
    await writing
    assert await process.wait() == 0
    assert db.execute("SELECT COUNT(*) FROM switches").fetchone() == (1,)
