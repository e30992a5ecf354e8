"""Write a loaded Llama, SmolLM3 or Qwen as GGUF, for llama.cpp (ggml's docs/gguf.md).

The vocabulary's texts only serve to decode tokens: prompts are given as tokens.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import gguf
import torch
from gguf import GGMLQuantizationType, GGUFWriter

from twin.engine.openvino_families import head_size
from twin.prompting.chat_template import PromptFormat
from twin.prompting.template_probe import Tokenizer

LLAMA, SMOLLM3 = gguf.MODEL_ARCH.LLAMA, gguf.MODEL_ARCH.SMOLLM3
FAMILIES = {
    "llama": LLAMA,
    "mistral": LLAMA,
    "smollm3": SMOLLM3,
    "qwen2": gguf.MODEL_ARCH.QWEN2,
    "qwen3": gguf.MODEL_ARCH.QWEN3,
}


def write_gguf(
    network: Any, tokenizer: Tokenizer, fmt: PromptFormat, path: Path, *, in_8_bits: bool = False
) -> None:
    """Write `network` in its own precision (float32 or bfloat16), or its matrices in llama.cpp's 8
    bits, Q8_0, a scale for each 32 numbers.
    """
    family = FAMILIES[network.config.model_type]
    writer = GGUFWriter(path, gguf.MODEL_ARCH_NAMES[family])
    try:
        _add_shape(writer, network.config)
        _add_vocabulary(writer, network.config, tokenizer, fmt)
        names = gguf.get_tensor_name_map(family, network.config.num_hidden_layers)
        for name, weight in _weights(network):
            written = names.get_name(name, try_suffixes=(".weight", ".bias"))
            assert written is not None, name
            _add_weight(writer, written, weight, in_8_bits=in_8_bits)
        writer.write_header_to_file()
        writer.write_kv_data_to_file()
        writer.write_tensors_to_file()
    finally:
        writer.close()


def _add_shape(writer: GGUFWriter, config: Any) -> None:
    head = head_size(config)
    writer.add_context_length(config.max_position_embeddings)
    writer.add_embedding_length(config.hidden_size)
    writer.add_block_count(config.num_hidden_layers)
    writer.add_feed_forward_length(config.intermediate_size)
    writer.add_head_count(config.num_attention_heads)
    writer.add_head_count_kv(config.num_key_value_heads)
    writer.add_key_length(head)
    writer.add_value_length(head)
    writer.add_layer_norm_rms_eps(config.rms_norm_eps)
    writer.add_rope_dimension_count(head)
    writer.add_rope_freq_base(config.rope_parameters["rope_theta"])
    writer.add_vocab_size(config.vocab_size)


def _add_vocabulary(
    writer: GGUFWriter, config: Any, tokenizer: Tokenizer, fmt: PromptFormat
) -> None:
    spec = _spec_of(tokenizer)
    words = [f"[unused {token}]" for token in range(config.vocab_size)]
    kinds = [gguf.TokenType.UNUSED] * config.vocab_size
    for word, token in spec["model"]["vocab"].items():
        words[token], kinds[token] = word, gguf.TokenType.NORMAL
    for added in spec["added_tokens"]:
        words[added["id"]] = added["content"]
        special = added["special"]
        kinds[added["id"]] = gguf.TokenType.CONTROL if special else gguf.TokenType.USER_DEFINED
    for token in fmt.stop_ids:
        kinds[token] = gguf.TokenType.CONTROL
    merges = spec["model"]["merges"]
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("default")
    writer.add_token_list(words)
    writer.add_token_types(kinds)
    writer.add_token_merges([m if isinstance(m, str) else " ".join(m) for m in merges])
    writer.add_add_bos_token(False)
    first, *others = fmt.stop_ids
    writer.add_eos_token_id(first)
    for add, token in zip((writer.add_eot_token_id, writer.add_eom_token_id), others, strict=False):
        add(token)


def _weights(network: Any) -> Iterator[tuple[str, torch.Tensor]]:
    config, tied = network.config, network.config.tie_word_embeddings
    heads = {"q_proj": config.num_attention_heads, "k_proj": config.num_key_value_heads}
    for name, weight in network.state_dict().items():
        if name == "lm_head.weight" and tied:
            continue
        layer = name.split(".")[-2]
        by_pairs = FAMILIES[config.model_type] in (LLAMA, SMOLLM3)  # of rotary dimensions
        if layer in heads and by_pairs:
            weight = _by_pairs(weight, heads[layer])
        yield name, weight


def _by_pairs(weight: torch.Tensor, heads: int) -> torch.Tensor:
    """Reorder each head from (first halves, second halves) to pairs."""
    halves = weight.reshape(heads, 2, weight.shape[0] // heads // 2, *weight.shape[1:])
    return halves.transpose(1, 2).reshape(weight.shape)


def _add_weight(writer: GGUFWriter, name: str, weight: torch.Tensor, *, in_8_bits: bool) -> None:
    weight = weight.detach().cpu().contiguous()
    if in_8_bits and weight.dim() > 1:
        raw = gguf.quantize(weight.float().numpy(), GGMLQuantizationType.Q8_0)
        writer.add_tensor(name, raw, raw_dtype=GGMLQuantizationType.Q8_0)
    elif weight.dtype == torch.bfloat16 and weight.dim() > 1:
        raw = weight.view(torch.uint8).numpy()  # numpy has no bfloat16
        writer.add_tensor(name, raw, raw_dtype=GGMLQuantizationType.BF16)
    else:
        writer.add_tensor(name, weight.float().numpy())


def _spec_of(tokenizer: Tokenizer) -> dict[str, Any]:
    """The content of tokenizer.json."""
    spec: dict[str, Any] = json.loads(tokenizer.backend_tokenizer.to_str())
    return spec
