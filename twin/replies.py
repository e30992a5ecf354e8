"""From a friend's burst to an answer: wait until he is done, generate, check again, say it."""

import asyncio
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from sqlite_utils import Database

from storage.adapters import find_adapter
from storage.chats import get_chat
from storage.messages import Message, recent_messages
from storage.outbox import Piece, State, cancel_pending, move_piece, record_decision, recover_outbox
from twin.bursts import last_undecided, open_burst, open_bursts, text_of
from twin.clock import SYSTEM_CLOCK, Clock
from twin.config import Config
from twin.connectors.base import Connector
from twin.context import build_turns, persona
from twin.engine.base import Engine, Reply
from twin.policy import Decision, may_answer
from twin.speaking import Speaker

log = logging.getLogger(__name__)

HISTORY = 200  # messages looked at; the token budget decides how many are shown
FINISH_S = 5.0  # how long a piece that is on its way may hold up the end


@dataclass(slots=True)
class _Talk:
    """A chat in memory. `first` and `last`: when the open burst began and went on, in seconds."""

    first: float | None = None
    last: float = 0.0
    last_id: int = 0
    recovered: list[Piece] = field(default_factory=list)
    task: asyncio.Task[None] | None = None


class Replies:
    """One task per chat that has something to answer or to say."""

    def __init__(
        self,
        config: Config,
        db: Database,
        engine: Engine,
        connectors: Mapping[str, Connector],
        clock: Clock = SYSTEM_CLOCK,
    ) -> None:
        self._config, self._db, self._engine, self._clock = config, db, engine, clock
        self._speaker = Speaker(config, db, connectors, clock)
        self._talks: dict[int, _Talk] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._closing = False

    def start(self) -> None:
        """Go on where the last run ended: say what was decided, answer what is still open."""
        oldest = self._clock.now() - int(self._config.reply.answer_after_restart_minutes * 60_000)
        for piece in recover_outbox(self._db):
            if self._db.table("outbox").get(piece.id)["created_at"] < oldest:
                move_piece(self._db, piece.id, "cancelled")
                continue
            talk = self._talk(piece.chat_id)
            talk.recovered.append(piece)
            self._wake(piece.chat_id, talk)
        for chat_id, burst in open_bursts(self._db).items():
            if burst[-1].sent_at < oldest:
                record_decision(self._db, chat_id, burst[-1].id, "too old after a restart")
            else:
                self.heard(chat_id, burst[-1].id)

    def heard(self, chat_id: int, message_id: int) -> None:
        """A friend's message was logged: his burst begins or goes on."""
        if self._closing:
            return
        talk = self._talk(chat_id)
        talk.last, talk.last_id = self._clock.monotonic(), message_id
        if talk.first is None:
            talk.first = talk.last
        self._wake(chat_id, talk)

    def owner_spoke(self, chat_id: int) -> None:
        """The owner took over: drop the rest of the reply and the one being made."""
        cancel_pending(self._db, chat_id)
        undecided = last_undecided(self._db, chat_id)
        if undecided is not None:
            record_decision(self._db, chat_id, undecided, "the owner answered")
        talk = self._talk(chat_id)
        talk.first = None
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

    def _talk(self, chat_id: int) -> _Talk:
        return self._talks.setdefault(chat_id, _Talk())

    def _wake(self, chat_id: int, talk: _Talk) -> None:
        if talk.task is None or talk.task.done():
            talk.task = asyncio.create_task(self._run(chat_id, talk), name=f"chat {chat_id}")
            self._tasks.add(talk.task)
            talk.task.add_done_callback(self._tasks.discard)

    async def _run(self, chat_id: int, talk: _Talk) -> None:
        try:
            pieces, talk.recovered = talk.recovered, []
            await self._speaker.say(pieces)
            while talk.first is not None and not self._closing:
                await self._wait_for_quiet(talk, talk.first)
                await self._answer(chat_id, talk, talk.first)
        except Exception as error:  # a border: one chat's failure is not the others'
            talk.first = None
            log.error("chat %d: no reply (%s)", chat_id, type(error).__name__)
            log.debug("chat %d", chat_id, exc_info=True)

    async def _wait_for_quiet(self, talk: _Talk, first: float) -> None:
        reply = self._config.reply
        while True:
            until = min(talk.last + reply.quiet_seconds, first + reply.cap_seconds)
            wait = until - self._clock.monotonic()
            if wait <= 0:
                return
            await self._clock.sleep(wait)

    async def _answer(self, chat_id: int, talk: _Talk, first: float) -> None:
        """One answer to the burst, or the reason for none; the burst is closed either way."""
        burst = open_burst(self._db, chat_id)
        if not burst:
            talk.first = None
            return
        decision = self._decide(chat_id)
        text = text_of(burst)
        if not text:
            self._close(talk, burst, "nothing to answer")
        elif decision.allowed:
            async with self._speaker.typing(get_chat(self._db, chat_id)):
                await self._speak(chat_id, talk, first, burst, text)
        elif decision.draft:
            await self._speak(chat_id, talk, first, burst, text)
        else:
            self._close(talk, burst, decision.reason)

    async def _speak(
        self, chat_id: int, talk: _Talk, first: float, burst: list[Message], text: str
    ) -> None:
        started = self._clock.monotonic()
        adapter = self._engine.adapter
        try:
            reply = await self._generate(chat_id, burst, text, adapter)
        except Exception as error:  # a border: models fail in many ways
            log.error("chat %d: generating failed (%s)", chat_id, type(error).__name__)
            log.debug("chat %d", chat_id, exc_info=True)
            self._close(talk, burst, f"generating failed: {type(error).__name__}")
            return
        if self._is_outdated(chat_id, burst, first):
            return  # the caller waits for quiet again and asks with the whole burst
        decision = self._decide(chat_id)
        # A newline is how the owner sends several short messages; training joined them so.
        lines = [line.strip() for line in reply.text.splitlines() if line.strip()]
        if not lines:
            self._close(talk, burst, "the reply was empty")
        elif decision.allowed:
            pieces = self._close(talk, burst, decision.reason, lines, adapter)
            await self._speaker.say(pieces, self._clock.monotonic() - started)
        elif decision.draft:
            self._close(talk, burst, decision.reason, lines, adapter, "draft")
        else:
            self._close(talk, burst, decision.reason)

    async def _generate(
        self, chat_id: int, burst: list[Message], text: str, adapter: str | None
    ) -> Reply:
        # The rules of the adapter that answers, which is not always the newest one yet.
        rules = find_adapter(self._db, adapter).rules if adapter else self._config.dataset.rules
        in_burst = {message.id for message in burst}
        past = recent_messages(self._db, chat_id, HISTORY)
        turns = build_turns(
            rules,
            persona(self._config.owner),
            [message for message in past if message.id not in in_burst],
            text,
            self._engine.format,
            self._config.reply.context_tokens,
        )
        return await self._engine.reply(turns)

    def _is_outdated(self, chat_id: int, burst: list[Message], first: float) -> bool:
        """Whether the friend took something back, or went on while there is still time to wait."""
        now = {message.id for message in open_burst(self._db, chat_id)}
        before = {message.id for message in burst}
        in_time = self._clock.monotonic() < first + self._config.reply.cap_seconds
        return bool(before - now) or (in_time and bool(now - before))

    def _decide(self, chat_id: int) -> Decision:
        return may_answer(get_chat(self._db, chat_id), self._clock.now())

    def _close(
        self,
        talk: _Talk,
        burst: list[Message],
        reason: str,
        lines: Sequence[str] = (),
        adapter: str | None = None,
        state: State = "pending",
    ) -> list[Piece]:
        """Write the decision; what the friend said since the burst begins the next one."""
        last = burst[-1]
        pieces = record_decision(
            self._db, last.chat_id, last.id, reason, lines, adapter=adapter, state=state
        )
        talk.first = talk.last if talk.last_id > last.id else None
        return pieces
