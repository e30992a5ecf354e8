"""A conversation that nobody keeps: the owner tries out how the twin would answer a friend."""

from collections.abc import Sequence
from dataclasses import replace

from storage.adapters import Adapter
from storage.chats import Chat
from storage.database import now_ms
from storage.messages import Message, Origin
from twin.config import Config
from twin.context import build_turns, past_turns
from twin.persona import persona
from twin.policy import zone_of
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
        chat, said = self._chat, self._message("peer", text)
        rules = adapter.rules if adapter else self._config.dataset.rules
        before: list[Turn] = []
        began = said.sent_at
        if rules != "classic":
            named = chat is not None and chat.kind == "group"
            before, began = past_turns(self._history, said, self._config.dataset, named=named)
        instruction = persona(
            self._config.owner,
            chat.name if chat else "",
            chat.note if chat else None,
            began,
            zone_of(self._config),
        )
        return build_turns(instruction, before, text, fmt, self._config.reply.context_tokens)

    def remember(self, text: str, reply: str) -> None:
        """What was said, as long as this object lives."""
        self._history += [self._message("peer", text), self._message("twin", reply)]

    def _message(self, origin: Origin, text: str) -> Message:
        sender = self._chat.name if self._chat and origin == "peer" else None
        return Message(len(self._history), 0, origin, "text", text, now_ms(), None, sender=sender)
