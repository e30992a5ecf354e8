"""Compose the reply to a burst: generate it, check it, split it into messages."""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from sqlite_utils import Database

from storage.adapters import Adapter, find_adapter
from storage.chats import Chat, get_chat
from storage.messages import Message, recent_messages
from storage.outbox import State, noticed_since
from storage.pieces import MOST_PIECES, StickerOf, split_reply
from storage.plain_text import is_visible, sendable
from storage.reasons import BurstReason
from twin.clock import Clock
from twin.config.schema import Config
from twin.connectors.base import Connector
from twin.engine.base import Engine, EngineUnavailable
from twin.memory.block import MemoryBlock
from twin.memory.conversation import remember, shows_memory
from twin.prompting.chat_prompt import UNNAMED, chat_prompt
from twin.prompting.chat_template import Turn
from twin.prompting.media_marks import words_in
from twin.replying.bursts import text_of, words_of
from twin.replying.decision import Decision
from twin.replying.guard import held_back, seems_for_owner
from twin.replying.not_knowing import not_knowing
from twin.replying.owner_bursts import asks
from twin.replying.policy import PolicyCheck, start_of_day
from twin.replying.unsupported import is_unsupported
from twin.stickers.choose import Choice, choose_sticker

log = logging.getLogger(__name__)

HISTORY = 200  # messages read; the token budget decides how many the model sees
# What becomes of a reply that nothing supports, by [memory] unsupported.
_UNSUPPORTED = {
    "hedge": Decision(True, BurstReason.HEDGED),
    "draft": Decision(False, BurstReason.UNSUPPORTED, draft=True),
}


@dataclass(frozen=True, slots=True)
class ComposedReply:
    """A decision with its reply, if any. `notice` is sent first, by the program itself.

    `lines`: texts, and perhaps one sticker of the owner's. `memory`: the messages that the model
    was shown of earlier, when there is a reply.
    `is_for_later`: nothing can answer now, and perhaps soon.
    """

    decision: Decision
    lines: Sequence[str | StickerOf] = ()
    state: State = "pending"
    adapter: str | None = None
    notice: str | None = None
    topic: str | None = None  # for which the burst waits for the owner
    memory: Sequence[int] = ()
    is_for_later: bool = False


@dataclass(frozen=True, slots=True)
class _Generated:
    """`memory`: the messages that the model was shown of earlier. `is_unsupported`: whether the
    text states a fact that nothing supports, where that is not to be sent.
    """

    text: str
    memory: Sequence[int]
    is_unsupported: bool


class Composer:
    """Composes replies; stores and sends nothing."""

    def __init__(
        self,
        config: Config,
        db: Database,
        engine: Engine,
        policy: PolicyCheck,
        connectors: Mapping[str, Connector],
        clock: Clock,
    ) -> None:
        self._config, self._db, self._engine, self._clock = config, db, engine, clock
        self._policy, self._connectors = policy, connectors

    async def compose(self, chat_id: int, burst: list[Message]) -> ComposedReply:
        """Generate, then check the policy again: minutes may have passed."""
        chat = get_chat(self._db, chat_id)
        text = text_of(burst, named=chat.kind == "group")
        if not text:
            return _silence(BurstReason.NOTHING)
        topic = await seems_for_owner(words_of(burst), self._config.policy)
        if topic is not None:
            return ComposedReply(Decision(False, BurstReason.WAITS.of(topic)), topic=topic)
        sticker = await self._sticker(chat, burst)
        if sticker is not None and sticker.alone:
            return self._without_words(chat, burst, sticker)
        adapter = self._engine.adapter
        try:
            generated = await self._generate(chat, burst, text, adapter)
        except Exception as error:  # boundary: any model error becomes "no reply"
            return _failed(chat_id, error)
        said = sendable(generated.text)
        if not is_visible(said):
            return _silence(BurstReason.EMPTY)
        unsupported = generated.is_unsupported and self._config.memory.unsupported
        if unsupported == "hedge":
            said = await not_knowing(self._db, text, seed=burst[-1].id)
        forbidden = await held_back(self._config, self._db, said, chat_id)
        # What changes until it is written is seen by the check before each piece.
        notice = self._notice(chat)
        notices = int(notice is not None)
        decision = self._policy.check_burst(chat_id, burst, needed=notices + 1)
        if not decision.allowed and not decision.draft:
            return ComposedReply(decision)
        if forbidden is not None:
            return _silence(BurstReason.HELD_BACK.of(forbidden))
        if unsupported and decision.allowed:
            decision = _UNSUPPORTED[unsupported]
        most = MOST_PIECES
        if not decision.draft:
            most = min(most, self._policy.messages_left(chat_id) - notices)
        lines = _pieces(said, most, None if unsupported else sticker)
        return ComposedReply(
            decision, lines, self._state(decision), adapter, notice, memory=generated.memory
        )

    async def _sticker(self, chat: Chat, burst: Sequence[Message]) -> Choice | None:
        """The one that the owner would send here; none where what is written on it is not sent."""
        connector = self._connectors.get(chat.platform)
        if connector is None:
            return None
        try:
            found = await choose_sticker(
                self._config, self._db, chat, burst, connector.capabilities
            )
        except Exception as error:  # boundary: no reply is lost for a sticker
            log.error("chat %d: no sticker (%s)", chat.id, type(error).__name__)
            log.debug("chat %d", chat.id, exc_info=True)
            return None
        if found is None or await held_back(self._config, self._db, found.text, chat.id):
            return None
        # A question is answered in words.
        is_alone = found.alone and not any(asks(words_in(message)) for message in burst)
        return replace(found, alone=is_alone)

    def _without_words(
        self, chat: Chat, burst: Sequence[Message], sticker: Choice
    ) -> ComposedReply:
        notice = self._notice(chat)
        decision = self._policy.check_burst(chat.id, burst, needed=2 if notice else 1)
        if not decision.allowed and not decision.draft:
            return ComposedReply(decision)
        lines = _with_sticker([], sticker)
        return ComposedReply(decision, lines, self._state(decision), notice=notice)

    async def _generate(
        self, chat: Chat, burst: list[Message], text: str, adapter: str | None
    ) -> _Generated:
        answering = find_adapter(self._db, adapter) if adapter else None
        in_burst = {message.id for message in burst}
        recent = recent_messages(self._db, chat.id, HISTORY)
        before = [message for message in recent if message.id not in in_burst]
        turns, memory = await prompt_of(self._db, self._config, chat, before, burst, answering)
        reply = await self._engine.reply(turns)
        checks = shows_memory(self._config, answering) and self._config.memory.unsupported != "off"
        unsupported = checks and is_unsupported(
            text, reply.text, turns, memory, self._config.owner.name
        )
        return _Generated(reply.text, memory.messages, unsupported)

    def _state(self, decision: Decision) -> State:
        if decision.draft:
            return "draft"
        return "dry" if self._config.policy.dry_run else "pending"

    def _notice(self, chat: Chat) -> str | None:
        """What tells the friend that a twin answers, when it is due."""
        settings = self._config.reply
        connector = self._connectors.get(chat.platform)
        if settings.disclose == "never" or (connector and connector.capabilities.discloses):
            return None
        today = start_of_day(self._clock.now(), self._policy.zone)
        if settings.disclose == "daily" and noticed_since(self._db, chat.id, today):
            return None
        return settings.disclosure.format(name=self._config.owner.name or UNNAMED)


def _pieces(said: str, most: int, sticker: Choice | None) -> Sequence[str | StickerOf]:
    """At most so many, the sticker included; where there is room for one, the words alone."""
    if sticker is None or most == 1:
        return split_reply(said, most)
    return _with_sticker(split_reply(said, most - 1), sticker)


def _with_sticker(lines: Sequence[str], sticker: Choice) -> Sequence[str | StickerOf]:
    """The lines with the sticker before or behind them."""
    one = StickerOf(sticker.message_id)
    return [one, *lines] if sticker.before else [*lines, one]


async def prompt_of(
    db: Database,
    config: Config,
    chat: Chat,
    before: Sequence[Message],
    burst: Sequence[Message],
    adapter: Adapter | None,
) -> tuple[list[Turn], MemoryBlock]:
    """The turns that ask for an answer to a burst after those messages, and the memory in them."""
    memory = await remember(db, config, chat, adapter, [*before, *burst])
    text = text_of(burst, named=chat.kind == "group")
    return chat_prompt(config, chat, before, burst[0], text, adapter, memory=memory.text), memory


def _failed(chat_id: int, error: Exception) -> ComposedReply:
    if isinstance(error, EngineUnavailable):
        log.warning("chat %d: nothing can answer now: %s", chat_id, error)
        failed = Decision(False, BurstReason.FAILED.of(error.cause))
        return ComposedReply(failed, is_for_later=True)
    log.error("chat %d: generating failed (%s)", chat_id, type(error).__name__)
    log.debug("chat %d", chat_id, exc_info=error)
    return _silence(BurstReason.FAILED.of(type(error).__name__))


def _silence(reason: str) -> ComposedReply:
    return ComposedReply(Decision(False, reason))
