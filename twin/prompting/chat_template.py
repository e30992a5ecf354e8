"""Write conversations in the base model's token format, for training, evaluation and answers."""

import re
from collections.abc import Sequence
from typing import Literal, Protocol, TypedDict

from storage.errors import InputError
from storage.values import encodable
from twin.prompting.template_probe import OTHER_BASE, Tokenizer, in_parts, message, probe
from twin.prompting.thoughts import UNTHINKING

IGNORED = -100


class Turn(TypedDict):
    """One turn of a conversation as the model sees it; the twin is the assistant."""

    role: Literal["system", "user", "assistant"]
    content: str


class PromptFormat(Protocol):
    """The token format in which a family of base models was trained on conversations."""

    stop_ids: list[int]
    """The tokens that end the assistant's turn; the first is the one that is trained."""

    marks: tuple[str, ...]
    """Words of plain text that begin or end a turn, so that an answer ends before them."""

    takes_opening: bool
    """Whether the assistant may have the first turn: many templates demand that the user has it."""

    def render(self, turns: Sequence[Turn]) -> list[int]:
        """Token ids of a prompt, up to where the assistant's turn begins."""

    def complete(
        self, turns: Sequence[Turn], answers: int | None = None
    ) -> tuple[list[int], list[int]]:
        """(input_ids, labels) of equal length: labels are the assistant's turns with their stop
        tokens and IGNORED elsewhere.

        With `answers`, only that many of the last turns are labelled.
        """


class ChatTemplateFormat:
    """The base's own chat template, as the transformers guide "Chat templates" has it (ChatML, …).

    What marks a turn is encoded as plain text where somebody wrote it, and words that mark one are
    changed by a blank, so that a friend can't forge a turn.
    """

    def __init__(self, tokenizer: Tokenizer, ends: Sequence[int] = ()) -> None:
        """`ends`: more tokens that end an answer. Raises InputError where no twin can use the
        template.
        """
        self._tokenizer = tokenizer
        self._shape = probe(tokenizer, _template_of(tokenizer))
        self.takes_opening = self._shape.takes_opening
        self.stop_ids = all_ends(self._shape.stops, tokenizer, ends)
        self.marks = self._shape.marks
        # transformers splits special tokens in messages; on control words that are not special
        # tokens (Qwen's <think>) it raises. Those are split here.
        self._marks = [re.compile(re.escape(mark), re.IGNORECASE) for mark in self.marks]

    def render(self, turns: Sequence[Turn]) -> list[int]:
        return self._apply(turns, generate=True)

    def complete(
        self, turns: Sequence[Turn], answers: int | None = None
    ) -> tuple[list[int], list[int]]:
        ids: list[int] = []
        labels: list[int] = []
        for position in answer_positions(turns, answers):
            prompt = self.render(turns[:position])
            if prompt[: len(ids)] != ids:
                # The template rewrites earlier turns (Qwen3 drops old thoughts). The model will be
                # shown the new prompt, so only the later turn can be trained.
                ids, labels = [], []
            labels += [IGNORED] * (len(prompt) - len(labels))
            target = self._target(turns[: position + 1], prompt)
            ids = prompt + target
            labels += target
        return ids, labels

    def _target(self, turns: Sequence[Turn], prompt: list[int]) -> list[int]:
        """The last turn's tokens with its stop token, as they follow the prompt."""
        full = self._apply(turns, generate=False)
        stop = self.stop_ids[0]
        if full[: len(prompt)] == prompt and stop in full[len(prompt) :]:
            tail = full[len(prompt) :]
            return tail[: tail.index(stop) + 1]
        text = self._escaped(turns[-1]["content"].strip())
        encoded = self._tokenizer.encode(text, add_special_tokens=False, split_special_tokens=True)
        return [*encoded, stop]

    def _apply(self, turns: Sequence[Turn], *, generate: bool) -> list[int]:
        # Outer blanks are cut: they would be merged with the template's own newlines into other
        # tokens, and a prompt would no longer be a prefix of its training sample.
        written = [message(turn["role"], self._escaped(turn["content"].strip())) for turn in turns]
        if self._shape.folds_system and written and written[0]["role"] == "system":
            persona = written.pop(0)["content"]
            first = f"{persona}\n\n{written[0]['content']}".strip()
            written[0] = written[0] | {"content": first}
        encoded = self._tokenizer.apply_chat_template(
            in_parts(written) if self._shape.takes_parts else written,
            chat_template=self._shape.source,
            add_generation_prompt=generate,
            sanitize_control_tokens=True,
            **UNTHINKING,
        )
        return list(encoded["input_ids"])

    def _escaped(self, text: str) -> str:
        """Neither a control word nor a mark: `< think>`, `Human :`; no half of a character."""
        text = encodable(text)  # from a command's arguments; no tokenizer takes one
        for control in self._shape.plain_controls:
            text = text.replace(control, f"{control[0]} {control[1:]}")
        for mark in self._marks:  # the longest first: others may be inside it
            text = mark.sub(lambda found: f"{found[0][:-1]} {found[0][-1]}", text)
        return text


def _template_of(tokenizer: Tokenizer) -> str:
    try:
        template: str = tokenizer.get_chat_template()
    except ValueError as error:  # several by name, and none for a chat
        raise InputError(
            "the base's tokenizer has no chat template that is called default "
            f"({error}); {OTHER_BASE}"
        ) from error
    return template


def all_ends(stops: Sequence[int], tokenizer: Tokenizer, ends: Sequence[int]) -> list[int]:
    """Every token that ends an answer: those of the template, of the tokenizer, and `ends`."""
    of_text = [] if tokenizer.eos_token_id is None else [int(tokenizer.eos_token_id)]
    return list(dict.fromkeys([*stops, *of_text, *ends]))


def answer_positions(turns: Sequence[Turn], newest: int | None) -> list[int]:
    """Positions of the assistant's turns: the `newest` last ones, or all."""
    found = [at for at, turn in enumerate(turns) if turn["role"] == "assistant"]
    return found if newest is None else found[len(found) - newest :]
