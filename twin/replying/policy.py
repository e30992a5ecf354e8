"""Decide whether a burst may be answered: pure rules, and the check that reads the database."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import time, tzinfo
from itertools import pairwise

from sqlite_utils import Database

from storage.chats import Chat, get_chat
from storage.messages import Message, recent_messages
from storage.outbox import Piece, count_sent
from storage.preferences import paused_until
from storage.reasons import BurstReason
from twin.blind_score import LEAST, BlindScore, score_for_auto
from twin.clock import Clock, local_day, local_time, midnight, zone_of
from twin.config.schema import Config, PolicySettings, ReplySettings
from twin.prompting.media_marks import words_in
from twin.replying.decision import Decision
from twin.replying.unread_media import CanRead, decided, reads_nothing

HOUR_MS = 3_600_000
DAY_MS = 24 * HOUR_MS
INSTANT_MS = 3_000  # nobody reads an answer and types the next message faster
SEEN_FOR_LOOPS = 60
LEAST_AGE_S = 120.0  # less is how long a message may take to arrive, and its answer to be made


@dataclass(frozen=True, slots=True)
class Situation:
    """All that the decision depends on. Times in UTC milliseconds.

    `sent_in_hour`, `sent_in_day`: messages that the friend, or all of them, received from the twin;
    `needed`: how many an answer takes at least; `blind`: the chat's score in the blind test.
    """

    chat: Chat
    now: int
    mentioned: bool = False
    paused_until: int | None = None
    sent_in_hour: int = 0
    sent_in_day: int = 0
    needed: int = 1
    is_loop: bool = False
    blind: BlindScore | None = None


def may_answer(at: Situation, policy: PolicySettings, zone: tzinfo) -> Decision:
    """Decide a situation. The reason is kept with the burst and shown to the owner."""
    refusal = _refusal(at, policy)
    if refusal is not None:
        return Decision(False, refusal)
    if at.chat.mode == "draft":
        return Decision(False, BurstReason.MODE_DRAFT, draft=True)
    if in_quiet_hours(at.now, policy.quiet_hours, zone):
        return Decision(False, BurstReason.QUIET_HOURS.of(policy.quiet_hours), draft=True)
    untested = _untested(at.blind, policy.auto_needs)
    if untested is not None:
        return Decision(False, untested, draft=True)
    return Decision(True, BurstReason.ANSWERED)


def _refusal(at: Situation, policy: PolicySettings) -> str | None:
    """Why there is neither a reply nor a draft; None when nothing stands against one."""
    chat = at.chat
    if chat.mode not in ("auto", "draft"):
        return BurstReason.MODE_OFF if chat.mode == "off" else BurstReason.MODE_LOG
    if chat.kind == "self":
        return BurstReason.SELF
    # Most people in a group never asked for the twin.
    if chat.kind != "direct" and not at.mentioned:
        return BurstReason.NOT_MENTIONED
    if at.paused_until is not None and at.now < at.paused_until:
        return BurstReason.ALL_PAUSED
    if chat.paused_until is not None and at.now < chat.paused_until:
        return BurstReason.PAUSED
    if at.is_loop:
        return BurstReason.LOOP
    if at.sent_in_hour + at.needed > policy.max_per_chat_hour:
        return BurstReason.MOST_IN_HOUR.of(at.sent_in_hour)
    if at.sent_in_day + at.needed > policy.max_per_day:
        return BurstReason.MOST_IN_DAY.of(at.sent_in_day)
    return None


def _untested(score: BlindScore | None, needs: float) -> str | None:
    """Why the blind test does not allow mode auto yet; None when it does, or is not asked for."""
    if not needs:
        return None
    if score is None or score.n < LEAST:
        return BurstReason.FEW_JUDGED.of(score.n if score else 0)
    return None if score.low >= needs else BurstReason.TOLD_APART.of(f"{score.low:.0%}")


def max_age_s(reply: ReplySettings) -> float:
    """Seconds after which a friend no longer expects an answer."""
    return max(reply.answer_after_restart_minutes * 60, LEAST_AGE_S)


def in_quiet_hours(now: int, hours: str, zone: tzinfo) -> bool:
    """Whether a time lies in "HH:MM-HH:MM" of the zone: end excluded, may span midnight."""
    if not hours:
        return False
    start, end = map(time.fromisoformat, hours.split("-"))
    clock = local_time(now, zone).time()
    return start <= clock < end if start <= end else clock >= start or clock < end


def start_of_day(now: int, zone: tzinfo) -> int:
    """Midnight before `now` in the zone."""
    return midnight(local_day(now, zone), zone)


def looks_like_loop(messages: Sequence[Message], most: int) -> bool:
    """Whether the end of a chat, oldest first, looks like two bots answering each other.

    Either `most` of the other side's answers in a row came within seconds of the twin's message, or
    the other side's last `most` messages all have the same words.
    """
    theirs = [message for message in messages if message.origin == "peer"][-most:]
    if len(theirs) < most:
        return False
    answered = sum(
        later.origin == "peer" and earlier.origin == "twin" for earlier, later in pairwise(messages)
    )
    # Of a file in which nothing was read, nobody knows whether it is the same again.
    said = {words_in(message) or message.id for message in theirs}
    same_words = len(said) == 1 and answered >= most - 1
    return same_words or _all_instant(messages, most)


def _all_instant(messages: Sequence[Message], most: int) -> bool:
    instant = 0
    for earlier, later in reversed(list(pairwise(messages))):
        if later.origin == "owner":
            break
        if later.origin == "peer" and earlier.origin == "twin":
            if later.sent_at - earlier.sent_at > INSTANT_MS:
                break
            instant += 1
    return instant >= most


class PolicyCheck:
    """Reads the database at every call: the owner may have changed a setting a moment ago.

    `can_read`: which kinds of files are read here.
    """

    def __init__(
        self, config: Config, db: Database, clock: Clock, can_read: CanRead = reads_nothing
    ) -> None:
        self._settings, self._db, self._clock = config.policy, db, clock
        self._media, self._can_read = config.media, can_read
        self.zone = zone_of(config.schedule)

    def check_burst(self, chat_id: int, burst: Sequence[Message], needed: int = 1) -> Decision:
        """Whether a friend's burst is answered, with so many messages at least."""
        situation = self._situation(
            chat_id,
            mentioned=any(message.mentions_owner for message in burst),
            is_loop=self._is_loop(chat_id),
            needed=needed,
        )
        decision = may_answer(situation, self._settings, self.zone)
        return decided(decision, burst, self._media, self._can_read)

    def messages_left(self, chat_id: int) -> int:
        """How many messages the limits still allow the twin to send there."""
        in_hour, in_day = self._sent(chat_id, self._clock.now())
        return min(self._settings.max_per_chat_hour - in_hour, self._settings.max_per_day - in_day)

    def check_piece(self, piece: Piece) -> Decision:
        """Whether a piece of a reply that was allowed may still be sent."""
        if piece.approved:
            off = get_chat(self._db, piece.chat_id).mode == "off"
            return Decision(not off, BurstReason.MODE_OFF if off else "the owner's word")
        situation = self._situation(piece.chat_id, mentioned=True, before=piece)
        return may_answer(situation, self._settings, self.zone)

    def _is_loop(self, chat_id: int) -> bool:
        recent = recent_messages(self._db, chat_id, SEEN_FOR_LOOPS)
        return looks_like_loop(recent, self._settings.loop_replies)

    def _situation(
        self,
        chat_id: int,
        *,
        mentioned: bool,
        is_loop: bool = False,
        needed: int = 1,
        before: Piece | None = None,
    ) -> Situation:
        now = self._clock.now()
        in_hour, in_day = self._sent(chat_id, now, before)
        return Situation(
            chat=get_chat(self._db, chat_id),
            now=now,
            mentioned=mentioned,
            paused_until=paused_until(self._db),
            sent_in_hour=in_hour,
            sent_in_day=in_day,
            needed=needed,
            is_loop=is_loop,
            blind=score_for_auto(self._db, chat_id) if self._settings.auto_needs else None,
        )

    def _sent(self, chat_id: int, now: int, before: Piece | None = None) -> tuple[int, int]:
        """How many messages the twin sent in that chat within an hour, and in all within a day."""
        in_hour = count_sent(self._db, now - HOUR_MS, chat_id=chat_id, before=before)
        return in_hour, count_sent(self._db, now - DAY_MS, before=before)
