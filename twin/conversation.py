"""Talking to the twin without a bot around it."""

from storage.adapters import Adapter
from storage.database import now_ms
from storage.messages import Message, Origin
from twin.config import Config
from twin.context import build_turns, persona
from twin.engine.base import Reply
from twin.engine.model import load_voice


class Conversation:
    """Answers as the bot would, with this conversation as the chat's history. Stores nothing."""

    def __init__(self, config: Config, adapter: Adapter | None) -> None:
        self._config = config
        self._rules = adapter.rules if adapter else "classic"
        self._history: list[Message] = []
        self._voice = load_voice(config, config.data / adapter.path if adapter else None)
        self.adapter = adapter.name if adapter else None

    def say(self, text: str) -> Reply:
        limits = self._config.reply
        turns = build_turns(
            self._rules,
            persona(self._config.owner),
            self._history,
            text,
            self._voice.format,
            limits.context_tokens,
        )
        [reply] = self._voice.generate([turns], limits.max_tokens, limits.temperature, limits.top_p)
        self._remember("peer", text)
        self._remember("twin", reply.text)
        return reply

    def _remember(self, origin: Origin, text: str) -> None:
        number = len(self._history) + 1
        self._history.append(Message(number, 0, origin, "text", text, now_ms(), None))
