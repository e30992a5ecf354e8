"""A conversation that nobody keeps: the owner tries out how the twin would answer a friend."""

from collections.abc import Sequence
from dataclasses import replace

from storage.adapters import Adapter
from storage.chats import Chat
from storage.database import now_ms
from storage.messages import Message, Origin
from twin.chat_prompt import chat_prompt
from twin.config import Config
from twin.prompts import PromptFormat, Turn


class Rehearsal:
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
