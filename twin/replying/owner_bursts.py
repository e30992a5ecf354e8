"""Find what a friend wrote in a row, and what the owner did about it: answered, when, how often."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise, takewhile
from math import log1p

from storage.messages import Message
from twin.config.schema import DatasetSettings
from twin.memory.small_talk import says_something
from twin.prompting.media_marks import is_media, words_in
from twin.prompting.turns import MINUTE_MS, conversations, starts_conversation

_NOBODYS = ("system", "command", "notice")  # kinds that nobody says to anybody
_ASKS = re.compile(r"[?？؟]|[吗么呢][\s。.!！~～]*$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class FriendBurst:
    """Times in UTC milliseconds. `silence_s`: since the message before it, None where none was.

    `says`: whether it is more than small talk, emoji or a picture.
    """

    chat_id: int
    began: int
    ended: int
    characters: int
    messages: int
    asks: bool
    says: bool
    silence_s: float | None


@dataclass(frozen=True, slots=True)
class OwnerAnswer:
    """`answered`: whether the owner did, None where nobody knows, since the twin was first or it is
    too early to tell. `delay_s`: seconds from the burst's end; `gaps_s`: between the pieces.
    """

    burst: FriendBurst
    answered: bool | None
    delay_s: float = 0.0
    gaps_s: tuple[float, ...] = ()
    characters: int = 0  # of the first piece

    @property
    def log_delay(self) -> float | None:
        """Logarithm of 1 + seconds; None where the owner did not answer."""
        return log1p(self.delay_s) if self.answered else None


def asks(text: str) -> bool:
    """Whether a text has a question in it, by its marks."""
    return _ASKS.search(text) is not None


def friend_burst(messages: Sequence[Message], before: Message | None) -> FriendBurst:
    """The burst of these messages of a friend; `before`: the message before them, if any."""
    first, last = messages[0], messages[-1]
    words = (message for message in messages if message.kind == "text" or is_media(message))
    texts = [text for text in map(words_in, words) if text]
    return FriendBurst(
        chat_id=first.chat_id,
        began=first.sent_at,
        ended=last.sent_at,
        characters=sum(map(len, texts)),
        messages=len(messages),
        asks=any(map(asks, texts)),
        says=any(map(says_something, texts)),
        silence_s=None if before is None else seconds_between(before, first),
    )


def seconds_between(before: Message, after: Message) -> float:
    """Never below zero: the clocks of two machines may disagree."""
    return max(0, after.sent_at - before.sent_at) / 1000


def owner_answers(
    messages: Sequence[Message], rules: DatasetSettings, until: int
) -> Iterator[OwnerAnswer]:
    """Each burst of one chat in time order, by the dataset's rules, with what the owner did.

    An answer is any message of theirs, a sticker too, before the friend's next burst and within
    [dataset] reply_hours. What the twin answered is nobody's. `until`: when the log ends.
    """
    turns = [*_turns(what_was_said(messages), rules), []]
    before: Message | None = None
    for turn, following in pairwise(turns):
        if turn[0].origin == "peer":
            yield _answer(friend_burst(turn, before), turn, following, rules, until)
        before = turn[-1]


def what_was_said(messages: Iterable[Message]) -> list[Message]:
    """Without what nobody says to anybody, and what a friend took back."""
    return [
        message
        for message in messages
        if message.kind not in _NOBODYS
        and not (message.origin == "peer" and message.recalled_at is not None)
    ]


def _turns(messages: Sequence[Message], rules: DatasetSettings) -> Iterator[list[Message]]:
    """Messages of a side in a row, without a silence between them that parts conversations."""
    for conversation in conversations(messages, rules):
        for _, turn in groupby(conversation, key=lambda one: one.origin == "peer"):
            yield list(turn)


def _answer(
    burst: FriendBurst,
    asked: Sequence[Message],
    following: Sequence[Message],
    rules: DatasetSettings,
    until: int,
) -> OwnerAnswer:
    is_answer = bool(following) and following[0].origin != "peer"
    if not is_answer or starts_conversation(asked[-1], following[0], rules):
        waits_ms = max(rules.reply_hours * 60, rules.silence_minutes) * MINUTE_MS
        is_early = not following and until - burst.ended <= waits_ms
        return OwnerAnswer(burst, None if is_early else False)
    if following[0].origin == "twin":
        return OwnerAnswer(burst, None)
    own = list(takewhile(lambda message: message.origin == "owner", following))
    gaps = [seconds_between(one, next) for one, next in pairwise(own)]
    return OwnerAnswer(
        burst,
        answered=True,
        delay_s=seconds_between(asked[-1], own[0]),
        gaps_s=tuple(takewhile(lambda gap: gap <= rules.burst_seconds, gaps)),
        characters=len(own[0].text),
    )
