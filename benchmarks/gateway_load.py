"""Measure the bot under load through a real gateway: `python -m benchmarks.gateway_load`.

200 friends write 50 messages a second for a minute, in chats that are logged and not answered.
Prints messages in the log, the event loop's lag, the time from gateway to log, and memory.
"""

import argparse
import asyncio
import tempfile
from pathlib import Path

import psutil

from benchmarks.measure import probe_lag, quantiles
from storage.database import now_ms, open_database
from tests.twin.connectors.wechaty.gateway import Gateway
from twin.app import EventDispatcher
from twin.clock import SYSTEM_CLOCK
from twin.config.load import load_config
from twin.connectors.base import Event
from twin.connectors.wechaty.connector import WechatyConnector
from twin.inbox import Inbox
from twin.replying.manager import ReplyManager


async def main(seconds: int, per_second: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        await _load(Path(folder), seconds, per_second)


async def _load(folder: Path, seconds: int, per_second: int) -> None:
    from tests.twin.fakes import FakeEngine

    (folder / "config.toml").write_text("", encoding="utf-8")
    config = load_config(folder / "config.toml")
    db, gateway = open_database(config.database), Gateway()
    gateway.start()
    connector = WechatyConnector(db, gateway.settings(), folder)
    replies = ReplyManager(config, db, FakeEngine(), {connector.name: connector})
    inbox = Inbox(db, EventDispatcher(db, replies, str, SYSTEM_CLOCK))
    delays: list[float] = []

    async def emit(name: str, event: Event) -> None:
        await inbox.handle(name, event)
        delays.append(now_ms() - getattr(event, "sent_at", now_ms()))

    gateway.login()
    running = asyncio.create_task(connector.run(emit))
    lags: list[float] = []
    probing = asyncio.create_task(probe_lag(lags))
    memory = [_memory()]
    count = seconds * per_second
    flood = asyncio.to_thread(
        gateway.order, "flood", count=count, each=per_second // 10, everyMs=100
    )
    flooding = asyncio.create_task(flood)
    for _ in range(seconds):
        await asyncio.sleep(1)
        memory.append(_memory())
    await flooding
    await asyncio.sleep(5)  # what is still on its way
    probing.cancel()
    await connector.stop()
    await replies.stop()
    running.cancel()
    gateway.stop()
    print(f"sent {count}, logged {db['messages'].count}, in {db['chats'].count} chats")
    _print(lags, delays, memory)


def _print(lags: list[float], delays: list[float], memory: list[float]) -> None:
    print(f"event-loop lag in ms: {quantiles(lags)}")
    print(f"from the gateway to the log in ms: {quantiles(delays)}")
    third = len(memory) // 3
    print(f"memory in MB at a third, two thirds, the end: {memory[third]:.0f}, "
          f"{memory[2 * third]:.0f}, {memory[-1]:.0f}")  # fmt: skip


def _memory() -> float:
    return float(psutil.Process().memory_info().rss / 1e6)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m benchmarks.gateway_load", description=__doc__)
    parser.add_argument("--seconds", type=int, default=60)
    parser.add_argument("--per-second", type=int, default=50)
    given = parser.parse_args()
    asyncio.run(main(given.seconds, given.per_second))
