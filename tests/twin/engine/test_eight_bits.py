"""Weights in 8 bits: what is answered with, and what the judge scores, are the same numbers."""

from pathlib import Path

import pytest
import torch

from tests.twin.engine.test_openvino_families import (
    PROMPT,
    logits_of,
    network_of,
    written_by_pipeline,
)
from training.loss import mean_loss, sample_losses
from twin.engine.eight_bits import in_8_bits, round_to_8_bits
from twin.engine.openvino_graph import as_graph


def rows(seed: int, dtype: torch.dtype) -> torch.Tensor:
    """Of all sizes, one of zeros and one of a single number among them."""
    drawn = torch.randn(64, 96, generator=torch.manual_seed(seed))
    drawn *= torch.logspace(-30, 30, 64)[:, None]
    drawn[3] = 0
    drawn[5, 1:] = 0
    return drawn.to(dtype)


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float32])
def test_rounding_twice_is_rounding_once(dtype: torch.dtype) -> None:
    for seed in range(50):
        weight = rows(seed, dtype)
        numbers, scales = in_8_bits(weight)
        rounded = (numbers * scales).to(dtype)
        assert (rounded - weight).abs().max(dim=1).values.le(scales[:, 0] * 1.01).all()
        again, _ = in_8_bits(rounded)
        assert torch.equal(numbers, again)


def test_many_rows_are_rounded_as_few_are(monkeypatch: pytest.MonkeyPatch) -> None:
    weight = rows(1, torch.bfloat16)
    whole, _ = in_8_bits(weight)
    monkeypatch.setattr("twin.engine.eight_bits.ROWS", 7)
    parts, _ = in_8_bits(weight)
    assert torch.equal(whole, parts)


def test_the_graph_computes_what_torch_does_with_rounded_weights(tmp_path: Path) -> None:
    network = network_of("phi3")  # whose weights are apart in the graph
    graph = as_graph(network, 64, compressed=True)  # of the weights as they were
    round_to_8_bits(network)
    prompt = torch.randint(3, 300, (1, PROMPT))
    with torch.inference_mode():
        wanted = network(prompt).logits[0]
        written = network.generate(
            prompt, max_new_tokens=8, do_sample=False, eos_token_id=None, pad_token_id=0
        )
    assert (logits_of(graph, prompt) - wanted).abs().max() < 1e-4 * wanted.std()
    again = as_graph(network, 64, compressed=True)
    assert written_by_pipeline(again, prompt, tmp_path)[:8] == written[0, PROMPT:].tolist()


def test_a_loss_changes_by_less_than_a_hundredth() -> None:
    network = network_of("llama")
    drawn = torch.randint(3, 300, (8, PROMPT), generator=torch.manual_seed(2)).tolist()
    samples = [{"input_ids": ids, "labels": ids} for ids in drawn]
    before = mean_loss(sample_losses(network, samples, 8))
    round_to_8_bits(network)
    after = mean_loss(sample_losses(network, samples, 8))
    assert before is not None
    assert after == pytest.approx(before, rel=0.01)
    assert after != before
