"""Which messages are read for facts, and what is made of what they state."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict

from sqlite_utils import Database

from storage.chats import Chat, all_chats
from storage.fact_reading import drop_facts_of_chat, is_read
from storage.facts import About, FoundBy, NewFact
from storage.messages import Message, Origin
from storage.stretches import messages_from
from twin.config.schema import Config
from twin.memory.extraction.doubt import is_irony
from twin.memory.extraction.statements import Statement
from twin.privacy.blocked_words import comparable_words, holds_blocked
from twin.privacy.learning import not_learnt, reason_against
from twin.prompting.turns import has_words

# So soon after, "just kidding" is meant of what was said.
_TAKEN_BACK_MS = 600_000
_SHORT = 40  # characters of a message that says nothing else
_ABOUT: dict[Origin, About] = {"owner": "owner", "peer": "friend"}
# In a group nobody is "this friend".
_READ: Mapping[str, Sequence[Origin]] = {"direct": ("owner", "peer"), "group": ("owner",)}


def chats_to_read(db: Database, config: Config) -> Iterator[Chat]:
    """The chats that are learnt from.

    What was proposed from one that is not learnt from any more is dropped.
    """
    unlearnt = not_learnt(db, config)
    for chat in all_chats(db):
        if reason_against(asdict(chat), config, unlearnt) is None:
            if chat.kind in _READ:
                yield chat
        elif is_read(db, chat.id):
            drop_facts_of_chat(db, chat.id, proposed_alone=True)


def usable(messages: Sequence[Message], chat: Chat, config: Config) -> list[Message]:
    """Those of the chat's messages that may state a fact."""
    words, origins = comparable_words(config.privacy), _READ[chat.kind]
    return [
        message
        for message in messages
        if has_words(message)
        and message.origin in origins
        and not holds_blocked(message.text, words)
    ]


def fact_from(message: Message, stated: Statement, found_by: FoundBy) -> NewFact:
    return NewFact(
        chat_id=message.chat_id,
        message_id=message.id,
        about=_ABOUT[message.origin],
        kind=stated.kind,
        slot=stated.slot,
        value=stated.value,
        text=stated.text,
        said_at=message.sent_at,
        valid_from=stated.valid_from,
        valid_until=stated.valid_until,
        found_by=found_by,
    )


def is_taken_back(db: Database, message: Message) -> bool:
    """Whether its sender says right after it that they were joking."""
    after = messages_from(db, message.chat_id, message.sent_at, 6)
    return any(
        other.origin == message.origin
        and other.id != message.id
        and other.sent_at - message.sent_at < _TAKEN_BACK_MS
        and len(other.text) <= _SHORT
        and is_irony(other.text)
        for other in after
    )
