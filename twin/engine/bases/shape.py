"""What a base's config.json says of its size, without loading a weight."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from storage.errors import InputError
from storage.texts import Text

# Names of the same thing in the families of transformers, the usual one first.
_NAMES = {
    "hidden_size": ("n_embd", "d_model", "n_embed"),
    "num_hidden_layers": ("n_layer", "num_layers", "n_layers"),
    "num_attention_heads": ("n_head", "n_heads"),
    "intermediate_size": ("n_inner", "ffn_dim", "ffn_hidden_size"),
    "num_experts": ("num_local_experts", "n_routed_experts"),
}
_MOST = 10**7  # of any of these numbers: more is no model's


@dataclass(frozen=True, slots=True)
class Shape:
    """The dimensions of a decoder.

    In a mixture of experts, intermediate_size is one expert's, `experts_used` of them compute a
    token, and shared_size is the width of what every token passes besides.
    """

    model_type: str
    hidden_size: int
    intermediate_size: int
    num_hidden_layers: int
    num_attention_heads: int
    num_key_value_heads: int
    head_dim: int
    vocab_size: int
    tie_word_embeddings: bool
    experts: int = 1
    experts_used: int = 1
    shared_size: int = 0

    @property
    def layer_parameters(self) -> int:
        """Those of the products in all layers that a token passes: what it costs."""
        return self._in_layers(self.experts_used)

    def _in_layers(self, experts: int) -> int:
        heads = self.num_attention_heads + self.num_key_value_heads
        attention = 2 * self.hidden_size * heads * self.head_dim
        width = experts * self.intermediate_size + self.shared_size
        return self.num_hidden_layers * (attention + 3 * self.hidden_size * width)

    @property
    def width_used(self) -> int:
        """Of the layers behind attention, what a token passes."""
        return self.experts_used * self.intermediate_size + self.shared_size

    @property
    def output_parameters(self) -> int:
        return self.hidden_size * self.vocab_size

    @property
    def parameters(self) -> int:
        tables = 1 if self.tie_word_embeddings else 2
        return self._in_layers(self.experts) + tables * self.output_parameters


def shape_of(folder: Path) -> Shape:
    """Of the base in a folder. Raises InputError where its config.json says too little."""
    file = folder / "config.json"
    try:
        found = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise InputError(Text("{path}: not readable; fetch the base again", path=file)) from error
    return read_shape(found, str(file))


def read_shape(settings: Any, name: str) -> Shape:
    """Of the content of a config.json. Raises InputError where it says too little."""
    if not isinstance(settings, Mapping):
        raise _unknown(name, "hidden_size")
    inner = settings.get("text_config")  # of models that also see
    values = {**settings, **inner} if isinstance(inner, Mapping) else settings
    hidden = _number(values, "hidden_size", name)
    layers = _number(values, "num_hidden_layers", name)
    heads = _number(values, "num_attention_heads", name)
    # GPT-2 leaves it out: four times the width, in two products where others have three
    width = _number(values, "intermediate_size", name, max(1, 4 * hidden * 2 // 3))
    experts = _number(values, "num_experts", name, 1)
    one = _number(values, "moe_intermediate_size", name, width) if experts > 1 else width
    shared = _number(values, "n_shared_experts", name, 0) * one
    return Shape(
        model_type=str(values.get("model_type", "")),
        hidden_size=hidden,
        intermediate_size=one,
        num_hidden_layers=layers,
        num_attention_heads=heads,
        num_key_value_heads=_number(values, "num_key_value_heads", name, heads),
        head_dim=_number(values, "head_dim", name, max(1, hidden // heads)),
        vocab_size=_number(values, "vocab_size", name),
        tie_word_embeddings=values.get("tie_word_embeddings") is True,
        experts=experts,
        experts_used=min(experts, _number(values, "num_experts_per_tok", name, 1)),
        shared_size=_number(values, "shared_expert_intermediate_size", name, shared),
    )


def _number(values: Mapping[str, Any], key: str, name: str, default: int | None = None) -> int:
    for alias in (key, *_NAMES.get(key, ())):
        value = values.get(alias)
        if isinstance(value, int) and not isinstance(value, bool) and 0 < value <= _MOST:
            return value
    if default is None:
        raise _unknown(name, key)
    return default


def _unknown(name: str, key: str) -> InputError:
    return InputError(
        Text("{path}: no {key} in it, so its size is unknown; try the base", path=name, key=key)
    )
