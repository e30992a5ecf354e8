"""The format of the Index family, which has no chat template."""

import re
from collections.abc import Sequence

from storage.errors import TwinError
from storage.values import encodable
from twin.prompting.chat_template import IGNORED, Turn, all_ends, answer_positions
from twin.prompting.template_probe import Tokenizer


class IndexFormat:
    """`<unk>system{…}reserved_0user{…}reserved_1assistant{…}</s>`, the format of the model card of
    IndexTeam/Index-1.9B-Chat.

    An answer ends with the end-of-sequence token. The blog recipe (docs/benchmarks.md) trained the
    pad token there, at which generation does not stop.
    """

    CONTROLS = ("<unk>", "reserved_0", "reserved_1")
    takes_opening = True
    marks: tuple[str, ...] = ()

    def __init__(self, tokenizer: Tokenizer, ends: Sequence[int] = ()) -> None:
        self._tokenizer = tokenizer
        ids = tokenizer.convert_tokens_to_ids(list(self.CONTROLS))
        unknown = tokenizer.unk_token_id
        if None in ids or unknown in ids[1:] or tokenizer.eos_token_id is None:
            raise TwinError(
                "the base's tokenizer has no reserved_0, reserved_1 or end token, so it is not of "
                'the Index family; set [model] prompt = "chat"'
            )
        self._opening: dict[str, int] = dict(zip(("system", "user", "assistant"), ids, strict=True))
        self.stop_ids = all_ends((), tokenizer, ends)
        words = [*self.CONTROLS, *tokenizer.all_special_tokens]
        self._controls = re.compile("(" + "|".join(map(re.escape, dict.fromkeys(words))) + ")")

    def render(self, turns: Sequence[Turn]) -> list[int]:
        return self.complete(turns)[0] + self._open("assistant", "")

    def complete(
        self, turns: Sequence[Turn], answers: int | None = None
    ) -> tuple[list[int], list[int]]:
        ids: list[int] = []
        labels: list[int] = []
        labelled = answer_positions(turns, answers)
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
        for number, piece in enumerate(self._controls.split(encodable(text))):
            for part in (piece[:1], piece[1:]) if number % 2 else (piece,):
                if part:
                    ids += self._tokenizer.encode(
                        part, add_special_tokens=False, split_special_tokens=True
                    )
        return ids
