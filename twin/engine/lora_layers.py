"""Which layers of a base model LoRA changes, and the shapes of what is learnt for them.

LoRA: Hu et al. 2021, arXiv:2106.09685. Families name their layers differently, keep several in one
(GPT-NeoX, Phi-3), or write them the other way round (GPT-2).
"""

import logging
from collections.abc import Iterator, Sequence
from typing import Any

from torch import nn
from transformers.pytorch_utils import Conv1D

from storage.errors import InputError
from twin.config.schema import TrainSettings

log = logging.getLogger(__name__)

USUAL = TrainSettings().targets
# They choose experts: what they learn makes the choice of others worse.
ROUTERS = {"gate", "router", "shared_expert_gate"}
# Of bases with experts, whose weights are all in one: peft would take these names for theirs.
OF_EXPERTS = {"gate_proj", "up_proj", "down_proj"}
# What reads pictures and sounds learns nothing from chats.
OTHER_SENSES = ("vision", "visual", "audio", "image", "multi_modal")
# Their weights are used without calling the layer, where LoRA would not be seen.
UNREACHED = {"mamba": {"out_proj"}, "mamba2": {"out_proj"}, "falcon_mamba": {"out_proj"}}
Shapes = dict[str, tuple[int, ...]]


def layers_to_train(network: Any, wanted: Sequence[str]) -> list[str]:
    """The names of the layers to train: [train] targets, or, where nothing else was set, all linear
    ones of a base without the usual names. Raises InputError when it has none of them.
    """
    there = {name.rpartition(".")[2] for name, _ in _linear_layers(network)}
    found = [name for name in wanted if name in there]
    if tuple(wanted) == USUAL and len(found) < len(USUAL):
        found = sorted(there)
        log.info("all linear layers are trained: the base has others than usual, %s", found)
    if not found:
        raise InputError(
            f"[train] targets = {list(wanted)}: the base has no such layers; take some of "
            f"{sorted(there)}, or leave the setting out"
        )
    return found


def other_senses(network: Any, names: Sequence[str]) -> list[str]:
    """The full names of layers that are called so and read something else than text."""
    return [
        name
        for name, module in network.named_modules()
        if name.rpartition(".")[2] in names and _is_linear(module) and _is_other_sense(name)
    ]


def is_transposed(network: Any) -> bool:
    """Whether the layers hold their weights as (inputs, outputs)."""
    return any(isinstance(module, Conv1D) for _, module in _linear_layers(network))


def lora_shapes(network: Any, names: Sequence[str], rank: int) -> Shapes:
    """By name, the shape of each weight to be learnt: lora_A (rank, inputs), lora_B (outputs,
    rank).
    """
    shapes: Shapes = {}
    for name, module in _linear_layers(network):
        if name.rpartition(".")[2] in names:
            into, out = _size(module)
            shapes[f"base_model.model.{name}.lora_A.weight"] = (rank, into)
            shapes[f"base_model.model.{name}.lora_B.weight"] = (out, rank)
    return shapes


def _linear_layers(network: Any) -> Iterator[tuple[str, Any]]:
    output = network.get_output_embeddings()
    left_out = ROUTERS | UNREACHED.get(network.config.model_type, set())
    if any(
        weight.dim() == 3 and ".experts." in name for name, weight in network.named_parameters()
    ):
        left_out |= OF_EXPERTS
    for name, module in network.named_modules():
        last = name.rpartition(".")[2]
        is_text = module is not output and last not in left_out and not _is_other_sense(name)
        if is_text and _is_linear(module):
            yield name, module


def _is_linear(module: Any) -> bool:
    return isinstance(module, nn.Linear | Conv1D)


def _is_other_sense(name: str) -> bool:
    return any(word in name for word in OTHER_SENSES)


def _size(module: Any) -> tuple[int, int]:
    """Inputs and outputs; weights in 4 bits have no shape."""
    if isinstance(module, Conv1D):
        return module.nx, module.nf
    return module.in_features, module.out_features
