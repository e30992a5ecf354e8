"""Exchanges of a chat, and the training samples that are made of them."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from storage.messages import Message
from twin.prompting.chat_prompt import with_memory

TWIN = "twin: never learnt from"
RECALLED = "recalled"
NOT_TEXT = "not a text message"
HOLDS_BLOCKED = "holds a blocked word"
BLOCKED_KIND = "blocked"  # no kind of the log: a text message that must not be used

PastExchange = tuple[str, str]  # what the friend wrote and what was answered


@dataclass(frozen=True, slots=True)
class Exchange:
    """What a friend wrote, what was answered, and of how many messages each is made.

    `conversation` counts within the chat; what came before in the same one is context. `input` is
    "" where the owner spoke first. `untaught` says why the answer is context alone and nothing to
    learn. `answered_at` is the time of the first message of the answer, in UTC milliseconds.
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
    """The exchanges of one chat, oldest first, and why each other message is in none.

    By the rules "sessions", it is known when each conversation began.
    """

    exchanges: list[Exchange] = field(default_factory=list)
    left_out: list[tuple[Message, str]] = field(default_factory=list)
    began: list[int] = field(default_factory=list)  # each conversation, in UTC milliseconds

    @property
    def dropped(self) -> Counter[str]:
        return Counter(reason for _, reason in self.left_out)

    def drop(self, messages: Iterable[Message], reason: str) -> None:
        """For this reason, unless a message can't be used whatever stands around it."""
        self.left_out += [(message, unusable(message) or reason) for message in messages]


def unusable(message: Message) -> str | None:
    """Why the message can't be used whatever stands around it; None if it can."""
    if message.origin == "twin":
        return TWIN
    if message.recalled_at is not None:
        return RECALLED
    if message.kind == BLOCKED_KIND:
        return HOLDS_BLOCKED
    return NOT_TEXT if message.kind != "text" else None


@dataclass(frozen=True, slots=True)
class Sample:
    """One answer to learn: the persona (`instruction`), the friend's words, the owner's answer.

    `history`: the exchanges right before it in its conversation, oldest first. `position` numbers
    the exchanges of a chat, so that samples of one conversation can be put together again.
    `answered_at` in UTC milliseconds. `weight`: how much it counts in training, 1 on average.
    `memory`: what was said before its conversation as the model is shown it, of `memory_chats`.
    """

    instruction: str
    input: str
    output: str
    history: tuple[PastExchange, ...] = ()
    chat_id: int = 0
    conversation: int = 0
    position: int = 0
    answered_at: int = 0
    weight: float = 1.0
    # Not in the repr, of which `hash_of` is made: it would change for samples without.
    memory: str = field(default="", repr=False)
    memory_chats: tuple[int, ...] = field(default=(), repr=False)

    @property
    def system(self) -> str:
        """What stands before the conversation."""
        return with_memory(self.instruction, self.memory)


def start_of_context(exchanges: Sequence[Exchange], at: int, most: int) -> int:
    """The first of the `most` exchanges of its conversation that are shown with the one at `at`."""
    start = at
    while start > max(0, at - most) and (
        exchanges[start - 1].conversation == exchanges[at].conversation
    ):
        start -= 1
    return start


def by_conversation(samples: Sequence[Sample]) -> list[list[Sample]]:
    """Samples in any order as conversations, each in its own order."""
    found: dict[tuple[int, int], list[Sample]] = {}
    for sample in samples:
        found.setdefault((sample.chat_id, sample.conversation), []).append(sample)
    return [sorted(each, key=lambda sample: sample.position) for each in found.values()]
