"""Pair the messages of one chat into exchanges, by the rules "sessions" or "classic".

Sessions: silence cuts a chat into conversations, and consecutive messages of a side are one turn.
Every turn of the owner is an answer to learn, with the turns before it as context. What the twin
said and what the owner said unasked are context alone: nobody's question is invented for them.

Classic, the recipe's rules: a burst of a friend with the owner's burst right after it. Only the
words of plain text messages are used: a recalled one, a picture or what the twin wrote is never a
sample, and a message of the twin ends whatever was being collected.

Either way each message is in one exchange or left out for one reason.
"""

from collections.abc import Mapping, Sequence
from itertools import groupby

from storage.messages import Message
from training.dataset.samples import Exchange, Paired, unusable
from twin.config.schema import DatasetSettings
from twin.prompting.turns import MOST_IN_TURN, conversations, has_words, turn_text

UNANSWERED = "friend: not answered"
OPENING = "owner: spoke first"
BY_TWIN = "answered by the twin: never learnt from"
FAR = "friend: too many messages before the answer"
BLANK_MESSAGE = "blank"

Quotable = Mapping[str, Message]

BEFORE_FRIEND = "owner: no friend's message before it"
AFTER_ANSWER = "owner: later than the burst of the answer"
TOO_LATE = "owner: too long after the friend's message"
ANSWERED_LATE = "friend: answered too late"
ANSWERED_BY_TWIN = "friend: answered by the twin"
BLANK_SIDE = "one side of the pair is blank"


def pair_sessions(messages: Sequence[Message], rules: DatasetSettings, *, named: bool) -> Paired:
    """Apply the rules "sessions" to one chat, given in time order.

    `named`: friends' lines begin with their names.
    """
    result = Paired()
    usable = [message for message in messages if has_words(message)]
    result.drop((message for message in messages if not has_words(message)), BLANK_MESSAGE)
    friends = {m.external_id: m for m in usable if m.origin == "peer" and m.external_id}
    for number, conversation in enumerate(conversations(usable, rules)):
        result.began.append(conversation[0].sent_at)
        _exchanges(result, conversation, number, friends, named=named)
    return result


def _exchanges(
    result: Paired, conversation: Sequence[Message], number: int, friends: Quotable, *, named: bool
) -> None:
    asked: list[Message] = []
    for of_friend, turn in groupby(conversation, key=lambda message: message.origin == "peer"):
        if of_friend:
            asked = list(turn)
            continue
        result.drop(asked[:-MOST_IN_TURN], FAR)
        answer = _answer(asked[-MOST_IN_TURN:], list(turn), number, friends, named=named)
        result.exchanges.append(answer)
        asked = []
    result.drop(asked, UNANSWERED)


def _answer(
    asked: list[Message], said: list[Message], number: int, friends: Quotable, *, named: bool
) -> Exchange:
    """An owner who takes up an old conversation by quoting it answers what they quote."""
    quoted = None if asked else friends.get(said[0].reply_to or "")
    untaught = None
    if any(message.origin == "twin" for message in said):
        untaught = BY_TWIN
    elif not asked and quoted is None:
        untaught = OPENING
    return Exchange(
        chat_id=said[0].chat_id,
        conversation=number,
        input="\n".join(turn_text(m, named=named) for m in ([quoted] if quoted else asked)),
        output="\n".join(message.text for message in said),
        answered_at=said[0].sent_at,
        inputs=len(asked),
        outputs=len(said),
        untaught=untaught,
    )


def pair_classic(messages: Sequence[Message], burst_seconds: float, reply_hours: float) -> Paired:
    """Apply the rules "classic" to one chat, given in time order."""
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
        friend = _burst_from(messages, at, burst_ms)
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
            owner = _burst_from(messages, at, burst_ms)
            at += len(owner)
            _keep_exchange(result, friend, owner)
            owner_waits_for = AFTER_ANSWER
    return result


def _burst_from(messages: Sequence[Message], start: int, burst_ms: float) -> list[Message]:
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


def _is_said(message: Message) -> bool:
    """The recipe keeps blank lines; signs that nobody can see are not even that."""
    return unusable(message) is None and (has_words(message) or not message.text.strip())


def _keep_exchange(result: Paired, friend: list[Message], owner: list[Message]) -> None:
    asked = [message for message in friend if _is_said(message)]
    answered = [message for message in owner if _is_said(message)]
    input = "\n".join(message.text for message in asked)
    output = "\n".join(message.text for message in answered)
    if not input.strip() or not output.strip():
        result.drop([*friend, *owner], BLANK_SIDE)
        return
    result.drop((m for m in [*friend, *owner] if not _is_said(m)), BLANK_MESSAGE)
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
