"""Figures of the last days and of the machine. They take a while: see `SharedLook`."""

import os
import shutil
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from pathlib import Path

import psutil

from storage.daily_counts import DayCount, daily_counts
from storage.database import reading
from twin.clock import Clock, local_day, midnight, zone_of
from twin.config.schema import Config
from twin.engine.bases.limits import usable_memory

DAYS = 30


@dataclass(frozen=True, slots=True)
class Figures:
    """`days`: the last 30, the oldest first. The rest in bytes.

    folder: the data folder. free_disk: of the disk that it is on. memory: of the bot and what it
    started, as a training. free_memory: what programs can still have.
    """

    days: tuple[DayCount, ...]
    folder: int
    free_disk: int
    memory: int
    free_memory: int


def figures_of(config: Config, clock: Clock) -> Figures:
    zone, now = zone_of(config.schedule), clock.now()
    today = local_day(now, zone)
    days = [today - timedelta(ago) for ago in reversed(range(DAYS))]
    with reading(config.database) as db:
        counts = daily_counts(db, days, midnight(days[0], zone), partial(local_day, zone=zone))
    return Figures(
        days=tuple(counts),
        folder=_size_of(config.data),
        free_disk=shutil.disk_usage(config.data).free,
        memory=_memory(),
        free_memory=usable_memory()[0],
    )


def _size_of(folder: Path) -> int:
    """Files that come and go meanwhile are left out."""
    total = 0
    for within, _, names in os.walk(folder):
        for name in names:
            with suppress(OSError):
                total += Path(within, name).lstat().st_size
    return total


def _memory() -> int:
    bot, total = psutil.Process(), 0
    for process in (bot, *bot.children(recursive=True)):
        with suppress(psutil.Error):  # it has just ended
            total += process.memory_info().rss
    return total
