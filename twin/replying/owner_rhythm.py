"""What the owner would do about a burst: how long they would wait, and whether they'd answer."""

import hashlib
import re
from collections.abc import Sequence
from datetime import tzinfo

from sqlite_utils import Database

from storage.adapters import live_adapter
from storage.chats import get_chat
from storage.messages import Message, recent_messages
from twin.clock import Clock, zone_of
from twin.config.schema import Config
from twin.prompting.media_marks import words_in
from twin.replying.owner_bursts import asks, friend_burst, owner_answers, what_was_said
from twin.replying.policy import max_age_s
from twin.replying.rhythm import RHYTHM, Rhythm, read_rhythm

SEEN = 200  # messages of the chat, for how the last bursts went
READ_PER_SECOND = 25.0  # characters
# A burst is left alone below this probability of an answer, and only by a model that told the
# answered from the others on later days and whose probabilities were right.
LEAVE_BELOW = 0.25
LEAST_AREA = 0.6
MOST_ERROR = 0.1
# Whoever writes this waits for a word, whatever the owner's habit is.
_URGENT = re.compile(
    r"\b(?:urgent(?:ly)?|asap|a\.s\.a\.p|emergency|help|sos|hospital|accident|police|right now"
    r"|immediately|call me|please (?:answer|reply|call))\b|[!！]{3,}"
    r"|急|救命|救我|救救|帮帮|帮我|快回|速回|马上|立刻|出事|医院|报警|回我|接电话|回电|在线等",
    re.IGNORECASE,
)


class OwnerRhythm:
    """The live adapter's rhythm, asked about the log's bursts. Without one the owner is unknown."""

    def __init__(self, config: Config, db: Database, clock: Clock) -> None:
        self._config, self._db, self._clock = config, db, clock
        self._zone: tzinfo = zone_of(config.schedule)
        self._read_from: tuple[str, int] | None = None
        self._rhythm: Rhythm | None = None

    def rest_s(self, burst: Sequence[Message]) -> float:
        """Seconds from now until the owner would begin to type; 0 where that is off and for drafts.

        The same burst always has the same, counted from when it was written: a restart changes
        nothing. Whoever writes on and on is answered in between.
        """
        reply, burst = self._config.reply, what_was_said(burst)
        most_s = min(reply.rhythm_seconds, max_age_s(reply) / 2)
        if not most_s or not burst or len(burst) >= reply.max_burst:
            return 0.0
        rhythm = self._current()
        if rhythm is None or get_chat(self._db, burst[0].chat_id).mode != "auto":
            return 0.0
        typing_s = rhythm.first_characters / reply.chars_per_second
        delay_s = rhythm.delay_s(self._features(rhythm, burst), drawn("delay", burst[-1].id))
        reading_s = sum(len(words_in(message)) for message in burst) / READ_PER_SECOND
        wait_s = min(max(delay_s - typing_s, reading_s), most_s)
        since_first_s, since_last_s = (
            (self._clock.now() - message.sent_at) / 1000 for message in (burst[0], burst[-1])
        )
        rest_s = min(wait_s - since_last_s, max(most_s, reply.cap_seconds) - since_first_s)
        return min(max(rest_s, 0.0), wait_s)

    def gap_s(self, piece_id: int) -> float:
        """Seconds that the owner would leave before this piece of a reply; 0 where that is off."""
        rhythm = self._current() if self._config.reply.rhythm_seconds else None
        if rhythm is None:
            return 0.0
        return min(rhythm.gap_s(drawn("gap", piece_id)), self._config.reply.rhythm_seconds)

    def would_leave(self, burst: Sequence[Message]) -> float | None:
        """The probability of an answer where the owner would leave the burst alone; None otherwise.

        Never of a question, of what is urgent or names the owner, or where the model was not right
        on later days.
        """
        rhythm, burst = self._current(), what_was_said(burst)
        if rhythm is None or rhythm.trust is None or not burst or any(map(_wants_answer, burst)):
            return None
        error = rhythm.trust.calibration_error
        if rhythm.trust.auc_low < LEAST_AREA or error > MOST_ERROR:
            return None
        probability = rhythm.probability(self._features(rhythm, burst))
        return probability if probability + error < LEAVE_BELOW else None

    def _current(self) -> Rhythm | None:
        """Read again when another adapter goes live or its file changes."""
        adapter = live_adapter(self._db)
        if adapter is None or adapter.forgotten_at is not None:
            return None
        folder = self._config.path_of(adapter.path)
        try:
            changed = (folder / RHYTHM).stat().st_mtime_ns
        except OSError:
            changed = 0
        if self._read_from != (adapter.name, changed):
            self._rhythm = read_rhythm(folder)
            self._read_from = adapter.name, changed
        return self._rhythm

    def _features(self, rhythm: Rhythm, burst: Sequence[Message]) -> Sequence[float]:
        """As of the bursts that were learnt from: of what was said alone."""
        mine = {message.id for message in burst}
        seen = what_was_said(recent_messages(self._db, burst[0].chat_id, SEEN))
        before = [
            message
            for message in seen
            if message.id not in mine and message.sent_at <= burst[0].sent_at
        ]
        answers = owner_answers(before, self._config.dataset, self._clock.now())
        recent = [one.log_delay for one in answers if one.answered is not None]
        last = before[-1] if before else None
        return rhythm.features_of(friend_burst(burst, last), recent, self._zone)


def drawn(what: str, number: int) -> float:
    """A number from 0 to 1 that looks drawn and is the same for the same message or piece."""
    digest = hashlib.blake2b(f"{what} {number}".encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big") / 2**64


def _wants_answer(message: Message) -> bool:
    words = words_in(message)
    return message.mentions_owner or _URGENT.search(words) is not None or asks(words)
