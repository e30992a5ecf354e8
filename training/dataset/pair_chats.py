"""Pair the chats that the owner allows to be learnt from."""

import logging
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Any

from sqlite_utils import Database

from storage.chats import list_chats
from storage.messages import Message, messages_of_chat
from training.dataset.pairing import pair_classic, pair_sessions
from training.dataset.samples import BLOCKED_KIND, Paired
from twin.config.schema import Config
from twin.privacy.blocked_words import comparable_words, holds_blocked
from twin.privacy.excluded_chats import is_excluded
from twin.privacy.learning import not_learnt, reason_against
from twin.prompting.media_marks import all_as_read, everything_in

log = logging.getLogger(__name__)

Chat = dict[str, Any]


def paired_chats(db: Database, config: Config) -> Iterator[tuple[Chat, Paired]]:
    """Every chat by itself, as it was written; each message is in an exchange or left out."""
    for wanted in unknown_exclusions(db, config):
        log.warning("[privacy] excluded_chats: no chat is '%s'; see `bot.py chats list`", wanted)
    unlearnt = not_learnt(db, config)
    for chat in list_chats(db):
        messages = list(messages_of_chat(db, chat["id"]))
        reason = reason_against(chat, config, unlearnt)
        if reason is not None:
            yield chat, Paired(left_out=[(message, reason) for message in messages])
        else:
            yield chat, pair(messages, chat, config)


def pair(messages: Sequence[Message], chat: Chat, config: Config) -> Paired:
    """Messages of one chat by the rules; what holds a blocked word is not used.

    By the rules "classic", files are not used either: the recipe knows none.
    """
    words, rules = comparable_words(config.privacy), config.dataset
    if rules.rules == "classic":
        plain = [_unless_blocked(message, message, words) for message in messages]
        return pair_classic(plain, rules.burst_seconds, rules.reply_hours)
    read = all_as_read(messages, own_voices=config.media.own_voices)
    usable = [
        _unless_blocked(message, written, words)
        for message, written in zip(read, messages, strict=True)
    ]
    return pair_sessions(usable, rules, named=chat["kind"] == "group")


def unknown_exclusions(db: Database, config: Config) -> list[str]:
    """What [privacy] excluded_chats names and no chat is: perhaps misspelt."""
    if not config.privacy.excluded_chats:
        return []
    chats = list_chats(db)
    return [
        wanted
        for wanted in config.privacy.excluded_chats
        if not any(_is_excluded(chat, [wanted]) for chat in chats)
    ]


def _is_excluded(chat: Chat, excluded: Iterable[str]) -> bool:
    return is_excluded((chat[key] for key in ("id", "external_id", "name")), excluded)


def _unless_blocked(message: Message, written: Message, words: Sequence[str]) -> Message:
    """The message, marked as unusable if it holds one of the words, as it was `written` or in its
    file.
    """
    is_blocked = message.kind == "text" and holds_blocked(everything_in(written), words)
    return replace(message, kind=BLOCKED_KIND) if is_blocked else message
