"""Encode samples as token ids and labels, for training and for evaluation.

Packing: the answers of one conversation share a sequence, so that their common context is computed
once. Other than where unrelated texts are packed (T5, Raffel et al. 2020, arXiv:1910.10683), no
sequence holds two conversations, so none attends to another one's words.
"""

import logging
from collections.abc import Sequence
from dataclasses import replace
from functools import cached_property
from itertools import groupby
from typing import Any

from training.dataset.samples import PastExchange, Sample, by_conversation
from twin.config.schema import Config
from twin.prompting.chat_prompt import build_turns
from twin.prompting.chat_template import IGNORED, PromptFormat, Turn

log = logging.getLogger(__name__)

# One sequence: `input_ids` and `labels`, T token ids each; `length` T; `weight`.
Encoded = dict[str, Any]
CARRIED = 2  # exchanges before the first answer of a sequence that goes on with a conversation


def prompt_of(sample: Sample, fmt: PromptFormat, budget: int) -> list[Turn]:
    """What the model is shown for a sample: the code that also builds it when the twin answers."""
    return build_turns(sample.system, turns_of(sample.history), sample.input, fmt, budget)


def turns_of(exchanges: Sequence[PastExchange]) -> list[Turn]:
    """Exchanges as turns. A side that said nothing has none: the owner spoke first."""
    return [
        turn
        for asked, answered in exchanges
        for turn in (_turn("user", asked), _turn("assistant", answered))
        if turn["content"]
    ]


def _turn(role: Any, content: str) -> Turn:
    return {"role": role, "content": content}


def encode(sample: Sample, config: Config, fmt: PromptFormat) -> Encoded:
    """One answer with its context, in at most [train] max_tokens; the answer alone is labelled."""
    return _Sequence(sample, config.train.max_tokens, fmt).encoded()


def pack(samples: Sequence[Sample], config: Config, fmt: PromptFormat) -> list[Encoded]:
    """Every answer once, with the others of its conversation as far as they fit in one sequence.

    So a conversation is computed once and not again for each of its answers.
    """
    limit = config.train.max_tokens
    if not keeps_turns(fmt):
        log.info("each answer is a sequence of its own: the template rewrites earlier turns")
        return [encode(sample, config, fmt) for sample in samples]
    frame = _frame(fmt)
    packed: list[_Sequence] = []
    for conversation in by_conversation(samples):
        packed.append(_Sequence(conversation[0], limit, fmt))
        for sample in conversation[1:]:
            if not packed[-1].takes(sample, frame):
                shortened = replace(sample, history=sample.history[-CARRIED:])
                packed.append(_Sequence(shortened, limit, fmt))
    return [sequence.encoded() for sequence in packed]


def sequences_at_once(answers: int, of_answers: int, sequences: int) -> int:
    """How many sequences hold [train] batch_size `answers`, so that packing changes no step."""
    at_once = max(1, round(answers * sequences / max(of_answers, 1)))
    log.info(
        "%d sequences in a batch: %d answers are in %d sequences", at_once, of_answers, sequences
    )
    return at_once


def keeps_turns(fmt: PromptFormat) -> bool:
    """Whether two answers of one conversation can both be labelled in it."""
    labels = fmt.complete(turns_of([("a", "b"), ("c", "d")]))[1]
    return len(_runs(labels)) == 2


class _Sequence:
    """Answers of one conversation; it can be given more until it is full."""

    def __init__(self, sample: Sample, limit: int, fmt: PromptFormat) -> None:
        # A prompt keeps a quarter of the tokens free, so that there is always something to learn.
        prompt = prompt_of(sample, fmt, limit - limit // 4)
        self._turns = [*prompt, _turn("assistant", sample.output)]
        self._samples = [sample]
        self._learnt = [True]  # of each answer from the first sample's on
        self._limit, self._fmt = limit, fmt

    @cached_property
    def _length(self) -> int:
        """In tokens; only a sequence that is to take more is measured."""
        return len(self._fmt.complete(self._turns, 1)[0])

    def takes(self, sample: Sample, frame: int) -> bool:
        """Whether there was room for it, and for what was said between the last one and it."""
        skipped = sample.position - self._samples[-1].position - 1
        if skipped > len(sample.history):
            return False
        between = sample.history[len(sample.history) - skipped :]
        turns = turns_of([*between, (sample.input, sample.output)])
        length = self._length + len(self._fmt.complete(turns)[0]) - frame
        if length > self._limit:
            return False
        self._turns += turns
        self._samples.append(sample)
        self._learnt += [turn is turns[-1] for turn in turns if _is_answer(turn)]
        self._length = length
        return True

    def encoded(self) -> Encoded:
        ids, labels = self._fmt.complete(self._turns, len(self._learnt))
        for (start, end), learnt in zip(_runs(labels), self._learnt, strict=True):
            if not learnt:
                labels[start:end] = [IGNORED] * (end - start)
        ids, labels = ids[: self._limit], labels[: self._limit]
        weight = sum(sample.weight for sample in self._samples) / len(self._samples)
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
