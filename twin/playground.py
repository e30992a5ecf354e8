"""Compare models: the owner chats with several side by side; nothing is logged or sent."""

import asyncio
import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from sqlite_utils import Database

from storage.adapters import Adapter, find_adapter
from storage.chats import Chat, get_same_chat
from storage.database import now_ms
from storage.errors import TwinError
from storage.messages import Message, Origin, recent_messages
from storage.reasons import ErrorReason
from twin.config.schema import Config
from twin.engine.base import Engine, Limits, Reply
from twin.engine.runtime import load_model
from twin.memory.conversation import remember
from twin.prompting.chat_prompt import chat_prompt
from twin.prompting.chat_template import Turn
from twin.prompting.fitting import fit_turns
from twin.replying.composer import HISTORY
from twin.replying.guard import held_back, topic_for_owner

log = logging.getLogger(__name__)


class ModelChat:
    """A chat with one model, answered as the bot would, with itself as history. Stores nothing."""

    def __init__(self, config: Config, adapter: Adapter | None) -> None:
        self._adapter = adapter
        self._chat = PreviewChat(config)
        self.adapter = adapter.name if adapter else None
        path = config.path_of(adapter.path) if adapter else None
        self._answer = (
            _by_server(config, self.adapter, path) if config.engine.server else _here(config, path)
        )

    def reply(self, text: str) -> Reply:
        """The answer to a message; both are remembered."""
        reply = self._answer(self._chat.turns(text, self._adapter))
        self._chat.remember(text, reply.text)
        return reply


def _here(config: Config, path: Path | None) -> Callable[[Sequence[Turn]], Reply]:
    """Loads the model in this process."""
    limits = config.reply
    model = load_model(config, path)
    drawn = model.sampling

    def answer(turns: Sequence[Turn]) -> Reply:
        fitting = fit_turns(turns, model.format, limits.context_tokens)
        [reply] = model.generate(
            [fitting],
            limits.max_tokens,
            drawn.temperature,
            drawn.top_p,
            candidates=model.candidates,
        )
        return reply

    return answer


def _by_server(
    config: Config, name: str | None, path: Path | None
) -> Callable[[Sequence[Turn]], Reply]:
    from twin.engine.server.trial import reply_once

    return lambda turns: asyncio.run(reply_once(config, name, path, turns))


class PreviewChat:
    """Builds the prompts of a chat that continues with what is typed here, and nowhere else.

    Without a chat the friend is somebody new. `past`: earlier messages of the chat, moved in time
    so that the last is of now; otherwise days of silence would separate them from what follows.
    """

    def __init__(
        self, config: Config, chat: Chat | None = None, past: Sequence[Message] = ()
    ) -> None:
        self._config, self._chat = config, chat
        self._ago = ago = now_ms() - past[-1].sent_at if past else 0
        self._history = [replace(message, sent_at=message.sent_at + ago) for message in past]

    def turns(self, text: str, adapter: Adapter | None, memory: str = "") -> list[Turn]:
        """The prompt that asks for an answer to `text`, by the rules the adapter learnt under."""
        asked = self._message("peer", text)
        return chat_prompt(self._config, self._chat, self._history, asked, text, adapter, memory)

    async def memory(self, db: Database, text: str, adapter: Adapter | None) -> str:
        """What the bot would put before that prompt, of what lies before the conversation."""
        messages = [*self._history, self._message("peer", text)]
        shown = await remember(db, self._config, self._chat, adapter, messages, replayed=self._ago)
        return shown.text

    def remember(self, text: str, reply: str) -> None:
        """Add a message and its reply to the history."""
        self._history += [self._message("peer", text), self._message("twin", reply)]

    def _message(self, origin: Origin, text: str) -> Message:
        sender = self._chat.name if self._chat and origin == "peer" else None
        return Message(len(self._history), 0, origin, "text", text, now_ms(), None, sender=sender)


@dataclass(frozen=True, slots=True)
class ComparedModel:
    """A model to compare: what is live, else the adapter, else the base model."""

    live: bool = False
    adapter: Adapter | None = None


LIVE, BASE = ComparedModel(live=True), ComparedModel()


@dataclass(frozen=True, slots=True)
class ComparedAnswer:
    """`waited_s`: seconds from asking to the answer, including loading and the queue.

    `held_back`: why the bot would not have sent it; None if it would.
    """

    reply: Reply
    waited_s: float
    held_back: str | None = None

    @property
    def tokens_per_second(self) -> float | None:
        return self.reply.tokens / self.reply.seconds if self.reply.seconds > 0 else None


class Playground:
    """Shared by all pages that compare models: one question at a time.

    The engine keeps one model beside the live one. Two asked at once would both be held in memory
    until they answered. `loaded` is the adapter asked last, and so the quickest to ask next.
    """

    def __init__(self, config: Config, db: Database, engine: Engine) -> None:
        self.config, self.db, self.engine = config, db, engine
        self.lock = asyncio.Lock()
        self.loaded: Adapter | None = None
        self._pages = 0

    def enter(self) -> None:
        """A page was opened."""
        self._pages += 1

    def leave(self) -> None:
        """A page was closed; after the last, the memory is freed."""
        self._pages -= 1
        self.tidy()

    def tidy(self) -> None:
        """Free the other model, if no page is open; an answer may have loaded it after the last."""
        if not self._pages:
            self.engine.unload_other()


class SideBySide:
    """One conversation with each model; each continues with its own answers."""

    def __init__(
        self, playground: Playground, chat: Chat | None = None, *, with_past: bool = False
    ) -> None:
        self._playground, self._chat = playground, chat
        self._past = recent_messages(playground.db, chat.id, HISTORY) if with_past and chat else []
        self._chats: dict[ComparedModel, PreviewChat] = {}

    def in_order(self, models: Sequence[ComparedModel]) -> list[ComparedModel]:
        """The live one first, then the one that is loaded: the others take time to load."""
        return sorted(
            models, key=lambda model: (not model.live, model.adapter != self._playground.loaded)
        )

    async def ask(self, model: ComparedModel, text: str) -> ComparedAnswer:
        """Its answer. Raises TwinError when the model can't give one, and when the chat is gone."""
        if self._chat is not None:
            get_same_chat(self._playground.db, self._chat)
        began = time.perf_counter()
        chat = self._chats.setdefault(
            model, PreviewChat(self._playground.config, self._chat, self._past)
        )
        async with self._playground.lock:
            try:
                reply = await self._generate(model, chat, text)
            except TwinError:
                raise
            except Exception as error:  # boundary: any model error becomes a TwinError
                log.error("playground: generating failed (%s)", type(error).__name__)
                log.debug("playground", exc_info=True)
                raise TwinError(
                    f"generating failed ({type(error).__name__}); the log says more",
                    reason=ErrorReason.NO_ANSWER.of(type(error).__name__),
                ) from error
        chat.remember(text, reply.text)
        waited = time.perf_counter() - began
        return ComparedAnswer(reply, waited, await self._held_back(text, reply.text))

    async def _generate(self, model: ComparedModel, chat: PreviewChat, text: str) -> Reply:
        engine, config = self._playground.engine, self._playground.config
        limits = Limits(config.reply.max_tokens)
        name = engine.adapter if model.live else None
        adapter = find_adapter(self._playground.db, name) if name else model.adapter
        memory = await chat.memory(self._playground.db, text, adapter)
        turns = chat.turns(text, adapter, memory)
        if model.live:
            return await engine.reply(turns, limits)
        if model.adapter is None:
            reply = await engine.reply_as(None, None, turns, limits)
        else:
            path = config.path_of(model.adapter.path)
            reply = await engine.reply_as(model.adapter.name, path, turns, limits)
        self._playground.loaded = model.adapter
        return reply

    async def _held_back(self, text: str, reply: str) -> str | None:
        config, chat = self._playground.config, self._chat.id if self._chat else None
        topic = await topic_for_owner(text, config.policy)
        return topic or await held_back(config, self._playground.db, reply, chat)
