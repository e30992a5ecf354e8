"""Split a chat into passages: a friend's burst with the owner's answer, as memory finds them."""

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from storage.messages import Message, Origin
from storage.stale_chats import LONGEST_MS
from twin.config.schema import Config, DatasetSettings
from twin.privacy.blocked_words import comparable_words, holds_blocked
from twin.prompting.media_marks import as_read, everything_in, holds_words
from twin.prompting.turns import has_words, starts_conversation

MOST_MESSAGES, MOST_CHARS = 12, 600  # of a passage: a vector says little of a long one
_DIGEST_BYTES = 8
_WHO: dict[Origin, str] = {"owner": "me", "peer": "friend", "twin": "twin"}


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
        return "\n".join(message.text for message in self.messages)

    @property
    def told(self) -> str:
        """What its vector is made of: who said what."""
        return "\n".join(f"{_WHO[message.origin]}: {message.text}" for message in self.messages)

    def digest(self, model: str) -> bytes:
        """Another one for other words or another model."""
        said = f"{model}\0{self.told}".encode("utf-8", "surrogatepass")
        return hashlib.blake2b(said, digest_size=_DIGEST_BYTES).digest()


class Usable:
    """Which messages memory may hold: people's words, without what [privacy] blocks."""

    def __init__(self, config: Config) -> None:
        self._blocked = comparable_words(config.privacy)
        self._own_voices = config.media.own_voices

    def __call__(self, message: Message) -> bool:
        is_words = message.origin != "twin" and has_words(message)
        return is_words and not holds_blocked(message.text, self._blocked)

    def read(self, messages: Iterable[Message]) -> Iterator[Message]:
        """The usable ones, with what was read in files as the model sees it: of a file in which
        there are no words, nothing is to be remembered.
        """
        for message in messages:
            if holds_words(message) and not holds_blocked(everything_in(message), self._blocked):
                read = as_read(message, own_voices=self._own_voices)
                if read.origin != "twin" and has_words(read):
                    yield read


def passages_of(messages: Iterable[Message], config: Config) -> list[Passage]:
    """The passages of a chat's messages, which are in order; each usable one is in one of them."""
    exchanges: list[list[Message]] = []
    for message in Usable(config).read(messages):
        if not exchanges or _begins_exchange(exchanges[-1], message, config.dataset):
            exchanges.append([])
        exchanges[-1].append(message)
    return [Passage(tuple(piece)) for exchange in exchanges for piece in _pieces(exchange)]


def _begins_exchange(before: Sequence[Message], after: Message, rules: DatasetSettings) -> bool:
    """A friend's message after the owner's does, but what the owner began goes with the answer."""
    is_answered = before[-1].origin == "owner" and any(one.origin == "peer" for one in before)
    is_next = is_answered and after.origin == "peer"
    return is_next or starts_conversation(before[-1], after, rules)


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
