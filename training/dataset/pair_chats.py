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
    """Messages of one chat by the rules; what holds a blocked word is not used."""
    blocked = comparable_words(config.privacy)
    messages = [_blocked(message, blocked) for message in messages]
    rules = config.dataset
    if rules.rules == "classic":
        return pair_classic(messages, rules.burst_seconds, rules.reply_hours)
    return pair_sessions(messages, rules, named=chat["kind"] == "group")


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


def _blocked(message: Message, words: Sequence[str]) -> Message:
    """The message, marked as unusable if it holds one of the words."""
    is_blocked = message.kind == "text" and holds_blocked(message.text, words)
    return replace(message, kind=BLOCKED_KIND) if is_blocked else message
