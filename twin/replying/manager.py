"""From a friend's burst to an answer: wait until he is done, generate, check again, say it."""

import asyncio
import contextlib
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from sqlite_utils import Database

from storage.chats import get_chat, pause_chat
from storage.messages import Message
from storage.outbox import (
    Piece,
    approved_pieces,
    cancel_drafts,
    cancel_pending,
    interrupted_chats,
    move_piece,
    record_decision,
    recover_outbox,
)
from storage.reasons import BurstReason
from twin.clock import SYSTEM_CLOCK, Clock
from twin.config.schema import Config
from twin.connectors.base import Connector
from twin.engine.base import Engine
from twin.replying.bursts import last_undecided, open_burst, open_bursts, text_of
from twin.replying.composer import ComposedReply, Composer
from twin.replying.notices import tell_owner
from twin.replying.policy import HOUR_MS, Decision, PolicyCheck
from twin.replying.sender import Sender

log = logging.getLogger(__name__)

MINUTE_MS = 60_000
APPROVALS_POLL_S = 2.0
FINISH_S = 5.0  # how long a piece that is on its way may hold up the end


@dataclass(slots=True)
class _ChatState:
    """A chat in memory. `first` and `last`: when the open burst began and went on, in seconds.

    `count`: its messages; `restarts`: how often its answer was begun anew because more came.
    """

    first: float | None = None
    last: float = 0.0
    last_id: int = 0
    count: int = 0
    restarts: int = 0
    waiting: list[Piece] = field(default_factory=list)
    task: asyncio.Task[None] | None = None


class ReplyManager:
    """One task per chat that has something to answer or to say."""

    def __init__(
        self,
        config: Config,
        db: Database,
        engine: Engine,
        connectors: Mapping[str, Connector],
        clock: Clock = SYSTEM_CLOCK,
    ) -> None:
        self._config, self._db, self._clock = config, db, clock
        self._connectors = connectors
        self._judge = PolicyCheck(config, db, clock)
        self._composer = Composer(config, db, engine, self._judge, connectors, clock)
        self._speaker = Sender(config, db, connectors, clock)
        self._in_hand: set[int] = set()
        self._talks: dict[int, _ChatState] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._closing = False

    def start(self) -> None:
        """Go on where the last run ended: say what was decided, answer what is still open."""
        now = self._clock.now()
        oldest = now - int(self._config.reply.answer_after_restart_minutes * MINUTE_MS)
        interrupted = interrupted_chats(self._db)
        for piece in recover_outbox(self._db, now=now):
            if self._db.table("outbox").get(piece.id)["created_at"] < oldest:
                move_piece(self._db, piece.id, "cancelled", now=now)
            else:
                self.say([piece])
        if interrupted:
            names = ", ".join(interrupted)
            self.tell_owner(f"The last message to {names} may not have arrived; not sent again.")
        for chat_id, burst in open_bursts(self._db).items():
            if burst[-1].sent_at < oldest:
                record_decision(self._db, chat_id, burst[-1].id, BurstReason.TOO_OLD, now=now)
            else:
                self.heard(chat_id, burst[-1].id)

    def say(self, pieces: Sequence[Piece]) -> None:
        """Send what is in the outbox already, each chat's pieces in order."""
        for piece in pieces:
            if piece.id in self._in_hand or self._closing:
                continue
            self._in_hand.add(piece.id)
            talk = self._talk(piece.chat_id)
            talk.waiting.append(piece)
            self._wake(piece.chat_id, talk)

    async def follow_approvals(self) -> None:
        """Send what the owner approves in another process, such as the command line."""
        while True:
            self.say(approved_pieces(self._db))
            await self._clock.sleep(APPROVALS_POLL_S)

    def tell_owner(self, text: str) -> None:
        """One message of the program itself, in his chats with himself."""
        self.say(tell_owner(self._db, self._connectors, text, self._clock))

    def heard(self, chat_id: int, message_id: int) -> None:
        """A friend's message was logged: his burst begins or goes on."""
        if self._closing:
            return
        talk = self._talk(chat_id)
        talk.last, talk.last_id = self._clock.monotonic(), message_id
        talk.count += 1
        if talk.first is None:
            talk.first = talk.last
        self._wake(chat_id, talk)

    def owner_spoke(self, chat_id: int) -> None:
        """The owner took over: drop the rest of the reply and the one being made, and pause."""
        chat, now = get_chat(self._db, chat_id), self._clock.now()
        if chat.kind == "self":
            return
        cancel_pending(self._db, chat_id, now=now)
        cancel_drafts(self._db, chat_id, now=now)
        undecided = last_undecided(self._db, chat_id)
        if undecided is not None:
            record_decision(self._db, chat_id, undecided, BurstReason.BY_OWNER, now=now)
        if chat.mode in ("auto", "draft"):
            until = now + int(self._config.policy.takeover_minutes * MINUTE_MS)
            pause_chat(self._db, chat_id, max(until, chat.paused_until or 0))
        talk = self._talk(chat_id)
        self._begin_next(talk, None)
        self._in_hand.difference_update(piece.id for piece in talk.waiting)
        talk.waiting = []
        # A piece on its way is let through: interrupted, nobody knows whether it arrived.
        if talk.task is not None and not self._speaker.is_sending(chat_id):
            talk.task.cancel()
            talk.task = None

    async def stop(self) -> None:
        """Finish the pieces on their way; bursts stay open and are answered after a start."""
        self._closing = True
        self._speaker.close()
        for chat_id, talk in self._talks.items():
            if talk.task is not None and not self._speaker.is_sending(chat_id):
                talk.task.cancel()
        tasks = list(self._tasks)
        if tasks:
            await asyncio.wait(tasks, timeout=FINISH_S)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _talk(self, chat_id: int) -> _ChatState:
        return self._talks.setdefault(chat_id, _ChatState())

    def _wake(self, chat_id: int, talk: _ChatState) -> None:
        if talk.task is None or talk.task.done():
            talk.task = asyncio.create_task(self._run(chat_id, talk), name=f"chat {chat_id}")
            self._tasks.add(talk.task)
            talk.task.add_done_callback(self._tasks.discard)

    async def _run(self, chat_id: int, talk: _ChatState) -> None:
        try:
            while not self._closing and (talk.waiting or talk.first is not None):
                if talk.waiting:
                    await self._say_waiting(talk)
                elif talk.first is not None:
                    await self._wait_for_quiet(talk, talk.first)
                    await self._answer(chat_id, talk)
        except Exception as error:  # a border: one chat's failure is not the others'
            talk.first = None
            log.error("chat %d: no reply (%s)", chat_id, type(error).__name__)
            log.debug("chat %d", chat_id, exc_info=True)

    async def _say_waiting(self, talk: _ChatState) -> None:
        pieces, talk.waiting = talk.waiting, []
        try:
            await self._speaker.say(pieces)
        finally:
            self._in_hand.difference_update(piece.id for piece in pieces)

    async def _wait_for_quiet(self, talk: _ChatState, first: float) -> None:
        reply = self._config.reply
        while talk.count < reply.max_burst and not talk.waiting:
            until = min(talk.last + reply.quiet_seconds, first + reply.cap_seconds)
            wait = until - self._clock.monotonic()
            if wait <= 0:
                return
            await self._clock.sleep(wait)

    async def _answer(self, chat_id: int, talk: _ChatState) -> None:
        """One answer to the burst, or the reason for none; the burst is closed either way."""
        if talk.first is None or talk.waiting:
            return  # the owner spoke meanwhile, or something is to be said first
        burst = open_burst(self._db, chat_id)
        if not burst:
            self._begin_next(talk, None)
            return
        decision = self._judge.of_burst(chat_id, burst)
        if not decision.allowed and not decision.draft:
            if decision.reason == BurstReason.LOOP:
                self._stop_loop(chat_id)
            self._close(talk, burst, ComposedReply(decision))
        elif (topic := self._composer.needs_owner(text_of(burst))) is not None:
            self._hand_over(talk, burst, topic)
        else:
            await self._speak(chat_id, talk, burst, decision)

    async def _speak(
        self, chat_id: int, talk: _ChatState, burst: list[Message], decision: Decision
    ) -> None:
        started = self._clock.monotonic()
        chat = get_chat(self._db, chat_id)
        typing = self._speaker.typing(chat) if decision.allowed else contextlib.nullcontext()
        async with typing:
            answer = await self._composer.compose(chat_id, burst)
            if self._is_outdated(chat_id, talk, burst):
                talk.restarts += 1
                return  # the caller waits for quiet again and asks with the whole burst
            pieces = self._close(talk, burst, answer)
            if answer.state == "pending":
                await self._speaker.say(pieces, self._clock.monotonic() - started)
        if answer.state == "draft":
            self._show_draft(pieces, burst)

    def _hand_over(self, talk: _ChatState, burst: list[Message], topic: str) -> None:
        chat = get_chat(self._db, burst[-1].chat_id)
        self._close(talk, burst, ComposedReply(Decision(False, BurstReason.WAITS.of(topic))))
        self.tell_owner(f"{chat.name} wrote about something for you ({topic}): not answered.")

    def _show_draft(self, pieces: Sequence[Piece], burst: list[Message]) -> None:
        number, chat = pieces[0].decision_id, get_chat(self._db, pieces[0].chat_id)
        said = "\n".join(piece.text for piece in pieces if piece.kind == "text")
        self.tell_owner(
            f"Draft {number} for {chat.name}\n> {text_of(burst)}\n{said}\n"
            f"/twin approve {number} · edit {number} TEXT · reject {number}"
        )

    def _stop_loop(self, chat_id: int) -> None:
        chat = get_chat(self._db, chat_id)
        if chat.mode == "auto":
            pause_chat(self._db, chat_id, self._clock.now() + HOUR_MS)
            self.tell_owner(f"{chat.name} looks like another bot: no answers there for an hour.")

    def _is_outdated(self, chat_id: int, talk: _ChatState, burst: list[Message]) -> bool:
        """Whether the friend took something back, or went on: once, and while there is time."""
        now = {message.id for message in open_burst(self._db, chat_id)}
        before = {message.id for message in burst}
        first = self._clock.monotonic() if talk.first is None else talk.first
        in_time = self._clock.monotonic() < first + self._config.reply.cap_seconds
        return bool(before - now) or (in_time and not talk.restarts and bool(now - before))

    def _close(self, talk: _ChatState, burst: list[Message], answer: ComposedReply) -> list[Piece]:
        """Write the decision; what the friend said since the burst begins the next one."""
        last = burst[-1]
        if answer.lines:
            cancel_drafts(self._db, last.chat_id, now=self._clock.now())
        pieces = record_decision(
            self._db,
            last.chat_id,
            last.id,
            answer.decision.reason,
            answer.lines,
            adapter=answer.adapter,
            state=answer.state,
            notice=answer.notice,
            now=self._clock.now(),
        )
        self._begin_next(talk, last.id)
        return pieces

    def _begin_next(self, talk: _ChatState, last_id: int | None) -> None:
        more = last_id is not None and talk.last_id > last_id
        talk.first = talk.last if more else None
        talk.count, talk.restarts = int(more), 0
