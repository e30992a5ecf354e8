"""Send what is in the outbox piece by piece, at a human pace, and never twice."""

import contextlib
import logging
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from functools import partial

from sqlite_utils import Database

from storage.chats import Chat, get_chat
from storage.corrections import note_owner_words
from storage.messages import NewMessage, log_live
from storage.outbox import (
    NOTICE,
    STICKER,
    Piece,
    State,
    cancel_rest,
    move_piece,
    refuse_piece,
    state_of,
)
from storage.stickers import own_sticker
from twin.clock import SYSTEM_CLOCK, Clock
from twin.config.schema import Config
from twin.connectors.base import (
    Connector,
    SendInDoubtError,
    SendLaterError,
    SendRefusedError,
)
from twin.replying.notices import Notice, doubt_notice, unsent_notice
from twin.replying.outgoing import outgoing
from twin.replying.owner_rhythm import OwnerRhythm
from twin.replying.policy import PolicyCheck, max_age_s
from twin.speech.speaker import Speaker
from twin.writes import Writes

log = logging.getLogger(__name__)

MAX_PACE_S = 15.0
STICKER_S = 2.0  # to look for one
CONNECTION_WAIT_S = 600.0
CONNECTION_POLL_S = 1.0
LEAST_WAIT_S = 0.5  # before a message is sent again, whatever the platform asks for
# Between two attempts where nobody knows whether a message arrived: the first, and the most.
ASK_AGAIN_S, MOST_ASK_AGAIN_S = 5.0, 60.0


class Sender:
    """Sends pieces that are in the outbox. One caller per chat at a time."""

    def __init__(
        self,
        config: Config,
        db: Database,
        connectors: Mapping[str, Connector],
        rhythm: OwnerRhythm,
        clock: Clock = SYSTEM_CLOCK,
        tell_owner: Callable[[Notice | str], None] = log.warning,
    ) -> None:
        self._config, self._db, self._clock = config, db, clock
        self._tell_owner = tell_owner
        self._writes = Writes(db, clock)
        self._policy = PolicyCheck(config, db, clock)
        self._rhythm, self._speaker = rhythm, Speaker(config.speech, db)
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
        begun, before = self._clock.monotonic(), None
        for piece in pieces:
            gap = self._rhythm.gap_s(piece.id) if before == piece.kind != NOTICE else 0.0
            before = piece.kind
            sent = not self._closing and await self._send_one(piece, begun, head_start, gap)
            if not sent:
                if not self._closing:
                    cancel = partial(cancel_rest, self._db, pieces, now=self._clock.now())
                    await self._writes.run(cancel)
                    self._tell_of_doubt(piece)
                return
            head_start = 0.0

    def _tell_of_doubt(self, piece: Piece) -> None:
        # Of a notice that is in doubt no other one tells, which would be in doubt as well.
        if piece.kind != NOTICE and state_of(self._db, piece.id)[0] == "doubt":
            name = get_chat(self._db, piece.chat_id).name
            self._tell_owner(doubt_notice(name))

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

    async def _send_one(self, piece: Piece, begun: float, head_start: float, gap: float) -> bool:
        """`gap`: seconds that the owner would leave before it; typing takes as long at least."""
        chat = get_chat(self._db, piece.chat_id)
        connector = self._connectors.get(chat.platform)
        if connector is None or not await self._is_connected(connector):
            log.warning("chat %d: %s is not connected; reply dropped", chat.id, chat.platform)
            return False
        asked_at, voice = self._clock.monotonic(), None
        if self._speaker.speaks(piece, connector) and self._may_send(connector, piece, begun):
            voice = await self._speaker.say(piece)
            head_start += self._clock.monotonic() - asked_at
        is_sticker = piece.kind == STICKER
        typing = STICKER_S if is_sticker else len(piece.text) / self._config.reply.chars_per_second
        pace = min(max(typing, gap), MAX_PACE_S) - head_start
        if pace > 0 and piece.kind != NOTICE and not piece.is_typed:
            if not self._may_send(connector, piece, begun):
                return False  # or what follows would wait for words that are never sent
            await self._show_typing(chat, True)
            await self._clock.sleep(pace)
        return await self._deliver(connector, chat, piece, begun, voice)

    async def _is_connected(self, connector: Connector) -> bool:
        deadline = self._clock.monotonic() + CONNECTION_WAIT_S
        while connector.status().state != "running":
            if self._clock.monotonic() >= deadline:
                return False
            await self._clock.sleep(CONNECTION_POLL_S)
        return True

    def _may_send(self, connector: Connector, piece: Piece, begun: float) -> bool:
        """Check everything again: the owner may have written, paused or switched off meanwhile.

        And the machine may have slept since the reply was `begun`, in monotonic seconds.
        """
        if self._closing or self._is_too_late(piece, begun):
            return False
        state, sending_at = state_of(self._db, piece.id)
        resend_ms = connector.capabilities.resend_s * 1000
        may_resend = state == "doubt" and self._clock.now() - sending_at < resend_ms
        if state != "pending" and not may_resend:
            log.info("chat %d: the reply is not continued (%s)", piece.chat_id, state)
            return False
        decision = self._policy.check_piece(piece)
        if not decision.allowed:
            log.info("chat %d: the reply is not continued (%s)", piece.chat_id, decision.reason)
        return decision.allowed

    def _is_too_late(self, piece: Piece, begun: float, wait_s: float = 0.0) -> bool:
        """Whether nobody expects it any more, after so many seconds of waiting."""
        waited_s = self._clock.monotonic() + wait_s - begun
        if waited_s <= max_age_s(self._config.reply) + CONNECTION_WAIT_S:
            return False
        log.info("chat %d: the reply is not continued (too late)", piece.chat_id)
        return True

    async def _deliver(
        self, connector: Connector, chat: Chat, piece: Piece, begun: float, voice: bytes | None
    ) -> bool:
        """Send it, again where the platform asks to wait or knows a message that comes again."""
        pause_s = ASK_AGAIN_S
        while True:
            before, _ = state_of(self._db, piece.id)
            if not await self._writes.run(lambda: self._begin(connector, piece, begun)):
                break
            if voice is not None and not self._speaker.may_speak():
                voice = None
            self._sending.add(chat.id)
            try:
                again_s = await self._attempt(connector, chat, piece, before, pause_s, voice)
                pause_s = min(2 * pause_s, MOST_ASK_AGAIN_S)
            finally:
                self._sending.discard(chat.id)
            if again_s is None or self._is_too_late(piece, begun, again_s):
                break
            await self._clock.sleep(max(again_s, LEAST_WAIT_S))
            if not await self._is_connected(connector):
                break
        return state_of(self._db, piece.id)[0] == "sent"  # perhaps its echo has told

    def _begin(self, connector: Connector, piece: Piece, begun: float) -> bool:
        """Record that it is being sent, if it still may."""
        if not self._may_send(connector, piece, begun):
            return False
        move_piece(self._db, piece.id, "sending", now=self._clock.now())
        return True

    async def _attempt(
        self,
        connector: Connector,
        chat: Chat,
        piece: Piece,
        before: State,
        pause_s: float,
        voice: bytes | None,
    ) -> float | None:
        """Send it once and record what became of it; seconds until it is sent again, if it is.

        `before`: its state, which it has again where the platform asks to wait; `pause_s`: what is
        waited before a message that may have arrived is sent again.
        """
        move = partial(move_piece, self._db, piece.id)
        try:
            message = outgoing(self._db, self._config.data, connector, chat, piece, voice)
            external_id = await connector.send(chat.external_id, message)
        except SendLaterError as error:
            await self._writes.run(lambda: move(before, now=self._clock.now()))
            log.info("chat %d: sent again in %.0f s", chat.id, error.seconds)
            return error.seconds
        except SendRefusedError as error:
            if before == "doubt":  # this time; it may have arrived before
                await self._writes.run(lambda: move("doubt", now=self._clock.now()))
            else:
                await self._refuse(chat, piece, error)
        except SendInDoubtError:
            await self._writes.run(lambda: move("doubt", now=self._clock.now()))
            if connector.capabilities.resend_s and state_of(self._db, piece.id)[0] == "doubt":
                return pause_s
        except Exception as error:  # boundary: each platform fails in its own ways
            state: State = "doubt" if before == "doubt" else "failed"
            await self._writes.run(lambda: move(state, now=self._clock.now()))
            log.warning("chat %d: sending failed (%s)", chat.id, type(error).__name__)
            self._tell_elsewhere(chat, piece)
        else:
            await self._writes.run(lambda: self._record_sent(connector, piece, external_id))
        return None

    async def _refuse(self, chat: Chat, piece: Piece, error: SendRefusedError) -> None:
        refuse = partial(refuse_piece, self._db, piece, error.reason, now=self._clock.now())
        await self._writes.run(refuse)
        log.info("chat %d: not sent (%s)", chat.id, error.reason)
        if piece.approved and piece.kind != NOTICE:
            self._tell_owner(unsent_notice(chat.name, str(error)))
        self._tell_elsewhere(chat, piece)

    def _tell_elsewhere(self, chat: Chat, piece: Piece) -> None:
        """A notice that did not reach the owner in one place may in another."""
        if chat.kind == "self" and piece.kind == NOTICE:
            self._tell_owner(Notice(piece.text, piece.commands))

    def _record_sent(self, connector: Connector, piece: Piece, external_id: str | None) -> None:
        """Mark it sent and log it, as one write. Where an echo comes, it is the log entry."""
        now = self._clock.now()
        move_piece(self._db, piece.id, "sent", external_id=external_id, now=now)
        if connector.capabilities.self_echo:
            return
        own = own_sticker(self._db, piece.sticker, piece.chat_id)
        message = NewMessage(
            chat_id=piece.chat_id,
            origin=piece.words,
            text=piece.text,
            kind=piece.kind,
            sent_at=now,
            external_id=external_id,
            media=own.media if own else None,
        )
        message_id = log_live(self._db, message, now=now)
        if piece.is_typed and message_id is not None:
            note_owner_words(self._db, message_id)
