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
ALL = "all-linear"  # in [train] targets
LEAST_SHARE = 0.9  # of the weights in linear layers: with less, the usual names miss what matters
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
    """The names of the layers to train: [train] targets; all linear ones of the base where that
    says so, or, where nothing else was set, if the usual names are less than LEAST_SHARE of them.

    Raises InputError when it has none of them.
    """
    sizes: dict[str, int] = {}
    for name, module in _linear_layers(network):
        last, (into, out) = name.rpartition(".")[2], _size(module)
        sizes[last] = sizes.get(last, 0) + into * out
    found = [name for name in wanted if name in sizes]
    share = sum(sizes[name] for name in found) / max(1, sum(sizes.values()))
    if sizes and (ALL in wanted or (tuple(wanted) == USUAL and share < LEAST_SHARE)):
        found = sorted(sizes)
        reason = "as set" if ALL in wanted else f"the usual ones are {share:.0%} of their weights"
        log.info("all linear layers are trained, %s: %s", reason, found)
    if not found:
        raise InputError(
            f"[train] targets = {list(wanted)}: the base has no such layers; take some of "
            f"{sorted(sizes)}, or leave the setting out"
        )
    if experts := share_of_experts(network):
        log.info("its experts, %.0f%% of its layers' weights, are not trained", 100 * experts)
    return found


def share_of_experts(network: Any) -> float:
    """Of a mixture of experts: which part of its layers' weights are experts that are kept in one
    weight, and not trained. 0 of other bases.

    transformers 5 keeps them so in all its families. LoRA on them would be as many pairs as there
    are experts, each of which sees few of the samples.
    """
    experts = sum(weight.numel() for _, weight in _expert_weights(network))
    others = sum(into * out for into, out in (_size(one) for _, one in _linear_layers(network)))
    return float(experts / max(1, experts + others))


def _expert_weights(network: Any) -> Iterator[tuple[str, Any]]:
    for name, module in network.named_modules():
        if not isinstance(module, nn.Conv1d | nn.Conv2d | nn.Conv3d) and not _is_other_sense(name):
            for own, weight in module.named_parameters(recurse=False):
                if weight.dim() == 3:  # experts, outputs and inputs
                    yield f"{name}.{own}", weight


def not_to_train(network: Any, names: Sequence[str]) -> list[str]:
    """The full names of modules that are called as those to train and are none of them: they read
    something else than text, or are no linear layers.
    """
    trained = {name for name, _ in _linear_layers(network)}
    return [
        name
        for name, _ in network.named_modules()
        if name.rpartition(".")[2] in names and name not in trained
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
    if any(".experts." in name for name, _ in _expert_weights(network)):
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
