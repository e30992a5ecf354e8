"""Split a chat into passages: a friend's burst with the owner's answer, as memory finds them."""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from storage.messages import Message
from storage.stale_chats import LONGEST_MS
from twin.config.schema import Config, DatasetSettings
from twin.privacy.blocked_words import comparable_words, holds_blocked
from twin.prompting.turns import has_words, starts_conversation

MOST_MESSAGES, MOST_CHARS = 12, 600  # of a passage: a vector says little of a long one
_DIGEST_BYTES = 8


@dataclass(frozen=True, slots=True)
class Passage:
    """Messages of one chat that follow each other, oldest first; never empty."""

    messages: tuple[Message, ...]

    @property
    def chat_id(self) -> int:
        return self.messages[0].chat_id

    @property
    def began_at(self) -> int:
        return self.messages[0].sent_at

    @property
    def ended_at(self) -> int:
        return self.messages[-1].sent_at

    @property
    def text(self) -> str:
        """What its vector is made of."""
        return "\n".join(message.text for message in self.messages)

    def digest(self, model: str) -> bytes:
        """Another one for other words or another model."""
        said = f"{model}\0{self.text}".encode("utf-8", "surrogatepass")
        return hashlib.blake2b(said, digest_size=_DIGEST_BYTES).digest()


class Usable:
    """Which messages memory may hold: people's words, without what [privacy] blocks."""

    def __init__(self, config: Config) -> None:
        self._blocked = comparable_words(config.privacy)

    def __call__(self, message: Message) -> bool:
        is_words = message.origin != "twin" and has_words(message)
        return is_words and not holds_blocked(message.text, self._blocked)


def passages_of(messages: Iterable[Message], config: Config) -> list[Passage]:
    """The passages of a chat's messages, which are in order; each usable one is in one of them."""
    usable = list(filter(Usable(config), messages))
    starts = [
        0,
        *(at for at, pair in enumerate(pairwise(usable), 1) if _parts(*pair, config.dataset)),
    ]
    ends = [*starts[1:], len(usable)]
    return [
        Passage(tuple(piece))
        for start, end in zip(starts, ends, strict=True)
        for piece in _pieces(usable[start:end])
    ]


def _parts(before: Message, after: Message, rules: DatasetSettings) -> bool:
    """Whether `after` begins another exchange."""
    is_asked = before.origin == "owner" and after.origin == "peer"
    return is_asked or starts_conversation(before, after, rules)


def _pieces(messages: Sequence[Message]) -> Iterable[list[Message]]:
    """An exchange in pieces of a bounded length."""
    piece: list[Message] = []
    chars = 0
    for message in messages:
        chars += len(message.text)
        is_full = len(piece) == MOST_MESSAGES or chars > MOST_CHARS
        if piece and (is_full or message.sent_at - piece[0].sent_at > LONGEST_MS):
            yield piece
            piece, chars = [], len(message.text)
        piece.append(message)
    if piece:
        yield piece
