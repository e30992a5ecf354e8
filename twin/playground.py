"""The owner talks to several voices next to each other; nothing of it is logged or sent."""

import asyncio
import logging
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace

from sqlite_utils import Database

from storage.adapters import Adapter, find_adapter
from storage.chats import Chat
from storage.database import now_ms
from storage.errors import TwinError
from storage.messages import Message, Origin, recent_messages
from storage.reasons import ErrorReason
from twin.config.schema import Config
from twin.engine.base import Engine, Limits, Reply
from twin.engine.runtime import load_model
from twin.prompting.chat_prompt import chat_prompt
from twin.prompting.chat_template import PromptFormat, Turn
from twin.replying.composer import HISTORY
from twin.replying.guard import held_back, needs_owner

log = logging.getLogger(__name__)


class Conversation:
    """Answers as the bot would, with this conversation as the chat's history. Stores nothing."""

    def __init__(self, config: Config, adapter: Adapter | None) -> None:
        self._config, self._adapter = config, adapter
        self._rehearsal = PreviewChat(config)
        self._voice = load_model(config, config.data / adapter.path if adapter else None)
        self.adapter = adapter.name if adapter else None

    def say(self, text: str) -> Reply:
        limits = self._config.reply
        turns = self._rehearsal.turns(text, self._voice.format, self._adapter)
        [reply] = self._voice.generate([turns], limits.max_tokens, limits.temperature, limits.top_p)
        self._rehearsal.remember(text, reply.text)
        return reply


class PreviewChat:
    """What the bot would show the model in that chat, were this conversation the end of it.

    Without a chat the friend is somebody new. `past` are messages of the chat that come before, as
    if the last of them was of now: otherwise days of silence would part it from what follows.
    """

    def __init__(
        self, config: Config, chat: Chat | None = None, past: Sequence[Message] = ()
    ) -> None:
        self._config, self._chat = config, chat
        ago = now_ms() - past[-1].sent_at if past else 0
        self._history = [replace(message, sent_at=message.sent_at + ago) for message in past]

    def turns(self, text: str, fmt: PromptFormat, adapter: Adapter | None) -> list[Turn]:
        """The prompt that asks for an answer to `text`, by the rules the adapter learnt under."""
        said = self._message("peer", text)
        return chat_prompt(self._config, self._chat, self._history, said, text, adapter, fmt)

    def remember(self, text: str, reply: str) -> None:
        """What was said, as long as this object lives."""
        self._history += [self._message("peer", text), self._message("twin", reply)]

    def _message(self, origin: Origin, text: str) -> Message:
        sender = self._chat.name if self._chat and origin == "peer" else None
        return Message(len(self._history), 0, origin, "text", text, now_ms(), None, sender=sender)


@dataclass(frozen=True, slots=True)
class ComparedModel:
    """A voice. Without an adapter it is the base, unless it is what answers friends now."""

    live: bool = False
    adapter: Adapter | None = None


LIVE, BASE = ComparedModel(live=True), ComparedModel()


@dataclass(frozen=True, slots=True)
class ComparedAnswer:
    """`waited_s`: from asking to the answer, loading and other people's turns included.

    `held_back`: why the bot would not have sent it.
    """

    reply: Reply
    waited_s: float
    held_back: str | None = None

    @property
    def tokens_per_second(self) -> float | None:
        return self.reply.tokens / self.reply.seconds if self.reply.seconds > 0 else None


class Playground:
    """Where voices are tried, for all pages together: one question at a time.

    The engine keeps one voice beside the live one. Two that are asked at once would both be held in
    memory until they answered; and what was asked last is asked first, since it is loaded.
    """

    def __init__(self, config: Config, db: Database, engine: Engine) -> None:
        self.config, self.db, self.engine = config, db, engine
        self.lock = asyncio.Lock()
        self.loaded: Adapter | None = None
        self._guests = 0

    def enter(self) -> None:
        self._guests += 1

    def leave(self) -> None:
        """After the last guest, the memory is given back."""
        self._guests -= 1
        self.tidy()

    def tidy(self) -> None:
        """Again when an answer came after everybody had left: a model was loaded for it."""
        if not self._guests:
            self.engine.unload_other()


class SideBySide:
    """One conversation with each voice: each goes on with its own answers."""

    def __init__(
        self, stand: Playground, chat: Chat | None = None, *, with_past: bool = False
    ) -> None:
        self._stand, self._chat = stand, chat
        self._past = recent_messages(stand.db, chat.id, HISTORY) if with_past and chat else []
        self._talks: dict[ComparedModel, PreviewChat] = {}

    def in_order(self, voices: Sequence[ComparedModel]) -> list[ComparedModel]:
        """The live one first, then the one that is loaded: of the others each takes its time."""
        return sorted(voices, key=lambda who: (not who.live, who.adapter != self._stand.loaded))

    async def ask(self, who: ComparedModel, text: str) -> ComparedAnswer:
        """Raises TwinError when that voice can't answer."""
        began = time.perf_counter()
        talk = self._talks.setdefault(who, PreviewChat(self._stand.config, self._chat, self._past))
        async with self._stand.lock:
            try:
                reply = await self._generate(who, talk, text)
            except TwinError:
                raise
            except Exception as error:  # a border: models fail in many ways
                log.error("trial: generating failed (%s)", type(error).__name__)
                log.debug("trial", exc_info=True)
                raise TwinError(
                    f"generating failed ({type(error).__name__}); the log says more",
                    reason=ErrorReason.NO_ANSWER.of(type(error).__name__),
                ) from error
        talk.remember(text, reply.text)
        waited = time.perf_counter() - began
        return ComparedAnswer(reply, waited, await self._held_back(text, reply.text))

    async def _generate(self, who: ComparedModel, talk: PreviewChat, text: str) -> Reply:
        engine, config, usual = self._stand.engine, self._stand.config, self._stand.config.reply
        limits = Limits(usual.max_tokens, usual.temperature, usual.top_p)
        if who.live:
            name = engine.adapter
            adapter = find_adapter(self._stand.db, name) if name else None
            return await engine.reply(talk.turns(text, engine.format, adapter), limits)
        turns = talk.turns(text, engine.format, who.adapter)
        if who.adapter is None:
            reply = await engine.reply_as(None, None, turns, limits)
        else:
            path = config.path_of(who.adapter.path)
            reply = await engine.reply_as(who.adapter.name, path, turns, limits)
        self._stand.loaded = who.adapter
        return reply

    async def _held_back(self, text: str, reply: str) -> str | None:
        policy, chat = self._stand.config.policy, self._chat.id if self._chat else None
        topic = needs_owner(text, policy)
        return topic or await held_back(policy, self._stand.db, reply, chat)
