"""Talking to the twin without a bot around it."""

from storage.adapters import Adapter
from twin.config import Config
from twin.engine.base import Reply
from twin.engine.runtime import load_voice
from twin.rehearsal import Rehearsal


class Conversation:
    """Answers as the bot would, with this conversation as the chat's history. Stores nothing."""

    def __init__(self, config: Config, adapter: Adapter | None) -> None:
        self._config, self._adapter = config, adapter
        self._rehearsal = Rehearsal(config)
        self._voice = load_voice(config, config.data / adapter.path if adapter else None)
        self.adapter = adapter.name if adapter else None

    def say(self, text: str) -> Reply:
        limits = self._config.reply
        turns = self._rehearsal.turns(text, self._voice.format, self._adapter)
        [reply] = self._voice.generate([turns], limits.max_tokens, limits.temperature, limits.top_p)
        self._rehearsal.remember(text, reply.text)
        return reply
