"""Read what a model wrote: up to where its turn ends, without thoughts and control tokens."""

from collections.abc import Sequence

from twin.prompting.chat_template import PromptFormat
from twin.prompting.template_probe import Tokenizer, control_tokens
from twin.prompting.thoughts import without_thoughts


def read_answer(
    ids: Sequence[int], fmt: PromptFormat, tokenizer: Tokenizer
) -> tuple[str, int | None]:
    """The text, and the position of the stop token after it; None where the answer was cut off.

    It ends at the first stop token, or where the model goes on with another turn: where it writes a
    mark of one, or spells a stop token letter by letter.
    """
    end = next((at for at, token in enumerate(ids) if token in fmt.stop_ids), None)
    text, goes_on = read_text(_decoded(ids[:end], tokenizer), fmt, tokenizer)
    if goes_on and end is None:
        end = len(ids) - 1
    return text, end


def read_text(written: str, fmt: PromptFormat, tokenizer: Tokenizer) -> tuple[str, bool]:
    """The answer in what a model wrote, where only its text is known, and whether the model went on
    with another turn, which is cut off.
    """
    text = without_thoughts(written)
    spelled = [word for word, token in control_tokens(tokenizer).items() if token in fmt.stop_ids]
    turn = _earliest(text, [*fmt.marks, *spelled])
    return text[:turn].strip(), turn is not None


def _decoded(ids: Sequence[int], tokenizer: Tokenizer) -> str:
    """With the marks of thoughts, which may be control tokens, and without the others."""
    special = set(tokenizer.all_special_ids)
    if special.isdisjoint(ids):
        return str(tokenizer.decode(ids))
    text = without_thoughts(str(tokenizer.decode(ids, skip_special_tokens=False)))
    for word in tokenizer.all_special_tokens:
        text = text.replace(word, "")
    return text


def _earliest(text: str, words: Sequence[str]) -> int | None:
    found = [at for word in words if (at := text.find(word)) >= 0]
    return min(found, default=None)
