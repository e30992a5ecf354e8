"""Of several answers to one prompt, the one that the model itself finds likeliest a token."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from twin.engine.base import Reply

if TYPE_CHECKING:
    import torch


def likeliest(replies: Sequence[Reply], log_probs: Sequence[float]) -> Reply:
    """`log_probs`: of each whole reply. One that says something and ends by itself goes first: what
    repeats itself until it is cut off is likely, token for token.

    Not its sum, which the shortest would win, and without temperature and top_p.
    """

    def rank(at: int) -> tuple[bool, bool, float]:
        reply = replies[at]
        return bool(reply.text), reply.stopped, log_probs[at] / max(reply.tokens, 1)

    return replies[max(range(len(replies)), key=rank)]


class TokenLogProbs:
    """A logits processor that notes how likely each token was: a second pass would cost as much.

    It is called before each token, and before temperature and top_p are applied.
    """

    def __init__(self) -> None:
        self._next: torch.Tensor | None = None  # (rows, vocabulary), of the token that is drawn now
        self._noted: list[torch.Tensor] = []  # (rows,) each

    def __call__(self, input_ids: torch.Tensor, scores: torch.Tensor) -> torch.Tensor:
        self._note(input_ids[:, -1])
        self._next = scores.float().log_softmax(dim=-1)
        return scores

    def sums(self, rows: torch.Tensor, lengths: Sequence[int]) -> list[float]:
        """Of the first tokens of each row, as many as `lengths` says; `rows` (rows, tokens) is what
        was drawn.
        """
        self._note(rows[:, -1])
        noted = zip(*(token.tolist() for token in self._noted), strict=True)  # by row
        return [sum(row[:length]) for row, length in zip(noted, lengths, strict=True)]

    def _note(self, drawn: torch.Tensor) -> None:
        if self._next is not None:
            self._noted.append(self._next.gather(1, drawn[:, None])[:, 0])
