"""The prompt for a friend's words in his chat: the bot's, and that of whoever tries it out."""

from collections.abc import Sequence

from storage.adapters import Adapter
from storage.chats import Chat
from storage.messages import Message
from twin.clock import zone_of
from twin.config import Config
from twin.context import build_turns, past_turns
from twin.persona import persona
from twin.prompts import PromptFormat, Turn


def rules_of(config: Config, adapter: Adapter | None) -> str:
    """Those that the adapter was trained under, which is not always the newest one yet."""
    return adapter.rules if adapter else config.dataset.rules


def chat_prompt(
    config: Config,
    chat: Chat | None,
    history: Sequence[Message],
    first: Message,
    text: str,
    adapter: Adapter | None,
    fmt: PromptFormat,
) -> list[Turn]:
    """What asks for an answer to `text`, which begins with the message `first`.

    `adapter` is the one that answers: pairs of the "classic" rules never showed it a history.
    Without a chat the friend is somebody new.
    """
    past: list[Turn] = []
    began = first.sent_at
    if rules_of(config, adapter) != "classic":
        named = chat is not None and chat.kind == "group"
        past, began = past_turns(history, first, config.dataset, named=named)
    name, note = (chat.name, chat.note) if chat else ("", None)
    instruction = persona(config.owner, name, note, began, zone_of(config.schedule))
    return build_turns(instruction, past, text, fmt, config.reply.context_tokens)
