"""What the twin would learn, as its owner looks through it. Who makes the samples is above us."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Sample:
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

    samples: Sequence[Sample]
    following: int | None


class Samples(Protocol):
    """Slow enough to be asked beside the event loop."""

    def of_chat(self, chat_id: int, before: int | None = None) -> SamplePage:
        """Answers given before that time, the newest first."""

    def found(self, query: str, page: int = 0) -> SamplePage:
        """Answers with a message that holds all the words, the newest first."""
