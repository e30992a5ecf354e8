"""What the pairing rules make of a chat: exchanges, and messages that are in none."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from storage.messages import Message

TWIN = "twin: never learnt from"
RECALLED = "recalled"
NOT_TEXT = "not a text message"
HOLDS_BLOCKED = "holds a blocked word"
BLOCKED_KIND = "blocked"  # no kind of the log: a text message that must not be used


@dataclass(frozen=True, slots=True)
class Exchange:
    """What a friend wrote, what was answered, and of how many messages each is made.

    `conversation` counts within the chat: what came before in it, is context. `input` is "" where
    the owner spoke first. `untaught` says why the answer is context alone and nothing to learn.
    `answered_at` is the time of the first message of the answer, in UTC milliseconds.
    """

    chat_id: int
    conversation: int
    input: str
    output: str
    answered_at: int
    inputs: int
    outputs: int
    untaught: str | None = None


@dataclass(slots=True)
class Paired:
    """The exchanges of one chat, oldest first, and why each other message is in none."""

    exchanges: list[Exchange] = field(default_factory=list)
    left_out: list[tuple[Message, str]] = field(default_factory=list)

    @property
    def dropped(self) -> Counter[str]:
        return Counter(reason for _, reason in self.left_out)

    def drop(self, messages: Iterable[Message], reason: str) -> None:
        """For this reason, unless a message can't be used whatever stands around it."""
        self.left_out += [(message, unusable(message) or reason) for message in messages]


def unusable(message: Message) -> str | None:
    """Why the message can't be used whatever stands around it."""
    if message.origin == "twin":
        return TWIN
    if message.recalled_at is not None:
        return RECALLED
    if message.kind == BLOCKED_KIND:
        return HOLDS_BLOCKED
    return NOT_TEXT if message.kind != "text" else None
