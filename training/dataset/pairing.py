"""The recipe's "classic" rules: which words of a friend the owner answered with which.

Every message takes its place in the conversation, but only the words of plain text messages are
used: a recalled one, a picture or what the twin wrote is never a sample. A message of the twin is
neither the friend's nor the owner's, so it ends whatever was being collected. Each message is
counted once: as input, as output, or dropped for a reason.
"""

from collections.abc import Sequence

from storage.messages import Message
from training.dataset.samples import Exchange, Paired, unusable

BEFORE_FRIEND = "owner: no friend's message before it"
AFTER_ANSWER = "owner: later than the burst of the answer"
TOO_LATE = "owner: too long after the friend's message"
UNANSWERED = "friend: not answered"
ANSWERED_LATE = "friend: answered too late"
ANSWERED_BY_TWIN = "friend: answered by the twin"
BLANK = "one side of the pair is blank"


def pair_chat(messages: Sequence[Message], burst_seconds: float, reply_hours: float) -> Paired:
    """Apply the classic rules to one chat, given in time order."""
    burst_ms, reply_ms = burst_seconds * 1000, reply_hours * 3_600_000
    result = Paired()
    at = 0
    owner_waits_for = BEFORE_FRIEND
    while at < len(messages):
        first = messages[at]
        if first.origin != "peer":
            result.drop([first], owner_waits_for)
            if first.origin == "twin":
                owner_waits_for = BEFORE_FRIEND
            at += 1
            continue
        friend = _burst(messages, at, burst_ms)
        at += len(friend)
        following = messages[at] if at < len(messages) else None
        if following is None or following.origin == "peer":
            result.drop(friend, UNANSWERED)
        elif following.origin == "twin":
            result.drop(friend, ANSWERED_BY_TWIN)
        elif following.sent_at - friend[-1].sent_at > reply_ms:
            result.drop(friend, ANSWERED_LATE)
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


def _keep(result: Paired, friend: list[Message], owner: list[Message]) -> None:
    asked = [message for message in friend if unusable(message) is None]
    answered = [message for message in owner if unusable(message) is None]
    input = "\n".join(message.text for message in asked)
    output = "\n".join(message.text for message in answered)
    if not input.strip() or not output.strip():
        result.drop([*friend, *owner], BLANK)
        return
    result.drop((m for m in [*friend, *owner] if unusable(m)), BLANK)
    result.exchanges.append(
        Exchange(
            chat_id=owner[0].chat_id,
            conversation=len(result.exchanges),
            input=input,
            output=output,
            answered_at=owner[0].sent_at,
            inputs=len(asked),
            outputs=len(answered),
        )
    )
