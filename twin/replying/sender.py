"""Send what is in the outbox piece by piece, at a human pace, and never twice."""

import contextlib
import logging
from collections.abc import AsyncIterator, Mapping, Sequence
from functools import partial

from sqlite_utils import Database

from storage.chats import Chat, get_chat
from storage.corrections import note_owner_words
from storage.database import transaction
from storage.messages import NewMessage, log_live
from storage.outbox import NOTICE, Piece, cancel_rest, move_piece, state_of
from twin.clock import SYSTEM_CLOCK, Clock
from twin.config.schema import Config
from twin.connectors.base import Connector
from twin.replying.policy import PolicyCheck, max_age_s
from twin.writes import Writes

log = logging.getLogger(__name__)

MAX_PACE_S = 15.0
CONNECTION_WAIT_S = 600.0
CONNECTION_POLL_S = 1.0


class Sender:
    """Sends pieces that are in the outbox. One caller per chat at a time."""

    def __init__(
        self,
        config: Config,
        db: Database,
        connectors: Mapping[str, Connector],
        clock: Clock = SYSTEM_CLOCK,
    ) -> None:
        self._config, self._db, self._clock = config, db, clock
        self._writes = Writes(db, clock)
        self._policy = PolicyCheck(config, db, clock)
        self._connectors = connectors
        self._sending: set[int] = set()
        self._closing = False

    def is_sending(self, chat_id: int) -> bool:
        """Whether a piece is on its way: interrupted now, nobody would know whether it arrived."""
        return chat_id in self._sending

    def close(self) -> None:
        """Begin no further piece. What is pending stays so and is sent after the next start."""
        self._closing = True

    async def send(self, pieces: Sequence[Piece], head_start: float = 0.0) -> None:
        """Send the pieces in order until one is held back, which drops the rest.

        `head_start`: seconds that the friend has been waiting; they count as typing.
        """
        begun = self._clock.monotonic()
        for piece in pieces:
            sent = not self._closing and await self._send_one(piece, begun, head_start)
            if not sent:
                if not self._closing:
                    cancel = partial(cancel_rest, self._db, pieces, now=self._clock.now())
                    await self._writes.run(cancel)
                return
            head_start = 0.0

    @contextlib.asynccontextmanager
    async def typing(self, chat: Chat) -> AsyncIterator[None]:
        """Show the friend that an answer is being written, until the block ends."""
        await self._show_typing(chat, True)
        try:
            yield
        finally:
            await self._show_typing(chat, False)

    async def _show_typing(self, chat: Chat, on: bool) -> None:
        connector = self._connectors.get(chat.platform)
        if connector is None or not connector.capabilities.typing:
            return
        try:
            await connector.typing(chat.external_id, on)
        except Exception as error:  # boundary: no reply is lost for a typing sign
            log.debug("%s: typing was not shown (%s)", connector.name, type(error).__name__)

    async def _send_one(self, piece: Piece, begun: float, head_start: float) -> bool:
        chat = get_chat(self._db, piece.chat_id)
        connector = self._connectors.get(chat.platform)
        if connector is None or not await self._is_connected(connector):
            log.warning("chat %d: %s is not connected; reply dropped", chat.id, chat.platform)
            return False
        pace = min(len(piece.text) / self._config.reply.chars_per_second, MAX_PACE_S) - head_start
        if pace > 0 and piece.kind != NOTICE and not piece.is_typed:
            if not self._may_send(piece, begun):
                return False  # or what follows would wait for words that are never sent
            await self._show_typing(chat, True)
            await self._clock.sleep(pace)
        return await self._deliver(connector, chat, piece, begun)

    async def _is_connected(self, connector: Connector) -> bool:
        deadline = self._clock.monotonic() + CONNECTION_WAIT_S
        while connector.status().state != "running":
            if self._clock.monotonic() >= deadline:
                return False
            await self._clock.sleep(CONNECTION_POLL_S)
        return True

    def _may_send(self, piece: Piece, begun: float) -> bool:
        """Check everything again: the owner may have written, paused or switched off meanwhile.

        And the machine may have slept since the reply was `begun`, in monotonic seconds.
        """
        if self._closing:
            return False
        waited_s = self._clock.monotonic() - begun
        if waited_s > max_age_s(self._config.reply) + CONNECTION_WAIT_S:
            log.info("chat %d: the reply is not continued (too late)", piece.chat_id)
            return False
        state = state_of(self._db, piece.id)
        decision = self._policy.check_piece(piece)
        if state == "pending" and decision.allowed:
            return True
        reason = decision.reason if state == "pending" else state
        log.info("chat %d: the reply is not continued (%s)", piece.chat_id, reason)
        return False

    async def _deliver(self, connector: Connector, chat: Chat, piece: Piece, begun: float) -> bool:
        if not await self._writes.run(lambda: self._begin(piece, begun)):
            return False
        self._sending.add(chat.id)
        try:
            try:
                external_id = await connector.send(chat.external_id, piece.text)
            except Exception as error:  # boundary: each platform fails in its own ways
                fail = partial(move_piece, self._db, piece.id, "failed", now=self._clock.now())
                await self._writes.run(fail)
                log.warning("chat %d: sending failed (%s)", chat.id, type(error).__name__)
                return False
            await self._writes.run(lambda: self._record_sent(connector, piece, external_id))
        finally:
            self._sending.discard(chat.id)
        return True

    def _begin(self, piece: Piece, begun: float) -> bool:
        """Record that it is being sent, if it still may: it is never sent again then."""
        if not self._may_send(piece, begun):
            return False
        move_piece(self._db, piece.id, "sending", now=self._clock.now())
        return True

    def _record_sent(self, connector: Connector, piece: Piece, external_id: str | None) -> None:
        """Mark it sent and log it, in one transaction. Where an echo comes, it is the log entry."""
        with transaction(self._db):
            now = self._clock.now()
            move_piece(self._db, piece.id, "sent", external_id=external_id, now=now)
            if not connector.capabilities.self_echo:
                message = NewMessage(
                    chat_id=piece.chat_id,
                    origin=piece.words,
                    text=piece.text,
                    kind=piece.kind,
                    sent_at=now,
                    external_id=external_id,
                )
                message_id = log_live(self._db, message, now=now)
                if piece.is_typed and message_id is not None:
                    note_owner_words(self._db, message_id)
