"""Talking to the twin without a bot around it."""

from storage.adapters import Adapter
from storage.database import now_ms
from storage.messages import Message, Origin
from twin.config import Config
from twin.context import build_turns, past_turns
from twin.engine.base import Reply
from twin.engine.model import load_voice
from twin.persona import persona
from twin.prompts import Turn


class Conversation:
    """Answers as the bot would, with this conversation as the chat's history. Stores nothing."""

    def __init__(self, config: Config, adapter: Adapter | None) -> None:
        self._config = config
        self._rules = adapter.rules if adapter else config.dataset.rules
        self._history: list[Message] = []
        self._voice = load_voice(config, config.data / adapter.path if adapter else None)
        self.adapter = adapter.name if adapter else None

    def say(self, text: str) -> Reply:
        limits = self._config.reply
        said = self._message("peer", text)
        past: list[Turn] = []
        began = said.sent_at
        if self._rules != "classic":
            past, began = past_turns(self._history, said, self._config.dataset, named=False)
        turns = build_turns(
            persona(self._config.owner, at=began),
            past,
            text,
            self._voice.format,
            limits.context_tokens,
        )
        [reply] = self._voice.generate([turns], limits.max_tokens, limits.temperature, limits.top_p)
        self._history += [said, self._message("twin", reply.text)]
        return reply

    def _message(self, origin: Origin, text: str) -> Message:
        return Message(len(self._history), 0, origin, "text", text, now_ms(), None)
