"""Write conversations in the base model's token format, for training, evaluation and answers."""

import re
from collections.abc import Sequence
from typing import Any, Literal, Protocol, TypedDict

from jinja2.exceptions import TemplateError

from storage.errors import InputError, TwinError

IGNORED = -100

Tokenizer = Any  # transformers' tokenizer classes are not usefully typed


class Turn(TypedDict):
    """One turn of a conversation as the model sees it; the twin is the assistant."""

    role: Literal["system", "user", "assistant"]
    content: str


class PromptFormat(Protocol):
    """The token format in which a family of base models was trained on conversations."""

    stop_ids: list[int]
    """The tokens that end the assistant's turn; the first is the one that is trained."""

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

    Control tokens in messages are encoded as plain text, so that a friend can't forge a turn.
    """

    def __init__(self, tokenizer: Tokenizer) -> None:
        self._tokenizer = tokenizer
        template = tokenizer.get_chat_template()
        # transformers splits special tokens in messages; on control words that are not special
        # tokens (Qwen's <think>) it raises. Those are split here.
        self._plain_controls = [
            token.content
            for token in tokenizer.added_tokens_decoder.values()
            if not token.special and len(token.content.strip()) > 1 and token.content in template
        ]
        user, opening = _turn("user", "u"), _turn("assistant", "a")
        self._folds_system = False
        self._folds_system = not self._accepts(_turn("system", "s"), user)
        self.takes_opening = self._accepts(_turn("system", "s"), opening, user)
        self.stop_ids = [self._find_stop()]

    def render(self, turns: Sequence[Turn]) -> list[int]:
        return self._apply(turns, generate=True)

    def complete(
        self, turns: Sequence[Turn], answers: int | None = None
    ) -> tuple[list[int], list[int]]:
        ids: list[int] = []
        labels: list[int] = []
        for position in _answers(turns, answers):
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
        cleaned = [
            {"role": turn["role"], "content": self._escaped(turn["content"].strip())}
            for turn in turns
        ]
        if self._folds_system and cleaned and cleaned[0]["role"] == "system":
            system = cleaned.pop(0)["content"]
            cleaned[0] = cleaned[0] | {"content": f"{system}\n\n{cleaned[0]['content']}"}
        encoded = self._tokenizer.apply_chat_template(
            cleaned,
            add_generation_prompt=generate,
            sanitize_control_tokens=True,
            enable_thinking=False,
        )
        return list(encoded["input_ids"])

    def _escaped(self, text: str) -> str:
        for control in self._plain_controls:
            text = text.replace(control, f"{control[0]} {control[1:]}")
        return text

    def _accepts(self, *turns: Turn) -> bool:
        if self._folds_system and turns[1]["role"] != "user":
            return False  # the persona would become part of the assistant's turn
        try:
            self._apply(turns, generate=True)
        except TemplateError:
            return False
        return True

    def _find_stop(self) -> int:
        """The first control token that the template writes after an assistant's text."""
        question = [_turn("user", "u")]
        prompt = self._apply(question, generate=True)
        full = self._apply([*question, _turn("assistant", "word")], generate=False)
        # `full` may repeat what the prompt ends with (a thinking block), so look from the end
        # of the common part.
        common = next(
            (at for at, (a, b) in enumerate(zip(prompt, full, strict=False)) if a != b),
            min(len(prompt), len(full)),
        )
        controls = set(self._tokenizer.all_special_ids) | {self._tokenizer.eos_token_id}
        controls |= {i for i, t in self._tokenizer.added_tokens_decoder.items() if t.special}
        for token in full[common:]:
            if token in controls:
                return int(token)
        raise TwinError(
            "the base's chat template writes no stop token after an answer, so a twin trained on "
            "it could not stop; choose another base or set [model] prompt"
        )


class IndexFormat:
    """`<unk>system{…}reserved_0user{…}reserved_1assistant{…}</s>`, the format of the model card of
    IndexTeam/Index-1.9B-Chat.

    An answer ends with the end-of-sequence token. The blog recipe (docs/benchmarks.md) trained the
    pad token there, at which generation does not stop.
    """

    CONTROLS = ("<unk>", "reserved_0", "reserved_1")
    takes_opening = True

    def __init__(self, tokenizer: Tokenizer) -> None:
        self._tokenizer = tokenizer
        ids = tokenizer.convert_tokens_to_ids(list(self.CONTROLS))
        unknown = tokenizer.unk_token_id
        if None in ids or unknown in ids[1:] or tokenizer.eos_token_id is None:
            raise TwinError(
                "the base's tokenizer has no reserved_0, reserved_1 or end token, so it is not of "
                'the Index family; set [model] prompt = "chat"'
            )
        self._opening: dict[str, int] = dict(zip(("system", "user", "assistant"), ids, strict=True))
        self.stop_ids = [int(tokenizer.eos_token_id)]
        words = [*self.CONTROLS, *tokenizer.all_special_tokens]
        self._controls = re.compile("(" + "|".join(map(re.escape, dict.fromkeys(words))) + ")")

    def render(self, turns: Sequence[Turn]) -> list[int]:
        return self.complete(turns)[0] + self._open("assistant", "")

    def complete(
        self, turns: Sequence[Turn], answers: int | None = None
    ) -> tuple[list[int], list[int]]:
        ids: list[int] = []
        labels: list[int] = []
        labelled = _answers(turns, answers)
        for position, turn in enumerate(turns):
            if turn["role"] == "assistant":
                prompt = self._open("assistant", "")
                target = [*self._text(turn["content"].strip()), self.stop_ids[0]]
                if position not in labelled:
                    prompt, target = prompt + target, []
            else:
                prompt, target = self._open(turn["role"], turn["content"].strip()), []
            ids += prompt + target
            labels += [IGNORED] * len(prompt) + target
        return ids, labels

    def _open(self, role: str, text: str) -> list[int]:
        return [self._opening[role], *self._text(role + text)]

    def _text(self, text: str) -> list[int]:
        """Token ids of plain text: a control word that somebody typed is split in two."""
        ids: list[int] = []
        for number, piece in enumerate(self._controls.split(text)):
            for part in (piece[:1], piece[1:]) if number % 2 else (piece,):
                if part:
                    ids += self._tokenizer.encode(
                        part, add_special_tokens=False, split_special_tokens=True
                    )
        return ids


def _answers(turns: Sequence[Turn], newest: int | None) -> list[int]:
    """Positions of the assistant's turns: the `newest` last ones, or all."""
    found = [at for at, turn in enumerate(turns) if turn["role"] == "assistant"]
    return found if newest is None else found[len(found) - newest :]


def _turn(role: Literal["system", "user", "assistant"], content: str) -> Turn:
    return {"role": role, "content": content}


def choose_format(tokenizer: Tokenizer, model_config: Any, setting: str) -> PromptFormat:
    """The format that [model] prompt asks for; "auto" goes by the model's own files."""
    vocabulary = tokenizer.get_vocab()
    is_index = str(getattr(model_config, "model_type", "")).lower() == "index" or (
        not tokenizer.chat_template and {"reserved_0", "reserved_1"} <= vocabulary.keys()
    )
    if setting == "index" or (setting == "auto" and is_index):
        return IndexFormat(tokenizer)
    if not tokenizer.chat_template:
        raise InputError(
            "the base model has no chat template, so it is not known how it writes a "
            "conversation; choose an Instruct or Chat model as [model] base"
        )
    return ChatTemplateFormat(tokenizer)


def check_stop_token(fmt: PromptFormat, generation_config: Any) -> None:
    """Raises TwinError unless the last label of an answer is a token that generation stops at."""
    _, labels = fmt.complete([_turn("user", "u"), _turn("assistant", "word")])
    if not labels or labels[-1] not in fmt.stop_ids:
        raise TwinError(
            "the last label of an answer is not a stop token, so the twin would never learn to "
            "stop; this base's prompt format can't be used for training"
        )
    ends = generation_config.eos_token_id
    held = [ends] if isinstance(ends, int) else list(ends or [])
    if labels[-1] not in held:
        raise TwinError(
            f"token {labels[-1]} ends an answer, but the base's generation_config.json stops at "
            f"{held}; add {labels[-1]} to its eos_token_id"
        )
