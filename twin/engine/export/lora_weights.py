"""Read an adapter's weights, of plain LoRA alone: what else peft can add is not exported."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.numpy import load_file

from storage.errors import InputError, TwinError, cause_of
from storage.texts import Text
from twin.engine.adapter_files import ADAPTER_SETTINGS, ADAPTER_WEIGHTS

Weights = NDArray[Any]

_BEFORE, _A, _B = "base_model.model.", ".lora_A.weight", ".lora_B.weight"
# Settings of peft that change what the weights mean without changing their names.
_OTHER_MEANING = (
    *("use_rslora", "use_qalora", "use_bdlora", "alpha_pattern", "layer_replication"),
    *("alora_invocation_tokens", "kasa_config", "velora_config"),
)


@dataclass(frozen=True, slots=True)
class LoraWeights:
    """By the layer's name in transformers (A, B), of (rank, inputs) and (outputs, rank).

    A layer's weights, (outputs, inputs), grow by `alpha` / rank times B A: LoRA, Hu et al. 2021,
    arXiv:2106.09685. `transposed`: the base keeps them as (inputs, outputs).
    """

    layers: dict[str, tuple[Weights, Weights]]
    alpha: float
    transposed: bool


def read_lora(folder: Path) -> LoraWeights:
    """Raises TwinError for an adapter that can't be read, and InputError for another kind."""
    try:
        settings = json.loads((folder / ADAPTER_SETTINGS).read_text(encoding="utf-8"))
        weights = load_file(folder / ADAPTER_WEIGHTS)
        alpha, transposed = float(settings["lora_alpha"]), bool(settings.get("fan_in_fan_out"))
    except (OSError, ValueError, KeyError, TypeError, SafetensorError) as error:
        raise TwinError(
            Text(
                "{folder}: not a readable adapter ({cause}); train again",
                folder=folder,
                cause=cause_of(error),
            )
        ) from error
    other = [name for name in _OTHER_MEANING if settings.get(name)]
    other += [name for name in weights if not name.endswith((_A, _B))][:1]
    layers = _pairs(weights)
    if other or not layers:
        raise InputError(
            Text(
                "{folder}: not plain LoRA ({what}), and no other adapter is exported; train again",
                folder=folder,
                what=", ".join(other) or ADAPTER_WEIGHTS,
            )
        )
    return LoraWeights(layers, alpha, transposed)


def _pairs(weights: dict[str, Weights]) -> dict[str, tuple[Weights, Weights]]:
    """None at all where one lacks the other, or the two don't fit together."""
    found = {
        name.removeprefix(_BEFORE).removesuffix(_A): (a, weights.get(name.removesuffix(_A) + _B))
        for name, a in weights.items()
        if name.endswith(_A)
    }
    whole = {
        layer: (a.astype(np.float32), b.astype(np.float32))
        for layer, (a, b) in found.items()
        if b is not None and a.ndim == b.ndim == 2 and a.shape[0] == b.shape[1] > 0
    }
    return whole if 2 * len(whole) == len(weights) else {}
