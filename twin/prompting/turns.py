"""Split messages into conversations and turns, the same way in training and in answering."""

from collections.abc import Iterator, Sequence

from storage.messages import Message
from storage.plain_text import is_visible
from twin.config.schema import DatasetSettings

MINUTE_MS = 60_000
MOST_IN_TURN = 20  # messages: in a group, hours may lie before the owner's word


def has_words(message: Message) -> bool:
    """Whether it is a text that can be shown to a model: there is something to see in it.

    A friend's picture or voice is turned into one by `twin/prompting/media_marks.py`.
    """
    return message.kind == "text" and message.recalled_at is None and is_visible(message.text)


def starts_conversation(before: Message, after: Message, rules: DatasetSettings) -> bool:
    """Whether the silence between two messages is so long that `after` starts a new conversation.

    The limit is [dataset] silence_minutes; an answer to a friend belongs to what they wrote for up
    to [dataset] reply_hours.
    """
    silence = after.sent_at - before.sent_at
    if before.origin == "peer" and after.origin != "peer":
        return silence > max(rules.reply_hours * 60, rules.silence_minutes) * MINUTE_MS
    return silence > rules.silence_minutes * MINUTE_MS


def conversations(
    messages: Sequence[Message], rules: DatasetSettings
) -> Iterator[Sequence[Message]]:
    """The messages, given in time order, parted by such silences."""
    start = 0
    for at in range(1, len(messages) + 1):
        if at == len(messages) or starts_conversation(messages[at - 1], messages[at], rules):
            yield messages[start:at]
            start = at


def latest_conversation(messages: Sequence[Message], rules: DatasetSettings) -> Sequence[Message]:
    """The messages after the last silence that separates two conversations."""
    for at in range(len(messages) - 1, 0, -1):
        if starts_conversation(messages[at - 1], messages[at], rules):
            return messages[at:]
    return messages


def turn_text(message: Message, *, named: bool) -> str:
    """The text as the model sees it. `named`: with the sender's name, as in group chats."""
    if named and message.origin == "peer" and message.sender:
        return f"{message.sender}: {message.text}"
    return message.text
