"""The policy with the facts it needs: one place that reads them, for replies and for each piece."""

from collections.abc import Sequence

from sqlite_utils import Database

from storage.chats import get_chat
from storage.messages import Message, recent_messages
from storage.outbox import Piece, count_replies
from storage.reasons import BurstReason
from storage.switches import paused_until
from twin.clock import Clock, zone_of
from twin.config import Config
from twin.policy import (
    DAY_MS,
    HOUR_MS,
    Decision,
    Situation,
    looks_like_loop,
    may_answer,
)

SEEN_FOR_LOOPS = 60


class Judge:
    """Reads the database at every call: the owner may have changed his mind a moment ago."""

    def __init__(self, config: Config, db: Database, clock: Clock) -> None:
        self._policy, self._db, self._clock = config.policy, db, clock
        self.zone = zone_of(config.schedule)

    def of_burst(self, chat_id: int, burst: Sequence[Message]) -> Decision:
        """Whether a friend's burst is answered."""
        mentioned = any(message.mentions_owner for message in burst)
        return may_answer(
            self._situation(chat_id, mentioned=mentioned, is_loop=self._is_loop(chat_id)),
            self._policy,
            self.zone,
        )

    def of_piece(self, piece: Piece) -> Decision:
        """Whether a piece of a reply that was allowed may still be sent."""
        if piece.approved:
            off = get_chat(self._db, piece.chat_id).mode == "off"
            return Decision(not off, BurstReason.MODE_OFF if off else "the owner's word")
        situation = self._situation(piece.chat_id, mentioned=True, besides=piece.decision_id)
        return may_answer(situation, self._policy, self.zone)

    def _is_loop(self, chat_id: int) -> bool:
        recent = recent_messages(self._db, chat_id, SEEN_FOR_LOOPS)
        return looks_like_loop(recent, self._policy.loop_replies)

    def _situation(
        self,
        chat_id: int,
        *,
        mentioned: bool,
        is_loop: bool = False,
        besides: int | None = None,
    ) -> Situation:
        now = self._clock.now()
        return Situation(
            chat=get_chat(self._db, chat_id),
            now=now,
            mentioned=mentioned,
            paused_until=paused_until(self._db),
            replies_in_hour=count_replies(
                self._db, now - HOUR_MS, chat_id=chat_id, besides=besides
            ),
            replies_in_day=count_replies(self._db, now - DAY_MS, besides=besides),
            is_loop=is_loop,
        )
