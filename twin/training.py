"""What the bot knows of learning: that it can be asked for, and that it goes on by itself."""

from collections.abc import Callable
from typing import Protocol


class Training(Protocol):
    """One training run at a time, by the schedule and on order."""

    def is_running(self) -> bool:
        """Whether a run is going, whoever started it."""

    def next_at(self) -> int | None:
        """When the next run is due by the schedule, in UTC milliseconds; None: none ever is."""

    async def train(self, reason: str) -> str:
        """Make one run; the line about it for the owner."""

    async def run(self, tell: Callable[[str], None]) -> None:
        """Train by the schedule until cancelled; `tell` gets a line after each run."""
