"""Made-up answers for the filters."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Answer:
    chat_id: int
    input: str
    output: str
    answered_at: int


def word(number: int) -> str:
    return "".join(chr(ord("a") + int(digit)) for digit in str(number))


def said(outputs: Sequence[str], chats: int = 1) -> list[Answer]:
    """Answers to words that are all different."""
    return [Answer(n % chats, f"{word(n)}?", text, n * 60_000) for n, text in enumerate(outputs)]
