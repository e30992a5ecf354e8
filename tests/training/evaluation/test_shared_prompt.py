"""Answers after one prompt, against each computed whole."""

from random import Random
from typing import Any

import pytest
import torch
from transformers import (
    AutoModelForCausalLM,
    GPT2Config,
    LlamaConfig,
    MambaConfig,
    MistralConfig,
    PretrainedConfig,
)

from training.evaluation import shared_prompt
from training.evaluation.shared_prompt import losses_after_prompts
from training.loss import sample_losses

SMALL = {"vocab_size": 60, "hidden_size": 16, "num_hidden_layers": 2, "intermediate_size": 32}
HEADS = {"num_attention_heads": 4, "num_key_value_heads": 2, "initializer_range": 0.5}
ARCHITECTURES: dict[str, PretrainedConfig] = {
    "rotary": LlamaConfig(**SMALL, **HEADS),
    "numbered positions": GPT2Config(
        vocab_size=60, n_embd=16, n_layer=2, n_head=2, initializer_range=0.5
    ),
    "window": MistralConfig(**SMALL, **HEADS, sliding_window=5),
    "recurrent": MambaConfig(vocab_size=60, hidden_size=8, num_hidden_layers=1, state_size=2),
}


def network(name: str) -> Any:
    torch.manual_seed(0)
    return AutoModelForCausalLM.from_config(ARCHITECTURES[name])


def sequence(prompt: list[int], answer: list[int]) -> dict[str, Any]:
    return {"input_ids": prompt + answer, "labels": [-100] * len(prompt) + answer}


def groups(random: Random) -> list[list[dict[str, Any]]]:
    """Of every shape: one answer or more than fit at once, of one token or more, alike or not."""

    def words(count: int) -> list[int]:
        return [random.randrange(60) for _ in range(count)]

    made = []
    for length, answers in ((1, 1), (2, 4), (12, 17)):
        prompt = words(length)
        made.append([sequence(prompt, words(1 + random.randrange(6))) for _ in range(answers)])
    made.append([sequence([3, 4], [5, 6]), sequence([3, 4], [5, 6])])
    made.append([sequence([1, 2], [5]), sequence([9, 8], [5, 7])])  # nothing in common
    return made


@pytest.mark.parametrize("name", ARCHITECTURES)
def test_a_shared_prompt_gives_what_whole_sequences_give(name: str) -> None:
    model, made = network(name), groups(Random(0))
    for mine, group in zip(losses_after_prompts(model, made, 4), made, strict=True):
        for (total, count), (whole, labels) in zip(
            mine, sample_losses(model, group, 1), strict=True
        ):
            assert count == labels
            assert total == pytest.approx(whole, abs=1e-4 * count)


def test_the_prompt_is_computed_once_for_all(monkeypatch: pytest.MonkeyPatch) -> None:
    model, prompt = network("rotary"), list(range(40))
    group = [sequence(prompt, [at, 7]) for at in range(8)]
    monkeypatch.setattr(shared_prompt, "_prompt_can_be_shared", lambda *_: True)
    seen: list[int] = []
    model.register_forward_pre_hook(
        lambda _, args, kwargs: seen.append(kwargs["input_ids"].numel()), with_kwargs=True
    )
    losses_after_prompts(model, [group], 8)
    assert seen == [39, 8 * 3]


def test_the_model_is_left_as_it_was() -> None:
    model = network("rotary").train()
    assert losses_after_prompts(model, [], 4) == []
    losses_after_prompts(model, [[sequence([1, 2], [3])]], 4)
    assert model.training
