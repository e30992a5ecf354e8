"""The rules "sessions": conversations with everything that was said in them before.

Silence cuts a chat into conversations; consecutive messages of a side are one turn. Every turn of
the owner is an answer to learn, with the turns before it as context. What the twin said and what
the owner said unasked are context alone: nobody's question is invented for them.
"""

from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby

from storage.messages import Message
from training.dataset.samples import Exchange, Paired
from twin.config.schema import DatasetSettings
from twin.prompting.turns import has_words, starts_conversation, turn_text

OPENING = "owner: spoke first"
BY_TWIN = "answered by the twin: never learnt from"
UNANSWERED = "friend: not answered"
FAR = "friend: too many messages before the answer"
BLANK = "blank"
MOST_IN_TURN = 20  # messages: in a room, hours of talk may lie before the owner's word

Quotable = Mapping[str, Message]


def sessions(messages: Sequence[Message], rules: DatasetSettings, *, named: bool) -> Paired:
    """Apply the rules to one chat, given in time order. `named`: friends' lines bear their names.

    Each message is in one exchange or left out for one reason.
    """
    result = Paired()
    usable = [message for message in messages if has_words(message)]
    result.drop((message for message in messages if not has_words(message)), BLANK)
    friends = {m.external_id: m for m in usable if m.origin == "peer" and m.external_id}
    for number, conversation in enumerate(_conversations(usable, rules)):
        _exchanges(result, conversation, number, friends, named=named)
    return result


def _conversations(
    messages: Sequence[Message], rules: DatasetSettings
) -> Iterator[Sequence[Message]]:
    start = 0
    for at in range(1, len(messages) + 1):
        if at == len(messages) or starts_conversation(messages[at - 1], messages[at], rules):
            yield messages[start:at]
            start = at


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
    """An owner who takes up an old conversation by quoting it answers what he quotes."""
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
