"""What families of models do otherwise than Llama, as OpenVINO's graph has to know it.

Read from transformers' modeling files of each family. Loads neither OpenVINO nor torch.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

LLAMAS = ("llama", "mistral", "phi3", "qwen2", "qwen3", "smollm3", "granite")
GEMMAS = ("gemma", "gemma3_text")
FAMILIES = (*LLAMAS, *GEMMAS)
_ALL_LAYERS_HAVE_WINDOWS = ("mistral", "phi3")
_SOME_LAYERS_HAVE_WINDOWS = ("qwen2", "qwen3", "smollm3", "gemma3_text")
# Of attention, as configurations call it; others keep a state besides keys and values.
_ATTENTION = ("full_attention", "sliding_attention")
_ACTIVATIONS = ("silu", "gelu", "gelu_pytorch_tanh")
_UNKNOWN = ("final_logit_softcapping", "attn_logit_softcapping", "use_bidirectional_attention")
_ROTATIONS = ("default", "linear", "llama3", "yarn")  # do not depend on how long a prompt is


@dataclass(frozen=True, slots=True)
class Traits:
    """activation: "silu", "gelu" or "gelu_pytorch_tanh". The scales multiply what the embeddings
    give, the products of queries and keys, what a layer adds, and the logits. norm_offset: what is
    to be added to the weights of norms.
    """

    activation: str
    embedding_scale: float = 1.0
    attention_scale: float = 1.0
    residual_scale: float = 1.0
    logits_scale: float = 1.0
    norm_offset: float = 0.0


def traits_of(config: Any) -> Traits:
    """Of a transformers config of one of the FAMILIES."""
    activation, scale = _activation(config), head_size(config) ** -0.5
    if config.model_type == "granite":
        return Traits(
            activation,
            embedding_scale=config.embedding_multiplier,
            attention_scale=config.attention_multiplier,
            residual_scale=config.residual_multiplier,
            logits_scale=1 / config.logits_scaling,
        )
    if config.model_type in GEMMAS:
        of_queries = getattr(config, "query_pre_attn_scalar", None)
        return Traits(
            activation,
            embedding_scale=config.hidden_size**0.5,
            attention_scale=of_queries**-0.5 if of_queries else scale,
            norm_offset=1.0,
        )
    return Traits(activation, attention_scale=scale)


def head_size(config: Any) -> int:
    """Length of one head's query, key or value vector."""
    size = getattr(config, "head_dim", None)
    return int(size or config.hidden_size // config.num_attention_heads)


def window_of(config: Any, layer: int) -> int | None:
    """How many tokens a layer sees, itself included; None for all before it."""
    has_window = config.model_type in _ALL_LAYERS_HAVE_WINDOWS or (
        config.model_type in _SOME_LAYERS_HAVE_WINDOWS
        and config.layer_types[layer] == "sliding_attention"
    )
    window = getattr(config, "sliding_window", None) if has_window else None
    return int(window) if window else None


def rotation_of(config: Any, layer: int) -> str | None:
    """Which of the model's rotary position encodings a layer has: "" where there is only one; None
    for a layer without positions (NoPE, arXiv:2305.19466).
    """
    if config.model_type == "smollm3" and not config.no_rope_layers[layer]:
        return None
    return f"{config.layer_types[layer]}_" if config.model_type == "gemma3_text" else ""


def unsupported_reason(config: Any) -> str | None:
    """Why no graph can be built for a transformers config; None when one can."""
    others = [kind for kind in getattr(config, "layer_types", None) or () if kind not in _ATTENTION]
    if others:
        return f"its layers of {others[0]} keep a state that it can't keep for several chats"
    if config.model_type not in FAMILIES:
        return f"models of type {config.model_type} aren't known to it here"
    if getattr(config, "auto_map", None):
        return "the model comes with code of its own"
    for kind in _rotation_types(config):
        if kind not in _ROTATIONS:
            return f"its position encoding ({kind}) isn't known to it here"
    if _activation(config) not in _ACTIVATIONS:
        return f"its activation ({_activation(config)}) isn't known to it here"
    for name in _UNKNOWN if config.model_type in GEMMAS else ():
        if getattr(config, name, None):
            return f"its {name} isn't known to it here"
    return None


def _activation(config: Any) -> str:
    return str(
        config.hidden_activation if config.model_type == "gemma3_text" else config.hidden_act
    )


def _rotation_types(config: Any) -> Iterator[str]:
    parameters = config.rope_parameters or {}
    nested = [one for one in parameters.values() if isinstance(one, Mapping)]
    for one in nested or [parameters]:
        yield one.get("rope_type", "default")
