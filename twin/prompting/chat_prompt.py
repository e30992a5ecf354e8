"""Build the prompt for a reply: persona, earlier turns, and the friend's newest messages."""

import math
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from datetime import datetime, tzinfo
from typing import Literal

from storage.adapters import Adapter
from storage.chats import Chat
from storage.messages import Message
from twin.clock import zone_of
from twin.config.schema import Config, DatasetSettings, OwnerSettings
from twin.prompting.chat_template import PromptFormat, Turn
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
    began = "" if at is None else f"{datetime.fromtimestamp(at / 1000, tz=zone):%H}:00"
    values = {
        "name": owner.name or UNNAMED,
        "friend": friend,
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

    As in the samples: consecutive messages of a side are one turn. Turns before a long silence and
    those before the last [dataset] context_turns answers are left out.
    """
    usable = [message for message in history if has_words(message)]
    latest = latest_conversation([*usable, until], rules)
    turns = _joined(latest[:-1], named=named)
    return newest_turns(turns, rules.context_turns), latest[0].sent_at


def _joined(messages: Iterable[Message], *, named: bool) -> list[Turn]:
    turns: list[Turn] = []
    for message in messages:
        role: Literal["user", "assistant"] = "user" if message.origin == "peer" else "assistant"
        text = turn_text(message, named=named)
        if turns and turns[-1]["role"] == role:
            turns[-1]["content"] += f"\n{text}"
        else:
            turns.append({"role": role, "content": text})
    return turns


def newest_turns(turns: list[Turn], answers: int) -> list[Turn]:
    """The last turns with at most `answers` answers, each with the turn that it answers.

    The start moves by half of `answers` at once, so that in a long chat most prompts begin with the
    whole prompt before them and the engine can use its cached prefix.
    """
    found = [at for at, turn in enumerate(turns) if turn["role"] == "assistant"]
    step = max(1, answers // 2)
    skipped = math.ceil(max(0, len(found) - answers) / step) * step
    return turns[found[skipped - 1] + 1 :] if skipped else turns


def build_turns(
    persona: str, past: Sequence[Turn], burst: str, fmt: PromptFormat, budget: int
) -> list[Turn]:
    """The conversation that asks for an answer to `burst`, in at most `budget` tokens.

    The newest turns of `past` that fit are kept whole. A burst that is too long by itself loses its
    beginning.
    """
    system: Turn = {"role": "system", "content": persona}
    kept = list(past)
    if kept and kept[-1]["role"] == "user":
        burst = f"{kept.pop()['content']}\n{burst}"
    starts = [at for at, turn in enumerate(kept) if turn["role"] == "user" or fmt.takes_opening]

    def fits(start: int) -> bool:
        return len(fmt.render([system, *kept[start:], _user(burst)])) <= budget

    fitting = starts[bisect_left(starts, True, key=fits) :]
    if fitting:
        return [system, *kept[fitting[0] :], _user(burst)]
    return [system, _user(_cut(system, burst, fmt, budget))]


def _user(text: str) -> Turn:
    return {"role": "user", "content": text}


def _cut(system: Turn, burst: str, fmt: PromptFormat, budget: int) -> str:
    """Drop the oldest lines first; of a single long line keep the end."""
    while len(fmt.render([system, _user(burst)])) > budget and len(burst) > 1:
        first, newline, rest = burst.partition("\n")
        burst = rest if newline and rest.strip() else first[len(first) // 4 + 1 :]
    return burst


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
    fmt: PromptFormat,
) -> list[Turn]:
    """The turns that ask for an answer to `text`, whose first message is `first`.

    `adapter` is the one that answers: samples of the "classic" rules have no earlier turns, so it
    gets none. Without `chat`, the friend is unknown.
    """
    past: list[Turn] = []
    began = first.sent_at
    if rules_of(config, adapter) != "classic":
        named = chat is not None and chat.kind == "group"
        past, began = past_turns(history, first, config.dataset, named=named)
    name, note = (chat.name, chat.note) if chat else ("", None)
    instruction = persona(config.owner, name, note, began, zone_of(config.schedule))
    return build_turns(instruction, past, text, fmt, config.reply.context_tokens)
