"""What the twin needs of training: protocols that `training` implements."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from twin.config.schema import ScheduleSettings


class Training(Protocol):
    """Runs training, one run at a time, by the schedule and on demand."""

    def is_running(self) -> bool:
        """Whether a run is active, whoever started it."""

    def next_at(self) -> int | None:
        """When the schedule's next run is due, in UTC milliseconds; None if it is off."""

    def follow(self, schedule: ScheduleSettings) -> None:
        """Use this schedule from now on."""

    async def train(self, reason: str) -> str:
        """Do one run; a line about it for the owner."""

    async def run(self, tell: Callable[[str], None]) -> None:
        """Train by the schedule until cancelled; `tell` gets a line after each run."""


class HeldOutExample(Protocol):
    """One held-out exchange: what the friend wrote, and each model's answer by its name."""

    @property
    def friend(self) -> str: ...
    @property
    def answers(self) -> Mapping[str, str]: ...


class Reports(Protocol):
    """The reports of runs. They quote chats, so they are for the owner alone."""

    def page(self, run_id: int) -> Path | None:
        """The report's HTML file, if there is one."""

    def examples(self, run_id: int) -> Sequence[HeldOutExample]:
        """The report's exchanges; none when it is gone."""


@dataclass(frozen=True, slots=True)
class ListedSample:
    """One exchange as it is trained: `input` and `output`, masked.

    `untaught`: why it is not trained; `by_owner`: the owner excluded this one. `chat_out`: why
    nothing of its chat is trained. `answered_at` in UTC milliseconds.
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
    """`following`: the argument that gives the next page; None at the end."""

    samples: Sequence[ListedSample]
    following: int | None


class Samples(Protocol):
    """Finds samples. Slow: to be called in a thread."""

    def of_chat(self, chat_id: int, before: int | None = None) -> SamplePage:
        """Samples of a chat answered before a time in UTC milliseconds, newest first."""

    def found(self, query: str, page: int = 0) -> SamplePage:
        """Samples with a message that contains all the words, newest first."""
