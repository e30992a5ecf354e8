"""What the bot knows of learning: that it can be asked for, and that it goes on by itself."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Protocol

from twin.config import Schedule


class Training(Protocol):
    """One training run at a time, by the schedule and on order."""

    def is_running(self) -> bool:
        """Whether a run is going, whoever started it."""

    def next_at(self) -> int | None:
        """When the next run is due by the schedule, in UTC milliseconds; None: none ever is."""

    def follow(self, schedule: Schedule) -> None:
        """Decide by this schedule from now on when a run is due."""

    async def train(self, reason: str) -> str:
        """Make one run; the line about it for the owner."""

    async def run(self, tell: Callable[[str], None]) -> None:
        """Train by the schedule until cancelled; `tell` gets a line after each run."""


class Example(Protocol):
    """One held-out conversation: what the friend wrote, and everybody's answer to it, by name."""

    @property
    def friend(self) -> str: ...
    @property
    def answers(self) -> Mapping[str, str]: ...


class Reports(Protocol):
    """What was written about each run for the owner alone: it quotes chats."""

    def page(self, run_id: int) -> Path | None:
        """A page that stands alone, if there is one."""

    def examples(self, run_id: int) -> Sequence[Example]:
        """Answers side by side; none when the report is gone."""
