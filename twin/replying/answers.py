"""Answer a burst: check, compose, check again, write down what was decided, send."""

import contextlib
from collections.abc import Callable
from dataclasses import replace
from functools import partial

from sqlite_utils import Database

from storage.chats import get_chat, pause_chat
from storage.messages import Message
from storage.outbox import Piece, cancel_drafts, record_decision
from storage.reasons import BurstReason
from twin.clock import Clock
from twin.config.schema import Config
from twin.prompting.media_marks import everything_in
from twin.replying.bursts import open_burst, still_expected, text_of, words_of
from twin.replying.chat_state import ChatState
from twin.replying.composer import ComposedReply, Composer
from twin.replying.decision import Decision
from twin.replying.guard import needs_owner, seems_for_owner
from twin.replying.notices import (
    Notice,
    draft_notice,
    loop_notice,
    topic_notice,
    unanswered_notice,
)
from twin.replying.owner_rhythm import OwnerRhythm
from twin.replying.policy import HOUR_MS, PolicyCheck, max_age_s
from twin.replying.sender import Sender
from twin.writes import Writes

AGAIN_S = 15.0  # where nothing could answer, it is tried again so much later
# What is said instead where the owner would have left the burst alone.
_NOTES: dict[str, BurstReason] = {
    BurstReason.ANSWERED: BurstReason.LEFT_BY_OWNER,
    BurstReason.MODE_DRAFT: BurstReason.DRAFT_LEFT_BY_OWNER,
}


class Answers:
    """`tell_owner` sends a notice to the owner's chat with themselves."""

    def __init__(
        self,
        config: Config,
        db: Database,
        policy: PolicyCheck,
        composer: Composer,
        sender: Sender,
        rhythm: OwnerRhythm,
        tell_owner: Callable[[Notice | str], None],
        clock: Clock,
    ) -> None:
        self._config, self._db, self._clock = config, db, clock
        self._policy, self._composer, self._sender = policy, composer, sender
        self._rhythm = rhythm
        self._tell_owner, self._writes = tell_owner, Writes(db, clock)
        self._told_of_failure = False

    async def answer(self, chat_id: int, state: ChatState) -> None:
        """Answer the open burst or record why not; it is closed unless it changes meanwhile."""
        whole = open_burst(self._db, chat_id)
        if not whole:
            state.begin_next(None)
            return
        burst = self._still_expected(chat_id, whole)
        if not burst:
            await self._give_up(state, whole)
            return
        decision = self._policy.check_burst(chat_id, burst)
        if not decision.allowed and not decision.draft:
            await self._leave(state, burst, decision.reason)
            if decision.reason == BurstReason.LOOP:
                await self._stop_loop(chat_id)
        elif (topic := needs_owner(words_of(burst), self._config.policy)) is not None:
            await self._hand_over(state, burst, topic)
        elif decision.allowed and (left := await self._left(burst)) is not None:
            await self._leave(state, burst, BurstReason.LEFT.of(left))
        else:
            await self._reply(chat_id, state, burst, decision)

    def _still_expected(self, chat_id: int, burst: list[Message]) -> list[Message]:
        """What the friend still expects an answer to: it may have come late, or the machine slept.

        In a group nothing older goes with it: who was mentioned hours ago was not just now.
        """
        since = self._clock.now() - round(max_age_s(self._config.reply) * 1000)
        is_direct = get_chat(self._db, chat_id).kind == "direct"
        before = self._config.reply.max_burst if is_direct else 0
        return still_expected(self._db, burst, since, before)

    async def _left(self, burst: list[Message]) -> str | None:
        """The chance of an answer where the burst is left, as the owner would; None where not."""
        chance = self._would_leave(burst) if self._config.policy.silence == "on" else None
        if chance is None or await seems_for_owner(words_of(burst), self._config.policy):
            return None  # what is for the owner is told to them
        return chance

    def _would_leave(self, burst: list[Message]) -> str | None:
        off = self._config.policy.silence == "off"
        probability = None if off else self._rhythm.would_leave(burst)
        return None if probability is None else f"{probability:.0%}"

    def _noted(self, reply: ComposedReply, burst: list[Message]) -> ComposedReply:
        """The reply, with a word for the owner where they would have left the burst alone."""
        note = _NOTES.get(reply.decision.reason)
        chance = self._would_leave(burst) if note and reply.lines else None
        if note is None or chance is None:
            return reply
        return replace(reply, decision=replace(reply.decision, reason=note.of(chance)))

    async def _leave(self, state: ChatState, burst: list[Message], reason: str) -> None:
        """Close the burst without a reply."""
        nothing = ComposedReply(Decision(False, reason))
        await self._writes.run(partial(self._close, state, burst, nothing))

    async def _give_up(self, state: ChatState, burst: list[Message]) -> None:
        """Nobody expects an answer any more. The owner is told once that nothing could answer."""
        failure = state.failure
        await self._leave(state, burst, failure or BurstReason.TOO_OLD)
        if failure is not None and not self._told_of_failure:
            self._told_of_failure = True
            name = get_chat(self._db, burst[-1].chat_id).name
            self._tell_owner(unanswered_notice(name, failure))

    async def _reply(
        self, chat_id: int, state: ChatState, burst: list[Message], decision: Decision
    ) -> None:
        started, state.answering = self._clock.monotonic(), {message.id for message in burst}
        chat = get_chat(self._db, chat_id)
        typing = self._sender.typing(chat) if decision.allowed else contextlib.nullcontext()
        async with typing:
            reply = self._noted(await self._composer.compose(chat_id, burst), burst)
            is_expected = bool(self._still_expected(chat_id, burst))
            if reply.is_for_later:
                state.failure = reply.decision.reason
                state.again_at = self._clock.monotonic() + AGAIN_S
                if not is_expected:
                    await self._give_up(state, burst)
                return  # the caller waits so long and tries again
            if not is_expected:
                reply = ComposedReply(Decision(False, BurstReason.TOO_OLD))
            pieces = await self._writes.run(lambda: self._close_if_current(state, burst, reply))
            if pieces is None:
                state.restarts += 1
                return  # the caller waits for quiet again and answers the whole burst
            self._told_of_failure = self._told_of_failure and not reply.lines
            if reply.state == "pending":
                await self._sender.send(pieces, self._clock.monotonic() - started)
        if reply.topic is not None:
            self._tell_owner(topic_notice(chat.name, reply.topic))
        if reply.state == "draft":
            self._tell_owner(draft_notice(chat.name, text_of(burst), pieces))

    async def _hand_over(self, state: ChatState, burst: list[Message], topic: str) -> None:
        await self._leave(state, burst, BurstReason.WAITS.of(topic))
        self._tell_owner(topic_notice(get_chat(self._db, burst[-1].chat_id).name, topic))

    async def _stop_loop(self, chat_id: int) -> None:
        chat = get_chat(self._db, chat_id)
        if chat.mode == "auto":
            pause = partial(pause_chat, self._db, chat_id, self._clock.now() + HOUR_MS)
            await self._writes.run(pause)
            self._tell_owner(loop_notice(chat.name))

    def _is_outdated(self, chat_id: int, state: ChatState, burst: list[Message]) -> bool:
        """Whether the friend recalled or changed a message, or wrote more while there is time; or
        a file of theirs was read.

        More is waited for once.
        """
        first = burst[0].id
        newer = (message for message in open_burst(self._db, chat_id) if message.id >= first)
        now = {message.id: everything_in(message) for message in newer}
        before = {message.id: everything_in(message) for message in burst}
        cap = self._config.reply.cap_seconds
        in_time = state.first is None or self._clock.monotonic() < state.first + cap
        changed = any(now.get(known, text) != text for known, text in before.items())
        more = bool(now.keys() - before.keys()) and not state.restarts
        return bool(before.keys() - now.keys()) or changed or (in_time and more)

    def _close_if_current(
        self, state: ChatState, burst: list[Message], reply: ComposedReply
    ) -> list[Piece] | None:
        """The reply's pieces; None when the burst has changed meanwhile."""
        if self._is_outdated(burst[-1].chat_id, state, burst):
            return None
        return self._close(state, burst, reply)

    def _close(self, state: ChatState, burst: list[Message], reply: ComposedReply) -> list[Piece]:
        """Record the decision; what the friend wrote since then begins the next burst."""
        last = burst[-1]
        if reply.lines:
            cancel_drafts(self._db, last.chat_id, now=self._clock.now())
        pieces = record_decision(
            *(self._db, last.chat_id, last.id, reply.decision.reason, reply.lines),
            adapter=reply.adapter,
            state=reply.state,
            notice=reply.notice,
            memory=reply.memory,
            now=self._clock.now(),
        )
        state.begin_next(last.id)
        return pieces
