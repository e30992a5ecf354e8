"""A line that the model is shown besides the conversation, and the messages it stands on."""

from dataclasses import dataclass
from typing import Literal

LineKind = Literal["passage", "owner", "friend", "plan"]


@dataclass(frozen=True, slots=True)
class Line:
    """`text`: somebody's own words. `messages`: ids of those that say it.

    `kind`: an earlier exchange of the chat, a fact about the owner, one about the friend, or a
    plan. `said_at` in UTC milliseconds; `score` is the likeness to what was asked, 0 to 1.
    """

    text: str
    messages: tuple[int, ...]
    said_at: int
    kind: LineKind
    score: float = 1.0
