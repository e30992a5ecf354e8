"""A line that the model is shown besides the conversation, and the messages it stands on."""

from dataclasses import dataclass
from typing import Literal

LineKind = Literal["passage", "owner", "friend", "plan"]
Speaker = Literal["owner", "friend"]


@dataclass(frozen=True, slots=True)
class Line:
    """`text`: somebody's own words. `messages`: ids of those that say it.

    `kind`: an earlier exchange of the chat, a fact about the owner, one about the friend, or a
    plan. `speaker`: whose words `text` are; a friend's are shown as a quotation, since they may
    hold anything. `said_at` in UTC milliseconds; `score` is the likeness to what was asked, 0 to 1.
    """

    text: str
    messages: tuple[int, ...]
    said_at: int
    kind: LineKind
    speaker: Speaker
    score: float = 1.0
