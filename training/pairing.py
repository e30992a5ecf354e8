"""The recipe's "classic" rules: which words of a friend the owner answered with which.

Every message takes its place in the conversation, but only the words of plain text messages are
used: a recalled one, a picture or what the twin wrote is never a sample. A message of the twin is
neither the friend's nor the owner's, so it ends whatever was being collected. Each message is
counted once: as input, as output, or dropped for a reason.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from storage.messages import Message

BEFORE_FRIEND = "owner: no friend's message before it"
AFTER_ANSWER = "owner: later than the burst of the answer"
TOO_LATE = "owner: too long after the friend's message"
UNANSWERED = "friend: not answered"
ANSWERED_LATE = "friend: answered too late"
ANSWERED_BY_TWIN = "friend: answered by the twin"
BLANK = "one side of the pair is blank"
TWIN = "twin: never learnt from"
RECALLED = "recalled"
NOT_TEXT = "not a text message"
HOLDS_BLOCKED = "holds a blocked word"
BLOCKED_KIND = "blocked"  # no kind of the log: a text message that must not be used


@dataclass(frozen=True, slots=True)
class Pair:
    """What a friend wrote, what the owner answered, and of how many messages each is made.

    `answered_at` is the time of the owner's first message, in UTC milliseconds.
    """

    chat_id: int
    input: str
    output: str
    answered_at: int
    inputs: int
    outputs: int


@dataclass(slots=True)
class Pairing:
    """The pairs of one chat, and why each other message is in none."""

    pairs: list[Pair] = field(default_factory=list)
    dropped: Counter[str] = field(default_factory=Counter)

    @property
    def inputs(self) -> int:
        return sum(pair.inputs for pair in self.pairs)

    @property
    def outputs(self) -> int:
        return sum(pair.outputs for pair in self.pairs)


def pair_chat(messages: Sequence[Message], burst_seconds: float, reply_hours: float) -> Pairing:
    """Apply the classic rules to one chat, given in time order."""
    burst_ms, reply_ms = burst_seconds * 1000, reply_hours * 3_600_000
    result = Pairing()
    at = 0
    owner_waits_for = BEFORE_FRIEND
    while at < len(messages):
        first = messages[at]
        if first.origin != "peer":
            _drop(result, [first], owner_waits_for)
            if first.origin == "twin":
                owner_waits_for = BEFORE_FRIEND
            at += 1
            continue
        friend = _burst(messages, at, burst_ms)
        at += len(friend)
        following = messages[at] if at < len(messages) else None
        if following is None or following.origin == "peer":
            _drop(result, friend, UNANSWERED)
        elif following.origin == "twin":
            _drop(result, friend, ANSWERED_BY_TWIN)
        elif following.sent_at - friend[-1].sent_at > reply_ms:
            _drop(result, friend, ANSWERED_LATE)
            owner_waits_for = TOO_LATE
        else:
            owner = _burst(messages, at, burst_ms)
            at += len(owner)
            _keep(result, friend, owner)
            owner_waits_for = AFTER_ANSWER
    return result


def _burst(messages: Sequence[Message], start: int, burst_ms: float) -> list[Message]:
    """Messages of one side from `start` on, each close enough to the first."""
    first = messages[start]
    end = start + 1
    while (
        end < len(messages)
        and messages[end].origin == first.origin
        and messages[end].sent_at - first.sent_at <= burst_ms
    ):
        end += 1
    return list(messages[start:end])


def _keep(result: Pairing, friend: list[Message], owner: list[Message]) -> None:
    asked = [message for message in friend if _unusable(message) is None]
    answered = [message for message in owner if _unusable(message) is None]
    input = "\n".join(message.text for message in asked)
    output = "\n".join(message.text for message in answered)
    if not input.strip() or not output.strip():
        _drop(result, [*friend, *owner], BLANK)
        return
    _drop(result, (m for m in [*friend, *owner] if _unusable(m)), BLANK)
    result.pairs.append(
        Pair(
            chat_id=owner[0].chat_id,
            input=input,
            output=output,
            answered_at=owner[0].sent_at,
            inputs=len(asked),
            outputs=len(answered),
        )
    )


def _drop(result: Pairing, messages: Iterable[Message], reason: str) -> None:
    for message in messages:
        result.dropped[_unusable(message) or reason] += 1


def _unusable(message: Message) -> str | None:
    """Why the message can't be used whatever stands around it."""
    if message.origin == "twin":
        return TWIN
    if message.recalled_at is not None:
        return RECALLED
    if message.kind == BLOCKED_KIND:
        return HOLDS_BLOCKED
    return NOT_TEXT if message.kind != "text" else None
