"""What the bot knows of learning: that it can be asked for, and that it goes on by itself."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from twin.config.schema import ScheduleSettings


class Training(Protocol):
    """One training run at a time, by the schedule and on order."""

    def is_running(self) -> bool:
        """Whether a run is going, whoever started it."""

    def next_at(self) -> int | None:
        """When the next run is due by the schedule, in UTC milliseconds; None: none ever is."""

    def follow(self, schedule: ScheduleSettings) -> None:
        """Decide by this schedule from now on when a run is due."""

    async def train(self, reason: str) -> str:
        """Make one run; the line about it for the owner."""

    async def run(self, tell: Callable[[str], None]) -> None:
        """Train by the schedule until cancelled; `tell` gets a line after each run."""


class HeldOutExample(Protocol):
    """One held-out conversation: what the friend wrote, and everybody's answer to it, by name."""

    @property
    def friend(self) -> str: ...
    @property
    def answers(self) -> Mapping[str, str]: ...


class Reports(Protocol):
    """What was written about each run for the owner alone: it quotes chats."""

    def page(self, run_id: int) -> Path | None:
        """A page that stands alone, if there is one."""

    def examples(self, run_id: int) -> Sequence[HeldOutExample]:
        """Answers side by side; none when the report is gone."""


@dataclass(frozen=True, slots=True)
class ListedSample:
    """One answer with what it answers, as it is learnt.

    `untaught`: why it is not; `by_owner`: because the owner excluded just this one. `chat_out`: why
    nothing of its chat is learnt.
    """

    chat_id: int
    chat: str
    answered_at: int
    input: str
    output: str
    untaught: str | None
    by_owner: bool
    chat_out: str | None


@dataclass(frozen=True, slots=True)
class SamplePage:
    """`following`: what to ask for to get the next page; None at the end."""

    samples: Sequence[ListedSample]
    following: int | None


class Samples(Protocol):
    """Slow enough to be asked beside the event loop."""

    def of_chat(self, chat_id: int, before: int | None = None) -> SamplePage:
        """Answers given before that time, the newest first."""

    def found(self, query: str, page: int = 0) -> SamplePage:
        """Answers with a message that holds all the words, the newest first."""
