"""OpenVINO's graph of each family gives torch's logits, and through its pipeline torch's words."""

import re
from pathlib import Path
from typing import Any

import numpy as np
import openvino
import openvino_genai
import pytest
import torch
from transformers import AutoConfig, AutoModelForCausalLM

from tests.bases.checkpoints import SIZE
from twin.engine.openvino_families import unsupported_reason
from twin.engine.openvino_graph import as_graph
from twin.engine.runtime import obstacle_of_openvino

PROMPT, WRITTEN = 40, 8  # tokens; the windows are shorter
LLAMA_3 = {
    "rope_type": "llama3",
    "rope_theta": 1e4,
    "factor": 8.0,
    "low_freq_factor": 1.0,
    "high_freq_factor": 4.0,
    "original_max_position_embeddings": 64,
}
HALF = {"partial_rotary_factor": 0.5, "rope_type": "default", "rope_theta": 1e4}
CASES: tuple[tuple[str, dict[str, Any]], ...] = (
    ("llama", {"rope_parameters": LLAMA_3}),
    ("mistral", {"sliding_window": 8}),
    (
        "phi3",
        {"sliding_window": 9, "original_max_position_embeddings": 1024, "rope_parameters": HALF},
    ),
    ("qwen2", {"use_sliding_window": True, "sliding_window": 8, "max_window_layers": 1}),
    ("qwen3", {"tie_word_embeddings": True}),
    ("smollm3", {"no_rope_layers": [1, 0]}),
    (
        "granite",
        {
            "embedding_multiplier": 3.0,
            "residual_multiplier": 0.5,
            "attention_multiplier": 0.3,
            "logits_scaling": 2.0,
        },
    ),
    ("gemma", {"hidden_act": "gelu"}),
    (
        "gemma3_text",
        {
            "sliding_window": 8,
            "layer_types": ["sliding_attention", "full_attention"],
            "query_pre_attn_scalar": 16,
        },
    ),
)

PRECISE = {"INFERENCE_PRECISION_HINT": "f32", "DYNAMIC_QUANTIZATION_GROUP_SIZE": 0}
QUICK = ("phi3", "gemma3_text")  # what each of the others does is tried in tests/bases too


def network_of(family: str, **more: Any) -> Any:
    """With random weights, biases and norms, which are ones and zeros before training."""
    torch.manual_seed(0)
    ids = {"vocab_size": 300, "bos_token_id": 1, "eos_token_id": 2, "pad_token_id": None}
    network = AutoModelForCausalLM.from_config(AutoConfig.for_model(family, **SIZE | ids | more))
    for weight in network.parameters():
        torch.nn.init.normal_(weight, std=0.3)
    return network.eval()


def logits_of(graph: openvino.Model, prompt: torch.Tensor) -> torch.Tensor:
    """(tokens, vocabulary)."""
    compiled = openvino.Core().compile_model(graph, "CPU", PRECISE)
    found = compiled(
        {
            "input_ids": prompt.numpy(),
            "attention_mask": np.ones((1, PROMPT), np.int64),
            "position_ids": np.arange(PROMPT)[None],
            "beam_idx": np.zeros(1, np.int32),
        }
    )
    return torch.tensor(next(iter(found.values())))[0]


def written_by_pipeline(graph: openvino.Model, prompt: torch.Tensor, folder: Path) -> list[int]:
    openvino.save_model(graph, folder / "openvino_model.xml", compress_to_fp16=False)
    schedule = openvino_genai.SchedulerConfig()
    schedule.num_kv_blocks = 10
    precise = PRECISE | {"KV_CACHE_PRECISION": "f32"}
    pipeline = openvino_genai.ContinuousBatchingPipeline(str(folder), schedule, "CPU", precise)
    settings = openvino_genai.GenerationConfig()
    settings.max_new_tokens, settings.ignore_eos = WRITTEN, True
    settings.eos_token_id, settings.stop_token_ids = 2, {2}
    [found] = pipeline.generate([openvino.Tensor(prompt.numpy())], [settings])
    return list(found.m_generation_ids[0])


@pytest.mark.parametrize(
    ("family", "more"),
    [pytest.param(*case, marks=() if case[0] in QUICK else pytest.mark.slow) for case in CASES],
)
def test_a_family_is_computed_as_torch_does(
    tmp_path: Path, family: str, more: dict[str, Any]
) -> None:
    network = network_of(family, **more)
    assert unsupported_reason(network.config) is None
    prompt = torch.randint(3, 300, (1, PROMPT))
    with torch.inference_mode():
        wanted = network(prompt).logits[0]
        written = network.generate(
            prompt, max_new_tokens=WRITTEN, do_sample=False, eos_token_id=None, pad_token_id=0
        )
    graph = as_graph(network, 64)
    assert (logits_of(graph, prompt) - wanted).abs().max() < 1e-4 * wanted.std()
    graph = as_graph(network, 64)
    assert written_by_pipeline(graph, prompt, tmp_path) == written[0, PROMPT:].tolist()


def test_a_window_is_no_mere_ornament() -> None:
    """The cases above would not see a window that changes nothing."""
    prompt = torch.randint(3, 300, (1, PROMPT), generator=torch.manual_seed(1))
    with torch.inference_mode():
        near, far = (
            network_of("mistral", sliding_window=window)(prompt).logits for window in (8, None)
        )
    assert torch.allclose(near[0, :8], far[0, :8], atol=1e-4)
    assert (near[0, -1] - far[0, -1]).abs().max() > 0.1 * far.std()


@pytest.mark.parametrize(
    ("family", "more", "reason"),
    [
        ("mamba", {}, "linear_attention"),
        ("phi", {}, "models of type phi"),
        ("gemma2", {}, "models of type gemma2"),
        (
            "qwen3_5_text",
            {"layer_types": ["linear_attention", "full_attention"]},
            "linear_attention",
        ),
        ("llama", {"hidden_act": "relu"}, r"activation \(relu\)"),
        (
            "llama",
            {"rope_parameters": {"rope_type": "dynamic", "rope_theta": 1e4, "factor": 2.0}},
            "dynamic",
        ),
        ("gemma3_text", {"final_logit_softcapping": 30.0}, "final_logit_softcapping"),
        ("llama", {"auto_map": {"AutoConfig": "x.X"}}, "code of its own"),
    ],
)
def test_what_it_can_not_compute_is_told(family: str, more: dict[str, Any], reason: str) -> None:

    config = AutoConfig.for_model(family, **SIZE | more)
    assert re.search(reason, unsupported_reason(config) or "")
    assert re.search(reason, obstacle_of_openvino(config, "cpu", "bfloat16") or "")
    assert "cuda" in (
        obstacle_of_openvino(AutoConfig.for_model("llama"), "cuda:0", "bfloat16") or ""
    )
