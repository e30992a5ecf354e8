"""Build the prompt for a reply: persona, earlier turns, and the friend's newest messages."""

import math
from collections.abc import Iterable, Sequence
from datetime import tzinfo
from itertools import groupby
from typing import Literal

from storage.adapters import Adapter
from storage.chats import Chat
from storage.messages import Message
from storage.platform_markup import readable
from twin.clock import local_time, zone_of
from twin.config.schema import Config, DatasetSettings, OwnerSettings
from twin.prompting.chat_template import PromptFormat, Turn
from twin.prompting.fitting import fit_turns
from twin.prompting.media_marks import all_as_read
from twin.prompting.turns import has_words, latest_conversation, turn_text

UNNAMED = "the owner of this account"


def persona(
    owner: OwnerSettings,
    friend: str = "",
    note: str | None = None,
    at: int | None = None,
    zone: tzinfo | None = None,
) -> str:
    """[owner] persona for a conversation with a friend that began at `at` (UTC milliseconds).

    Lines with a placeholder whose value is unknown are left out. The time is rounded down to the
    hour, as in "21:00": with minutes, no two conversations would have the same persona.
    """
    began = "" if at is None else f"{local_time(at, zone):%H}:00"
    values = {
        "name": owner.name or UNNAMED,
        "friend": readable(friend),  # names that were logged before may hold a platform's markup
        "note": " ".join((note or "").split()),
        "time": began,
    }
    unknown = [f"{{{name}}}" for name, value in values.items() if not value]
    lines = owner.persona.split("\n")
    known = [line for line in lines if not any(name in line for name in unknown)]
    return "\n".join(line.format(**values) for line in known).strip()


def past_turns(
    history: Sequence[Message], until: Message, rules: DatasetSettings, *, named: bool
) -> tuple[list[Turn], int]:
    """The turns before `until` in the same conversation, and when it began (UTC milliseconds).

    As in the samples: consecutive messages of a side are one turn, and files stand there as marks.
    Turns before a long silence and those before the last [dataset] context_turns answers are left
    out.
    """
    usable = [message for message in history if has_words(message)]
    latest = latest_conversation([*usable, until], rules)
    turns = _joined(latest[:-1], named=named)
    return newest_turns(turns, rules.context_turns), latest[0].sent_at


def _joined(messages: Iterable[Message], *, named: bool) -> list[Turn]:
    return [
        {"role": role, "content": "\n".join(turn_text(message, named=named) for message in run)}
        for role, run in groupby(messages, key=_role)
    ]


def _role(message: Message) -> Literal["user", "assistant"]:
    return "user" if message.origin == "peer" else "assistant"


def newest_turns(turns: list[Turn], answers: int) -> list[Turn]:
    """The last turns with at most `answers` answers, each with the turn that it answers.

    The start moves by half of `answers` at once, so that in a long chat most prompts begin with the
    whole prompt before them and the engine can use its cached prefix.
    """
    found = [at for at, turn in enumerate(turns) if turn["role"] == "assistant"]
    step = max(1, answers // 2)
    skipped = math.ceil(max(0, len(found) - answers) / step) * step
    return turns[found[skipped - 1] + 1 :] if skipped else turns


def conversation(persona: str, past: Sequence[Turn], burst: str) -> list[Turn]:
    """The turns that ask for an answer to `burst`, however long they are."""
    kept = list(past)
    if kept and kept[-1]["role"] == "user":
        burst = f"{kept.pop()['content']}\n{burst}"
    return [{"role": "system", "content": persona}, *kept, {"role": "user", "content": burst}]


def build_turns(
    persona: str, past: Sequence[Turn], burst: str, fmt: PromptFormat, budget: int
) -> list[Turn]:
    """The conversation that asks for an answer to `burst`, in at most `budget` tokens."""
    return fit_turns(conversation(persona, past, burst), fmt, budget)


def rules_of(config: Config, adapter: Adapter | None) -> str:
    """The pairing rules that the adapter was trained with, or those of the config without one."""
    return adapter.rules if adapter else config.dataset.rules


def chat_prompt(
    config: Config,
    chat: Chat | None,
    history: Sequence[Message],
    first: Message,
    text: str,
    adapter: Adapter | None,
    memory: str = "",
) -> list[Turn]:
    """The turns that ask for an answer to `text`, whose first message is `first`. The engine fits
    them into its context.

    `adapter` is the one that answers: samples of the "classic" rules have no earlier turns, so it
    gets none. Without `chat`, the friend is unknown. `memory`: what it is shown of earlier.
    """
    past: list[Turn] = []
    began = first.sent_at
    if rules_of(config, adapter) != "classic":
        named = chat is not None and chat.kind == "group"
        read = all_as_read(history, own_voices=config.media.own_voices)
        past, began = past_turns(read, first, config.dataset, named=named)
    name, note = (chat.name, chat.note) if chat else ("", None)
    instruction = persona(config.owner, name, note, began, zone_of(config.schedule))
    return conversation(with_memory(instruction, memory), past, text)


def with_memory(persona: str, memory: str) -> str:
    """What stands before the conversation, in samples as in answers."""
    return "\n\n".join(part for part in (persona, memory) if part)
