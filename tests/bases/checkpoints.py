"""Build tiny random checkpoints of many families: real files of a few thousand weights."""

from pathlib import Path
from typing import Any

import torch
from transformers import AutoConfig, AutoModelForCausalLM

from tests.bases.templates import tokenizer_for

SIZE: dict[str, Any] = {
    "hidden_size": 32,
    "intermediate_size": 64,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "head_dim": 8,
    "max_position_embeddings": 1024,
}
_GPT: dict[str, Any] = {"n_embd": 32, "n_layer": 2, "n_head": 4, "n_positions": 1024}
_EXPERTS: dict[str, Any] = {"num_experts_per_tok": 2, "moe_intermediate_size": 16}
_SIGHT: dict[str, Any] = {
    "hidden_size": 32,
    "intermediate_size": 32,
    "num_hidden_layers": 1,
    "num_attention_heads": 2,
    "image_size": 28,
    "patch_size": 14,
}
# What a family calls otherwise.
OWN_SIZE: dict[str, dict[str, Any]] = {
    "bert": _GPT,
    "bloom": {"n_layer": 2, "n_head": 4},
    "deepseek_v3": {
        **_EXPERTS,
        "n_routed_experts": 4,
        "n_shared_experts": 1,
        "n_group": 1,
        "topk_group": 1,
        "first_k_dense_replace": 1,
        "q_lora_rank": 16,
        "kv_lora_rank": 16,
        "qk_rope_head_dim": 8,
        "qk_nope_head_dim": 8,
        "v_head_dim": 8,
        "num_key_value_heads": 4,
    },
    "falcon": {"ffn_hidden_size": 64},
    "gemma3": {"vision_config": _SIGHT, "mm_tokens_per_image": 4},
    "gpt2": _GPT,
    "gpt_oss": {"num_local_experts": 4, "num_experts_per_tok": 2},
    "gptj": _GPT | {"rotary_dim": 4},
    "lfm2": {"block_ff_dim": 64, "layer_types": ["conv", "full_attention"]},
    "mamba": {"state_size": 4},
    "mixtral": {"num_local_experts": 4, "num_experts_per_tok": 2},
    "opt": {"ffn_dim": 64, "word_embed_proj_dim": 32},
    "phi3": {"original_max_position_embeddings": 1024},
    "qwen2_moe": _EXPERTS | {"num_experts": 4, "shared_expert_intermediate_size": 16},
    "qwen3_moe": _EXPERTS | {"num_experts": 4},
    "rwkv": {"context_length": 1024},
}
SPREAD = 0.2  # standard deviation of the weights: with less, all words are about as likely


def checkpoint(folder: Path, family: str, template: str, tokenizer: str, **more: Any) -> Path:
    """A base of that family in `folder`; `more` are settings of its configuration."""
    words = tokenizer_for(template, tokenizer)
    size = {name: value for name, value in SIZE.items() if (family, name) != ("falcon", "head_dim")}
    ends = {"bos_token_id": 1, "eos_token_id": 2, "pad_token_id": None}
    settings = size | {"vocab_size": len(words)} | ends | OWN_SIZE.get(family, {}) | more
    if family == "gemma3":
        settings = {"text_config": settings} | OWN_SIZE[family] | ends
    torch.manual_seed(0)
    network = AutoModelForCausalLM.from_config(AutoConfig.for_model(family, **settings))
    for name, weight in network.named_parameters():
        if weight.dim() > 1 and "norm" not in name:
            torch.nn.init.normal_(weight, std=SPREAD)
    network.save_pretrained(folder)
    words.save_pretrained(folder)
    return folder
