"""Where a conversation ends and the next begins: the same in training and in answering."""

from collections.abc import Sequence

from storage.messages import Message
from twin.config.schema import DatasetSettings

MINUTE_MS = 60_000


def has_words(message: Message) -> bool:
    """Whether it is a text that can be shown to a model: not blank, and not taken back."""
    return message.kind == "text" and message.recalled_at is None and bool(message.text.strip())


def begins_anew(before: Message, after: Message, rules: DatasetSettings) -> bool:
    """Whether so much silence lies between two messages that they are of two conversations.

    An answer to a friend belongs to what he said, however slow it is, up to [dataset] reply_hours.
    """
    silence = after.sent_at - before.sent_at
    if before.origin == "peer" and after.origin != "peer":
        return silence > max(rules.reply_hours * 60, rules.silence_minutes) * MINUTE_MS
    return silence > rules.silence_minutes * MINUTE_MS


def latest_conversation(messages: Sequence[Message], rules: DatasetSettings) -> Sequence[Message]:
    """The end of the messages, from the last long silence on."""
    for at in range(len(messages) - 1, 0, -1):
        if begins_anew(messages[at - 1], messages[at], rules):
            return messages[at:]
    return messages


def spoken(message: Message, *, named: bool) -> str:
    """The words as the model sees them. `named`: in a room, where many speak, with the name."""
    if named and message.origin == "peer" and message.sender:
        return f"{message.sender}: {message.text}"
    return message.text
