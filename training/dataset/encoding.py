"""Samples as token ids and labels: what is trained, and what is judged."""

import logging
from collections.abc import Sequence
from dataclasses import replace
from functools import cached_property
from itertools import groupby
from typing import Any

from training.dataset.rows import Row, Said, by_conversation
from twin.config.schema import Config
from twin.prompting.chat_prompt import build_turns
from twin.prompting.chat_template import IGNORED, PromptFormat, Turn

log = logging.getLogger(__name__)

Encoded = dict[str, Any]
CARRIED = 2  # exchanges before the first answer of a sample that goes on with a conversation


def prompt_of(row: Row, fmt: PromptFormat, budget: int) -> list[Turn]:
    """What the model is shown for a sample: the code that also builds it when the twin answers."""
    return build_turns(row.instruction, turns_of(row.history), row.input, fmt, budget)


def turns_of(said: Sequence[Said]) -> list[Turn]:
    """Exchanges as turns. A side that said nothing has none: the owner spoke first."""
    return [
        turn
        for asked, answered in said
        for turn in (_turn("user", asked), _turn("assistant", answered))
        if turn["content"]
    ]


def _turn(role: Any, content: str) -> Turn:
    return {"role": role, "content": content}


def encode(row: Row, config: Config, fmt: PromptFormat) -> Encoded:
    """One answer with its context, in at most [train] max_tokens; the answer alone is labelled."""
    sample = _Sample(row, config.train.max_tokens, fmt)
    return sample.encoded()


def pack(rows: Sequence[Row], config: Config, fmt: PromptFormat) -> list[Encoded]:
    """Every answer once, with the others of its conversation as far as they fit in one sample.

    So a conversation is computed once and not again for each of its answers.
    """
    limit = config.train.max_tokens
    if not keeps_turns(fmt):
        log.info("each answer is a sample of its own: the template rewrites earlier turns")
        return [encode(row, config, fmt) for row in rows]
    frame = _frame(fmt)
    samples: list[_Sample] = []
    for conversation in by_conversation(rows):
        samples.append(_Sample(conversation[0], limit, fmt))
        for row in conversation[1:]:
            if not samples[-1].takes(row, frame):
                samples.append(_Sample(replace(row, history=row.history[-CARRIED:]), limit, fmt))
    return [sample.encoded() for sample in samples]


def samples_at_once(answers: int, of_answers: int, samples: int) -> int:
    """How many samples hold [train] batch_size answers, so that packing changes no step."""
    at_once = max(1, round(answers * samples / max(of_answers, 1)))
    log.info("%d samples in a batch: %d answers are in %d samples", at_once, of_answers, samples)
    return at_once


def keeps_turns(fmt: PromptFormat) -> bool:
    """Whether two answers of one conversation can both be labelled in it."""
    labels = fmt.complete(turns_of([("a", "b"), ("c", "d")]))[1]
    return len(_runs(labels)) == 2


class _Sample:
    """Answers of one conversation; it can be given more until it is full."""

    def __init__(self, row: Row, limit: int, fmt: PromptFormat) -> None:
        # A prompt keeps a quarter of the room free, so that there is always something to learn.
        prompt = prompt_of(row, fmt, limit - limit // 4)
        self._turns = [*prompt, _turn("assistant", row.output)]
        self._rows = [row]
        self._learnt = [True]  # of each answer from the first row's on
        self._limit, self._fmt = limit, fmt

    @cached_property
    def _length(self) -> int:
        """In tokens; only a sample that is to take more is measured."""
        return len(self._fmt.complete(self._turns, 1)[0])

    def takes(self, row: Row, frame: int) -> bool:
        """Whether there was room for it, and for what was said between the last one and it."""
        skipped = row.position - self._rows[-1].position - 1
        if skipped > len(row.history):
            return False
        turns = turns_of([*row.history[len(row.history) - skipped :], (row.input, row.output)])
        length = self._length + len(self._fmt.complete(turns)[0]) - frame
        if length > self._limit:
            return False
        self._turns += turns
        self._rows.append(row)
        self._learnt += [turn is turns[-1] for turn in turns if _is_answer(turn)]
        self._length = length
        return True

    def encoded(self) -> Encoded:
        ids, labels = self._fmt.complete(self._turns, len(self._learnt))
        for (start, end), learnt in zip(_runs(labels), self._learnt, strict=True):
            if not learnt:
                labels[start:end] = [IGNORED] * (end - start)
        ids, labels = ids[: self._limit], labels[: self._limit]
        weight = sum(row.weight for row in self._rows) / len(self._rows)
        return {"input_ids": ids, "labels": labels, "length": len(ids), "weight": weight}


def _is_answer(turn: Turn) -> bool:
    return turn["role"] == "assistant"


def _frame(fmt: PromptFormat) -> int:
    """Tokens that turns alone bring besides their own: the template's, which a conversation has."""
    once, twice = turns_of([("a", "b")]), turns_of([("a", "b"), ("a", "b")])
    return 2 * len(fmt.complete(once)[0]) - len(fmt.complete(twice)[0])


def _runs(labels: Sequence[int]) -> list[tuple[int, int]]:
    """Where answers are labelled: (start, end) of each."""
    runs, at = [], 0
    for is_learnt, run in groupby(labels, key=lambda label: label != IGNORED):
        length = sum(1 for _ in run)
        if is_learnt:
            runs.append((at, at + length))
        at += length
    return runs
