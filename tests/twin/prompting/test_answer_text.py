"""What is read of the tokens that a model wrote."""

from types import SimpleNamespace

import pytest

from tests.bases import templates
from twin.prompting.answer_text import read_answer
from twin.prompting.choose_format import choose_format


@pytest.mark.parametrize(
    ("template", "written", "text", "is_whole"),
    [
        ("CHATML", "see you<|im_end|>\n<|im_start|>user", "see you", True),
        ("CHATML", "see you</s>Human: more", "see you", True),
        ("CHATML", "see you", "see you", False),
        ("CHATML", "<|im_start|>see<unk> you<s>", "see you", False),
        ("CHATML", "", "", False),
        ("ZEPHYR", "see you\n<|user|>\nand then", "see you", True),
        ("HUMAN", "see you\n\nHuman: and then", "see you", True),
        ("HUMAN", "human: see you", "human: see you", False),
        ("LLAMA_2", "see you [INST] and then", "see you", True),
        ("QWEN_3", "<think>\nhm\n</think>\n\nsee you<|im_end|>", "see you", True),
        ("QWEN_3", "hm\n</think>\n\nsee you<|im_end|>", "see you", True),
        ("QWEN_3", "<think>hm", "", False),
        ("CHATML", "<|channel>thought\nhm<channel|>see you</s>", "see you", True),
        ("HARMONY", "see you<|end|><|start|>user", "see you", True),
        ("HARMONY", "see you<|return|>", "see you", True),
    ],
)
def test_an_answer_ends_where_its_turn_does(
    template: str, written: str, text: str, is_whole: bool
) -> None:
    tokenizer = templates.tokenizer_for(template)
    fmt = choose_format(tokenizer, SimpleNamespace(model_type="llama"), "auto")
    ids = tokenizer.encode(written, add_special_tokens=False)
    found, end = read_answer(ids, fmt, tokenizer)
    assert (found, end is not None) == (text, is_whole)


def test_an_end_that_is_spelled_letter_by_letter_is_one_too() -> None:
    tokenizer = templates.tokenizer_for("CHATML")
    fmt = choose_format(tokenizer, SimpleNamespace(model_type="llama"), "auto")
    ids = tokenizer.encode("ok<|im_end|>more", add_special_tokens=False, split_special_tokens=True)
    assert fmt.stop_ids[0] not in ids
    assert read_answer(ids, fmt, tokenizer)[0] == "ok"
