"""Whether the twin sends a sticker, and which: as the owner did in the nearest earlier exchange.

Never more often than the owner, never one that the owner did not send to this friend.
"""

from asyncio import to_thread
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from sqlite_utils import Database

from storage.chats import Chat
from storage.database import file_of, reading
from storage.messages import Message
from storage.people import chats_of_person
from storage.stickers import OwnSticker, own_sticker, replies_with_stickers
from storage.stretches import newest_between
from twin.config.schema import Config
from twin.connectors.base import Capabilities
from twin.privacy.blocked_words import comparable_words, holds_blocked
from twin.sentence_model import embeddings_of
from twin.stickers.exchanges import Answered, answers, asked_in
from twin.stickers.nearest import nearest
from twin.stickers.sendable import sticker_for

LATEST = 4_000  # messages of a chat that are looked at
REPLIES = 50  # of the twin, among which no larger share has a sticker than among the owner's


@dataclass(frozen=True, slots=True)
class Choice:
    """`alone`: without words; `before`: before them. `text`: what a machine read on it."""

    message_id: int
    text: str
    alone: bool
    before: bool


async def choose_sticker(
    config: Config, db: Database, chat: Chat, burst: Sequence[Message], can: Capabilities
) -> Choice | None:
    """The sticker that goes with the reply to this burst, if one does. `can`: what the chat's
    connector can. Looks the log through in a thread: it takes tens of milliseconds, with a sentence
    model once a second.
    """
    takes_any = can.own_stickers or can.sticker_files
    if not (config.reply.stickers and takes_any) or chat.kind != "direct":
        return None
    asked = asked_in(burst)
    return await to_thread(_choose, file_of(db), config, chat, asked, burst[0].sent_at, can)


def _choose(
    path: Path, config: Config, chat: Chat, asked: str, before: int, can: Capabilities
) -> Choice | None:
    with reading(path) as db:
        known = _known(db, config, chat, before)
        if not may_send(sum(one.has_sticker for one in known), len(known), *_sent(db, chat)):
            return None
        found = nearest(asked, known, embeddings_of(config))
        own = None if found is None else own_sticker(db, found.sticker, chat.id)
        if found is None or own is None or not _may_use(own, config, chat, can):
            return None
        return Choice(own.message_id, own.text, found.alone, found.before)


def may_send(stickers: int, answered: int, sent: int, replies: int) -> bool:
    """Whether one more reply with a sticker leaves the twin's share at or below the owner's.

    `stickers` of the owner's `answered` exchanges had one, `sent` of the twin's `replies`.
    """
    return answered > 0 and (sent + 1) * answered <= stickers * (replies + 1)


def _sent(db: Database, chat: Chat) -> tuple[int, int]:
    return replies_with_stickers(db, chat.id, REPLIES - 1)


def _known(db: Database, config: Config, chat: Chat, before: int) -> list[Answered]:
    """The owner's exchanges with that friend, of each chat oldest first."""
    return [
        one
        for number in chats_of_person(db, chat.id)
        for one in answers(newest_between(db, number, 0, before, LATEST), config.dataset)
    ]


def _may_use(own: OwnSticker, config: Config, chat: Chat, can: Capabilities) -> bool:
    is_blocked = holds_blocked(own.text, comparable_words(config.privacy))
    return not is_blocked and sticker_for(own, chat.platform, can, config.data) is not None
