"""The pairs that the log gives and the owner allows, private values replaced."""

import logging
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from sqlite_utils import Database

from storage.chats import list_chats
from storage.messages import Message, messages_of_chat
from training.pairing import BLOCKED_KIND, Pair, pair_chat
from twin.config import Config
from twin.folding import fold
from twin.privacy import Finding, Masker, find

log = logging.getLogger(__name__)

EXCLUDED = "excluded by [privacy]"


@dataclass(frozen=True, slots=True)
class Masked:
    """A pair as it is learnt, as it was written, and where in it something was replaced."""

    pair: Pair
    written: Pair
    in_input: Sequence[Finding] = ()
    in_output: Sequence[Finding] = ()


@dataclass(slots=True)
class Collected:
    """The pairs of all chats, oldest first, and what became of the other messages."""

    pairs: list[Masked] = field(default_factory=list)
    dropped: Counter[str] = field(default_factory=Counter)
    chats: int = 0
    messages: int = 0

    @property
    def masked(self) -> Counter[str]:
        """How many values were replaced, by kind."""
        return Counter(f.kind for m in self.pairs for f in (*m.in_input, *m.in_output))


def collect(db: Database, config: Config) -> Collected:
    """Pair every chat by itself; each message is in a pair or dropped for a reason."""
    result = Collected()
    for wanted in unknown_exclusions(db, config):
        log.warning("[privacy] excluded_chats: no chat is '%s'; see `bot.py chats list`", wanted)
    blocked = [_comparable(word) for word in config.privacy.blocked_words]
    for chat in list_chats(db):
        messages = list(messages_of_chat(db, chat["id"]))
        result.chats += 1
        result.messages += len(messages)
        if _is_excluded(chat, config.privacy.excluded_chats):
            result.dropped[EXCLUDED] += len(messages)
            continue
        allowed = [_blocked(message, blocked) for message in messages]
        paired = pair_chat(allowed, config.dataset.burst_seconds, config.dataset.reply_hours)
        mask = mask_chat if config.privacy.mask else _as_written
        result.pairs += mask(paired.pairs)
        result.dropped += paired.dropped
    result.pairs.sort(key=lambda masked: (masked.pair.answered_at, masked.pair.chat_id))
    return result


def mask_chat(pairs: Iterable[Pair]) -> list[Masked]:
    """The pairs of one chat, in order: a value has the same placeholder in all of them."""
    masker = Masker()
    masked = []
    for pair in pairs:
        asked, answered = find(pair.input), find(pair.output)
        learnt = replace(
            pair,
            input=masker.replace(pair.input, asked),
            output=masker.replace(pair.output, answered),
        )
        masked.append(Masked(learnt, pair, asked, answered))
    return masked


def _as_written(pairs: Iterable[Pair]) -> list[Masked]:
    return [Masked(pair, pair) for pair in pairs]


def unknown_exclusions(db: Database, config: Config) -> list[str]:
    """What [privacy] excluded_chats names and no chat is: perhaps misspelt."""
    chats = list_chats(db)
    return [
        wanted
        for wanted in config.privacy.excluded_chats
        if not any(_is_excluded(chat, [wanted]) for chat in chats)
    ]


def _is_excluded(chat: dict[str, Any], excluded: Iterable[str]) -> bool:
    names = {_comparable(str(chat[key])) for key in ("id", "external_id", "name")}
    return any(_comparable(wanted) in names for wanted in excluded)


def _blocked(message: Message, words: Sequence[str]) -> Message:
    """The message, marked as unusable if it holds one of the words."""
    if message.kind != "text" or not words:
        return message
    text = _comparable(message.text)
    return replace(message, kind=BLOCKED_KIND) if any(word in text for word in words) else message


def _comparable(text: str) -> str:
    return fold(text).casefold().strip()
