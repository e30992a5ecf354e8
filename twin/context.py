"""What the model is shown: the persona, perhaps the chat so far, and the friend's messages."""

from collections.abc import Sequence
from typing import Literal

from storage.messages import Message
from twin.config import Owner
from twin.prompts import PromptFormat, Turn

UNNAMED = "the owner of this account"


def persona(owner: Owner) -> str:
    """The instruction that opens every conversation, in training and in answering."""
    return owner.persona.format(name=owner.name or UNNAMED)


def build_turns(
    rules: str,
    persona: str,
    history: Sequence[Message],
    burst: str,
    fmt: PromptFormat,
    budget: int,
) -> list[Turn]:
    """The conversation that asks for an answer to `burst`, in at most `budget` tokens.

    `rules` are those of the samples the adapter was trained with: "classic" pairs never show a
    history, so neither does answering with them. Otherwise the newest turns that fit are kept
    whole. A burst too long by itself loses its beginning.
    """
    system: Turn = {"role": "system", "content": persona}
    past = [] if rules == "classic" else _turns_of(history)
    if past and past[-1]["role"] == "user":
        burst = f"{past.pop()['content']}\n{burst}"
    while past:
        turns = [system, *past, _user(burst)]
        # Many templates demand that a friend speaks first.
        if past[0]["role"] == "user" and len(fmt.render(turns)) <= budget:
            return turns
        past.pop(0)
    return [system, _user(_cut(system, burst, fmt, budget))]


def _user(text: str) -> Turn:
    return {"role": "user", "content": text}


def _turns_of(history: Sequence[Message]) -> list[Turn]:
    """Messages as alternating turns; consecutive ones of a side are joined as in training."""
    turns: list[Turn] = []
    for message in history:
        if message.kind != "text" or message.recalled_at is not None or not message.text.strip():
            continue
        role: Literal["user", "assistant"] = "user" if message.origin == "peer" else "assistant"
        if turns and turns[-1]["role"] == role:
            turns[-1]["content"] += f"\n{message.text}"
        else:
            turns.append({"role": role, "content": message.text})
    return turns


def _cut(system: Turn, burst: str, fmt: PromptFormat, budget: int) -> str:
    """Oldest lines go first; of a single long line the end is kept."""
    while len(fmt.render([system, _user(burst)])) > budget and len(burst) > 1:
        first, newline, rest = burst.partition("\n")
        burst = rest if newline and rest.strip() else first[len(first) // 4 + 1 :]
    return burst
