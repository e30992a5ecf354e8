"""The log of secrets, ready to be asked, and what is found in prompts that must not be there."""

import os
from collections.abc import Iterable
from dataclasses import dataclass

from sqlite_utils import Database

from storage.chats import get_chat
from storage.messages import Message, recent_messages
from tests.twin.memory.capturing import ALL, Reader
from tests.twin.memory.leak_log import LeakLog
from tests.twin.memory.secrets_told import EXCLUDED, Secret
from twin.config.schema import Config, MemorySettings
from twin.memory.conversation import memory_of
from twin.memory.index import bring_up_to_date
from twin.prompting.chat_prompt import chat_prompt
from twin.replying.composer import HISTORY

NOW = 1_700_000_000_000  # before the time of any machine, by which the trial goes
QUESTIONS = int(os.environ.get("TWIN_QUESTIONS", "1"))  # of each secret
ASKS_EVERYTHING = QUESTIONS > 10
LINES = 8  # more than the twin is shown, so that none is left out because of others


def with_memory(config: Config) -> Config:
    """Everything that is found is shown, however long it is."""
    return config.model_copy(
        update={
            "memory": MemorySettings(enabled=True, lines=LINES),
            "reply": config.reply.model_copy(update={"context_tokens": ALL}),
            "train": config.train.model_copy(update={"max_tokens": ALL}),
            "privacy": config.privacy.model_copy(update={"excluded_chats": (EXCLUDED,)}),
        }
    )


@dataclass
class LeakStage:
    log: LeakLog
    config: Config
    reader: Reader

    @property
    def db(self) -> Database:
        return self.log.db

    def index(self) -> None:
        bring_up_to_date(self.db, self.config)

    def prompt(self, key: str, text: str) -> str:
        """What the model reads before it answers a friend's message in that chat."""
        chat = get_chat(self.db, self.log.chats[key])
        message = Message(2**40, chat.id, "peer", "text", text, NOW, None, sender=chat.name)
        before = recent_messages(self.db, chat.id, HISTORY)
        memory = memory_of(self.db, self.config, chat, [*before, message])
        turns = chat_prompt(self.config, chat, before, message, text, None, memory.text)
        return self.reader.read(turns)

    def leaks(self, key: str, text: str) -> list[str]:
        """The secrets in that prompt that must not be there."""
        return self.log.leaks(key, self.prompt(key, text), text)

    def leaks_of(self, secrets: Iterable[Secret], keys: Iterable[str]) -> list[tuple[str, str]]:
        """Chat and secret, where these are asked for in these chats."""
        return [
            (key, token)
            for secret in secrets
            for key in keys
            for token in self.leaks(key, secret.question)
        ]

    def shown_in(self, secret: Secret) -> set[str]:
        """The chats in which it is shown to whoever asks for it."""
        return {key for key in self.log.chats if secret.token in self.prompt(key, secret.question)}
