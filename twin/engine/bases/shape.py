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
    "num_key_value_heads": (),
    "head_dim": (),
}
_MOST = 10**7  # of any of these numbers: more is no model's


@dataclass(frozen=True, slots=True)
class Shape:
    """The dimensions of a decoder. Of a mixture of experts, as if it had one."""

    model_type: str
    hidden_size: int
    intermediate_size: int
    num_hidden_layers: int
    num_attention_heads: int
    num_key_value_heads: int
    head_dim: int
    vocab_size: int
    tie_word_embeddings: bool

    @property
    def layer_parameters(self) -> int:
        """Those of the products in all layers: what a token costs."""
        queries = 2 * self.hidden_size * self.num_attention_heads * self.head_dim
        keys = 2 * self.hidden_size * self.num_key_value_heads * self.head_dim
        return self.num_hidden_layers * (
            queries + keys + 3 * self.hidden_size * self.intermediate_size
        )

    @property
    def output_parameters(self) -> int:
        return self.hidden_size * self.vocab_size

    @property
    def parameters(self) -> int:
        tables = 1 if self.tie_word_embeddings else 2
        return self.layer_parameters + tables * self.output_parameters


def shape_of(folder: Path) -> Shape:
    """Of the base in a folder. Raises InputError where its config.json says too little."""
    file = folder / "config.json"
    try:
        found = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise InputError(Text("{path}: not readable; fetch the base again", path=file)) from error
    return read_shape(found, str(file))


def read_shape(settings: Any, name: str) -> Shape:
    """Of the content of a config.json. Raises InputError where it says too little."""
    if not isinstance(settings, Mapping):
        raise _unknown(name, "hidden_size")
    inner = settings.get("text_config")  # of models that also see
    values = {**settings, **inner} if isinstance(inner, Mapping) else settings
    hidden, layers = (
        _number(values, "hidden_size", name),
        _number(values, "num_hidden_layers", name),
    )
    heads = _number(values, "num_attention_heads", name)
    return Shape(
        model_type=str(values.get("model_type", "")),
        hidden_size=hidden,
        # GPT-2 leaves it out: four times the width, in two products where others have three
        intermediate_size=_number(values, "intermediate_size", name, 4 * hidden * 2 // 3),
        num_hidden_layers=layers,
        num_attention_heads=heads,
        num_key_value_heads=_number(values, "num_key_value_heads", name, heads),
        head_dim=_number(values, "head_dim", name, max(1, hidden // heads)),
        vocab_size=_number(values, "vocab_size", name),
        tie_word_embeddings=values.get("tie_word_embeddings") is True,
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
