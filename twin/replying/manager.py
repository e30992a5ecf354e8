"""Wait in each chat until the friend is done, then answer; send what is to be sent."""

import asyncio
import logging
from collections.abc import Callable, Coroutine, Mapping, Sequence
from functools import partial
from typing import Any

from sqlite_utils import Database

from storage.chats import get_chat
from storage.clock_jumps import no_future_times
from storage.interrupted import interrupted_chats, recover_outbox
from storage.outbox import Piece, approved_pieces
from twin.clock import SYSTEM_CLOCK, Clock, SteadyClock
from twin.config.schema import Config
from twin.connectors.base import Connector
from twin.engine.base import Engine
from twin.replying.answers import Answers
from twin.replying.bursts import open_burst, open_bursts
from twin.replying.chat_state import ChatState
from twin.replying.composer import Composer
from twin.replying.notices import Notice, doubt_notice, tell_owner
from twin.replying.owner_rhythm import OwnerRhythm
from twin.replying.policy import PolicyCheck, max_age_s
from twin.replying.sender import Sender
from twin.replying.set_clock import follow_clock
from twin.replying.takeover import take_over
from twin.replying.unread_media import CanRead, is_awaited, reads_nothing
from twin.writes import Writes

log = logging.getLogger(__name__)

APPROVALS_POLL_S = 2.0
LOOK_AGAIN_S = 0.5  # whether a file was read meanwhile
FINISH_S = 5.0  # how long a piece that is on its way may hold up the end


class ReplyManager:
    """Runs one task per chat that has something to answer or to send."""

    def __init__(
        self,
        config: Config,
        db: Database,
        engine: Engine,
        connectors: Mapping[str, Connector],
        clock: Clock = SYSTEM_CLOCK,
        also_tell: Callable[[Notice], None] = lambda notice: None,
        can_read: CanRead = reads_nothing,
    ) -> None:
        """`also_tell` gets what the owner is told in their chats, for their devices. `can_read`:
        which kinds of files are read here; an answer waits for them.
        """
        self._config, self._db, self._also_tell = config, db, also_tell
        self._steady = SteadyClock(clock)
        self._clock = self.clock = clock = self._steady.clock
        self._writes = Writes(db, clock)
        self._connectors = connectors
        policy, self._can_read = PolicyCheck(config, db, clock, can_read), can_read
        composer = Composer(config, db, engine, policy, connectors, clock)
        self._rhythm = OwnerRhythm(config, db, clock)
        self._sender = Sender(config, db, connectors, self._rhythm, clock, self.tell_owner)
        self._answers = Answers(
            config, db, policy, composer, self._sender, self._rhythm, self.tell_owner, clock
        )
        self._in_hand: set[int] = set()
        self._states: dict[int, ChatState] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._closing = False

    def start(self) -> None:
        """Resume after a restart: send what was decided, answer what is still open."""
        now = self._clock.now()
        no_future_times(self._db, now)
        resending = [name for name, one in self._connectors.items() if one.capabilities.resend_s]
        since = now - round(max_age_s(self._config.reply) * 1000)
        interrupted = interrupted_chats(self._db, resending, since=since)
        self.send(recover_outbox(self._db, resending, since=since, now=now))
        if interrupted:
            self.tell_owner(doubt_notice(", ".join(interrupted)))
        for chat_id, burst in open_bursts(self._db).items():
            self.friend_wrote(chat_id, burst[-1].id)

    def send(self, pieces: Sequence[Piece]) -> None:
        """Send pieces that are in the outbox, each chat's in order."""
        for piece in pieces:
            if piece.id in self._in_hand or self._closing:
                continue
            self._in_hand.add(piece.id)
            state = self._state(piece.chat_id)
            state.waiting.append(piece)
            self._wake(piece.chat_id, state)

    def can_send_to(self, platform: str) -> bool:
        """Whether a connector sends to that platform."""
        return platform in self._connectors

    async def follow_approvals(self) -> None:
        """Send what the owner approves in another process, such as the command line."""
        while True:
            await follow_clock(self._steady, self._db, self._writes)
            self.send(approved_pieces(self._db))
            await self._clock.sleep(APPROVALS_POLL_S)

    def tell_owner(self, notice: Notice | str) -> None:
        """Send a notice to the owner's chat with themselves, and to their devices."""
        if not self._closing:
            whole = Notice(notice) if isinstance(notice, str) else notice
            self._also_tell(whole)
            self._soon(self._tell_owner(whole), "notice")

    async def _tell_owner(self, notice: Notice) -> None:
        add = partial(tell_owner, self._db, self._connectors, notice, self._clock)
        self.send(await self._writes.run(add))

    def friend_wrote(self, chat_id: int, message_id: int) -> None:
        """A friend's message was logged: their burst begins or goes on."""
        if self._closing:
            return
        state = self._state(chat_id)
        state.add(message_id, self._clock.monotonic())
        self._wake(chat_id, state)

    def owner_wrote(self, chat_id: int) -> None:
        """The owner took over: drop what is left of the reply or being composed, and pause."""
        chat = get_chat(self._db, chat_id)
        if chat.kind == "self":
            return
        take_over(self._db, chat, self._config.policy, self._clock.now())
        state = self._state(chat_id)
        state.begin_next(None)
        self._in_hand.difference_update(piece.id for piece in state.waiting)
        state.waiting = []
        # A piece on its way is not interrupted: nobody would know whether it arrived.
        if not self._sender.is_sending(chat_id):
            state.stop_task()

    def friend_recalled(self, chat_id: int, message_id: int) -> None:
        """A friend took a message back: its reply stops, what else they wrote is answered."""
        state = self._state(chat_id)
        if message_id in state.answering and not self._sender.is_sending(chat_id):
            state.stop_task()
        if not self._closing:
            state.reopen(len(open_burst(self._db, chat_id)))
            self._wake(chat_id, state)

    def friend_edited(self, chat_id: int, message_id: int) -> None:
        """A friend changed a message: if it is not answered yet, the new words are."""
        burst = open_burst(self._db, chat_id)
        if not self._closing and any(message.id == message_id for message in burst):
            state = self._state(chat_id)
            state.changed = self._clock.monotonic()
            state.reopen(len(burst))
            self._wake(chat_id, state)

    async def stop(self) -> None:
        """Finish the pieces on their way; bursts stay open and are answered after a start."""
        self._closing = True
        self._sender.close()
        for chat_id, state in self._states.items():
            if not self._sender.is_sending(chat_id):
                state.stop_task()
        tasks = list(self._tasks)
        if tasks:
            await asyncio.wait(tasks, timeout=FINISH_S)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _state(self, chat_id: int) -> ChatState:
        return self._states.setdefault(chat_id, ChatState())

    def _wake(self, chat_id: int, state: ChatState) -> None:
        if state.task is None or state.task.done():
            state.task = self._soon(self._run(chat_id, state), f"chat {chat_id}")

    def _soon(self, work: Coroutine[Any, Any, None], name: str) -> asyncio.Task[None]:
        task = asyncio.create_task(work, name=name)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def _run(self, chat_id: int, state: ChatState) -> None:
        try:
            while not self._closing and (state.waiting or state.first is not None):
                if state.waiting:
                    await self._send_waiting(state)
                else:
                    await self._wait_for_quiet(chat_id, state)
                    await self._answer(chat_id, state)
        except Exception as error:  # boundary: one chat's failure is not the others'
            state.first = None
            log.error("chat %d: no reply (%s)", chat_id, type(error).__name__)
            log.debug("chat %d", chat_id, exc_info=True)

    async def _send_waiting(self, state: ChatState) -> None:
        pieces, state.waiting = state.waiting, []
        try:
            await self._sender.send(pieces)
        finally:
            self._in_hand.difference_update(piece.id for piece in pieces)

    async def _wait_for_quiet(self, chat_id: int, state: ChatState) -> None:
        """Until the friend is done, what they sent is read, and the owner would begin."""
        while not state.waiting:
            wait = state.quiet_at(self._config.reply) - self._clock.monotonic()
            if wait <= 0:
                # In steps: what the owner approves meanwhile is sent at once.
                wait = min(self._rest_s(chat_id, state), APPROVALS_POLL_S)
            if wait <= 0:
                return
            await self._clock.sleep(wait)

    def _rest_s(self, chat_id: int, state: ChatState) -> float:
        """How long to wait at most once the friend is done."""
        burst = open_burst(self._db, chat_id)
        rest = self._rhythm.rest_s(burst)
        if is_awaited(burst, self._can_read):
            until = state.unread_until(self._config.reply, self._config.media.wait_seconds)
            rest = max(rest, min(until - self._clock.monotonic(), LOOK_AGAIN_S))
        return rest

    async def _answer(self, chat_id: int, state: ChatState) -> None:
        if state.first is None or state.waiting:
            return  # the owner wrote meanwhile, or something is to be sent first
        await follow_clock(self._steady, self._db, self._writes)
        await self._answers.answer(chat_id, state)
        state.answering = ()
