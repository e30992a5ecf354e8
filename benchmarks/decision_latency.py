"""Measure the time from event to decision in a large log: `python -m benchmarks.decision_latency`.

FOLDER holds what `benchmarks.scale` made, or a history of --messages is written and imported there;
the work is done on a copy. Friends write into its chats through the real inbox, burst and policy;
the model is a fake that answers at once with made-up messages. All deliberate waiting is off: a
burst ends with its first message, and pieces are sent without typing.

Prints milliseconds from the event to the log; from the event to the decision, which is to ask the
model or to record why not; from the model's answer to its decision with all pieces in the outbox,
including the guard's search in all other chats; and the event loop's lag.
"""

import argparse
import asyncio
import cProfile
import pstats
import random
import shutil
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from unittest.mock import patch

from sqlite_utils import Database

from benchmarks.made_up_history import Speaker
from benchmarks.measure import probe_lag, quantiles
from storage.chats import Chat
from storage.database import now_ms, open_database
from storage.outbox import record_decision
from tests.twin.fakes import FakeConnector, FakeEngine
from twin.app import EventDispatcher
from twin.clock import Clock
from twin.config.load import load_config
from twin.config.schema import Config
from twin.connectors.base import MessageReceived
from twin.engine.base import Limits, Reply
from twin.inbox import Inbox
from twin.prompting.chat_template import Turn
from twin.replying.manager import ReplyManager

# Limits off, so that every friend in an answered chat gets an answer.
SETTINGS = """
paths.data = "."
reply = { quiet_seconds = 0.0 }
[policy]
quiet_hours = ""
max_per_chat_hour = 1000000
max_per_day = 1000000
loop_replies = 1000
takeover_minutes = 0.0
"""
ANSWERED = 0.7  # share of the chats; the others are only logged
DECIDED_BEFORE, BEFORE = 50_000, "answered before"
OWNER_WRITES = 0.05  # share of the events


@dataclass(slots=True)
class Latencies:
    """Milliseconds of each event.

    `since`: chat → when the event came that waits for a decision; `answered`: chat → when the model
    answered, both in seconds of `perf_counter`.
    """

    since: dict[int, float] = field(default_factory=dict)
    answered: dict[int, float] = field(default_factory=dict)
    logged: list[float] = field(default_factory=list)
    decided: list[float] = field(default_factory=list)
    written: list[float] = field(default_factory=list)

    def event_came(self, chat_id: int, event: MessageReceived) -> None:
        if event.from_owner:  # no decision: the owner answers
            self.since.pop(chat_id, None)
        else:
            self.since.setdefault(chat_id, time.perf_counter())

    def decided_in(self, chat_id: int) -> None:
        began = self.since.pop(chat_id, None)
        if began is not None:
            self.decided.append((time.perf_counter() - began) * 1000)

    def written_in(self, chat_id: int) -> None:
        self.decided_in(chat_id)
        began = self.answered.pop(chat_id, None)
        if began is not None:
            self.written.append((time.perf_counter() - began) * 1000)


class _FakeModel(FakeEngine):
    """Answers with made-up messages; the name of the running task tells the chat."""

    def __init__(self, latencies: Latencies) -> None:
        super().__init__()
        self._latencies = latencies
        drawn = random.Random(1)
        self._speakers = [Speaker(chinese, drawn) for chinese in (True, True, True, False, False)]

    async def reply(self, turns: Sequence[Turn], limits: Limits | None = None) -> Reply:
        task = asyncio.current_task()
        assert task is not None
        chat_id = int(task.get_name().removeprefix("chat "))
        self._latencies.decided_in(chat_id)
        await asyncio.sleep(0)
        speaker = self._speakers[chat_id % len(self._speakers)]
        text = "\n".join(speaker.say() for _ in range(1 + chat_id % 3))
        self._latencies.answered[chat_id] = time.perf_counter()
        return Reply(text, len(text), True, 0.0)


def main(folder: Path, messages: int, events: int, per_second: float, profile: bool) -> None:
    if not (folder / "twin.db").exists():
        from benchmarks import scale_steps

        scale_steps.write(folder, messages)
        scale_steps.import_history(folder)
    with tempfile.TemporaryDirectory(dir=folder) as copy:
        for part in folder.glob("twin.db*"):  # the newest rows may be in its WAL alone
            shutil.copy(part, copy)
        (Path(copy) / "config.toml").write_text(SETTINGS, encoding="utf-8")
        config = load_config(Path(copy) / "config.toml")
        profiler = cProfile.Profile()
        if profile:
            profiler.enable()
        asyncio.run(_measure(config, events, per_second))
        if profile:
            profiler.disable()
            pstats.Stats(profiler).sort_stats("tottime").print_stats(25)


async def _measure(config: Config, events: int, per_second: float) -> None:
    db, latencies, lags = open_database(config.database), Latencies(), list[float]()
    total = db.execute("SELECT COUNT(*) FROM messages").fetchone()[0]
    chats = _chats(db)
    _answer_before(db)
    clock = Clock(sleep=lambda _: asyncio.sleep(0))
    connector = FakeConnector()
    connector.name = chats[0].platform
    replies = ReplyManager(config, db, _FakeModel(latencies), {connector.name: connector}, clock)
    connector.status().state = "running"
    inbox = Inbox(db, EventDispatcher(db, replies, str, clock), clock)
    with _recorded(latencies):
        probing = asyncio.create_task(probe_lag(lags))
        for event, chat_id in _events(chats, events):
            began = time.perf_counter()
            latencies.event_came(chat_id, event)
            await inbox.handle(connector.name, event)
            latencies.logged.append((time.perf_counter() - began) * 1000)
            await asyncio.sleep(1 / per_second)
        await asyncio.sleep(2)
        probing.cancel()
        await replies.stop()
    reasons = db.execute("SELECT reason, COUNT(*) FROM decisions GROUP BY 1 ORDER BY 2 DESC")
    print(f"{total:,} messages before, {events:,} events at {per_second:g} a second")
    print("decisions: " + ", ".join(f"{count} {reason}" for reason, count in reasons.fetchall()))
    for what, values in (
        ("from the event to the log", latencies.logged),
        ("from the event to the decision", latencies.decided),
        ("from the answer to the outbox", latencies.written),
        ("event-loop lag", lags),
    ):
        print(f"{what}, ms: {quantiles(values)}")


def _chats(db: Database) -> list[Chat]:
    """The direct chats, of which most may be answered."""
    db.execute("UPDATE chats SET mode = iif(id % 10 < ?, 'auto', 'log')", [ANSWERED * 10])
    rows = db.execute("SELECT * FROM chats WHERE kind = 'direct' ORDER BY id").fetchall()
    return [Chat(*row) for row in rows]


def _answer_before(db: Database) -> None:
    """Decisions and sent replies of some years, which the policy has to read too."""
    db.execute(
        "INSERT INTO decisions (chat_id, last_message_id, answered, reason, decided_at) "
        "SELECT chat_id, id, 1, ?, sent_at FROM messages WHERE origin = 'peer' "
        "ORDER BY id LIMIT ?",
        [BEFORE, DECIDED_BEFORE],
    )
    db.execute(
        "INSERT INTO outbox (chat_id, decision_id, text, state, created_at, changed_at) "
        "SELECT chat_id, id, reason, 'sent', decided_at, decided_at FROM decisions"
    )


def _events(chats: Sequence[Chat], count: int) -> Iterator[tuple[MessageReceived, int]]:
    """Busy chats are drawn more often, as in the history; the owner writes now and then."""
    drawn = random.Random(2)
    weights = [1 / (rank + 2) for rank in range(len(chats))]
    speakers = {True: Speaker(True, drawn), False: Speaker(False, drawn)}
    for number in range(count):
        chat = drawn.choices(chats, weights)[0]
        from_owner = drawn.random() < OWNER_WRITES
        yield (
            MessageReceived(
                chat_external_id=chat.external_id,
                chat_name=chat.name,
                sender_id="owner" if from_owner else f"{chat.external_id}_1",
                sender_name=chat.name,
                text=speakers[chat.id % 5 < 3].say(),
                sent_at=now_ms(),
                external_id=f"live {number}",
                from_owner=from_owner,
            ),
            chat.id,
        )


@contextmanager
def _recorded(latencies: Latencies) -> Iterator[None]:
    def record(db: Database, chat_id: int, *given: Any, **more: Any) -> Any:
        pieces = record_decision(db, chat_id, *given, **more)
        latencies.written_in(chat_id)
        return pieces

    with patch("twin.replying.answers.record_decision", record):
        yield


if __name__ == "__main__":
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.decision_latency", description=__doc__
    )
    parser.add_argument("folder", type=Path)
    parser.add_argument("--messages", type=int, default=1_000_000, help="of a new history")
    parser.add_argument("--events", type=int, default=3_000)
    parser.add_argument("--per-second", type=float, default=25.0)
    parser.add_argument("--profile", action="store_true", help="where the time goes")
    given = parser.parse_args()
    main(given.folder, given.messages, given.events, given.per_second, given.profile)
