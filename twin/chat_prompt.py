"""The prompt for a friend's words in his chat: the bot's, and that of whoever tries it out."""

from collections.abc import Sequence

from storage.chats import Chat
from storage.messages import Message
from twin.clock import zone_of
from twin.config import Config
from twin.context import build_turns, past_turns
from twin.persona import persona
from twin.prompts import PromptFormat, Turn


def chat_prompt(
    config: Config,
    chat: Chat | None,
    history: Sequence[Message],
    first: Message,
    text: str,
    rules: str,
    fmt: PromptFormat,
) -> list[Turn]:
    """What asks for an answer to `text`, which begins with the message `first`.

    `rules` are those that the adapter which answers was trained under: "classic" pairs never show a
    history. Without a chat the friend is somebody new.
    """
    past: list[Turn] = []
    began = first.sent_at
    if rules != "classic":
        named = chat is not None and chat.kind == "group"
        past, began = past_turns(history, first, config.dataset, named=named)
    name, note = (chat.name, chat.note) if chat else ("", None)
    instruction = persona(config.owner, name, note, began, zone_of(config.schedule))
    return build_turns(instruction, past, text, fmt, config.reply.context_tokens)
