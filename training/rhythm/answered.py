"""Gather what became of each burst of a friend, and what was known of its chat at the time."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import tzinfo
from math import log1p

from sqlite_utils import Database

from storage.chats import list_chats
from storage.database import now_ms
from storage.messages import Message
from storage.stretches import newest_between
from twin.config.schema import Config
from twin.privacy.learning import not_learnt, reason_against
from twin.replying.owner_bursts import OwnerAnswer, owner_answers
from twin.replying.rhythm_features import RECENT, ChatRecord, Everyone, features_of

TYPICAL_LOG_DELAY = log1p(60)  # seconds, while nothing is known
NOTHING_KNOWN = Everyone(0.5, TYPICAL_LOG_DELAY)
MOST_MESSAGES = 50_000  # of a chat, the newest: a night stays as long as it is


def answers_in_log(db: Database, config: Config) -> list[OwnerAnswer]:
    """What the owner did about each burst of the direct chats that may be learnt from, in the order
    of their ends. Nobody expects everybody's answer in a group.
    """
    unlearnt, chats = not_learnt(db, config), list_chats(db)
    until = min(max((chat["last_message_at"] or 0 for chat in chats), default=0), now_ms())
    found = [
        answer
        for chat in chats
        if chat["kind"] == "direct" and reason_against(chat, config, unlearnt) is None
        for answer in owner_answers(_newest(db, chat["id"], until), config.dataset, until)
        if answer.answered is not None
    ]
    return sorted(found, key=lambda answer: (answer.burst.ended, answer.burst.chat_id))


def _newest(db: Database, chat_id: int, until: int) -> list[Message]:
    return newest_between(db, chat_id, 0, until + 1, MOST_MESSAGES)


@dataclass(slots=True)
class Observed:
    """The features of each burst, by what was known before it; then what is known at the end."""

    features: list[list[float]] = field(default_factory=list)
    chats: dict[int, ChatRecord] = field(default_factory=lambda: defaultdict(ChatRecord))
    everyone: Everyone = NOTHING_KNOWN


def observe(answers: Sequence[OwnerAnswer], zone: tzinfo, learnt_until: int) -> Observed:
    """In time order. A chat's figures stand still from `learnt_until` on (UTC milliseconds), as
    they do between two nights; how the last bursts went is always known.
    """
    seen = Observed()
    bursts = answered = 0
    log_delays = 0.0
    for one in answers:
        chat = seen.chats[one.burst.chat_id]
        seen.features.append(features_of(one.burst, chat, seen.everyone, zone))
        chat.recent = [*chat.recent[1 - RECENT :], one.log_delay]
        if one.burst.ended >= learnt_until:
            continue
        log_delay = one.log_delay or 0.0
        chat.bursts, chat.answered = chat.bursts + 1, chat.answered + int(bool(one.answered))
        chat.log_delays += log_delay
        bursts, answered = bursts + 1, answered + int(bool(one.answered))
        log_delays += log_delay
        seen.everyone = Everyone(
            (answered + 1) / (bursts + 2), (log_delays + TYPICAL_LOG_DELAY) / (answered + 1)
        )
    return seen
