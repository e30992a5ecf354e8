"""Check what another machine gives back, and make an adapter of it: of its files only numbers stay.

Names of files are this program's own, the settings of the adapter are made here, and the weights
are read as numbers and written anew: whoever has the other machine can only teach badly, which
the judge sees.
"""

import hashlib
from pathlib import Path
from typing import Annotated, Any

import torch
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from transformers import AutoConfig

from storage.errors import TwinError
from training.artifacts import FOLDER, adapter_folder
from training.train import new_adapter
from twin.config.schema import Config
from twin.engine.adapter_files import ADAPTER_WEIGHTS, check_adapter
from twin.engine.base_check import skeleton
from twin.engine.base_fingerprint import weight_files
from twin.engine.base_models import resolve_base
from twin.engine.lora_layers import layers_to_train, lora_shapes
from twin.engine.model import read_base

Number = Annotated[float, Field(ge=0, le=1e12)]
Count = Annotated[int, Field(ge=0, le=10**12)]
Curve = Annotated[list[tuple[Count, Number]], Field(max_length=10**6)]


class Result(BaseModel):
    """What is said of a training elsewhere; `bytes` and `sha256` are of the weights."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    steps: Count
    tokens: Count
    tokens_per_second: Number
    resumed: bool
    loss: Curve
    learning_rate: Curve
    bytes: Annotated[int, Field(ge=1)]
    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


def read_result(content: bytes, most: int) -> Result:
    """Raises TwinError for anything else, and for weights of more than `most` bytes."""
    try:
        result = Result.model_validate_json(content)
    except ValidationError as error:
        wrong = ".".join(str(part) for part in error.errors()[0]["loc"])
        raise TwinError(f"what it tells of its training is no such result ({wrong})") from None
    if result.bytes > most:
        raise TwinError(f"its adapter has {result.bytes} bytes, more than the base model")
    return result


def most_bytes(config: Config) -> int:
    """No adapter is larger than its base."""
    return sum(path.stat().st_size for path in weight_files(resolve_base(config)))


def make_adapter(config: Config, weights: Path, result: Result, name: str) -> Path:
    """The adapter's folder, of weights that fit the base. Raises TwinError for any other."""
    with weights.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    if digest != result.sha256:
        raise TwinError("its adapter came with other bytes than it says")
    network = skeleton(config, read_base(config, AutoConfig))
    layers = layers_to_train(network, config.train.targets)
    wanted = lora_shapes(network, layers, config.train.rank)
    numbers = _numbers(weights, wanted)
    settings = new_adapter(network, config).peft_config["default"]
    settings.base_model_name_or_path, settings.inference_mode = config.model.base, True
    with adapter_folder(config, name) as scratch:
        save_file(numbers, scratch / ADAPTER_WEIGHTS, {"format": "pt"})
        settings.save_pretrained(scratch)
    target = config.path_of(FOLDER, name)
    check_adapter(target, config)
    return target


def _numbers(weights: Path, wanted: dict[str, tuple[int, ...]]) -> dict[str, torch.Tensor]:
    try:
        found = load_file(weights)
    except (SafetensorError, OSError, ValueError) as error:
        raise TwinError(f"its adapter can't be read ({type(error).__name__})") from None
    shapes: dict[str, Any] = {name: tuple(each.shape) for name, each in found.items()}
    if shapes != wanted:
        raise TwinError("its adapter has other weights than the base and [train] need")
    for each in found.values():
        if each.dtype != torch.float32 or not bool(torch.isfinite(each).all()):
            raise TwinError("its adapter has weights that are no finite numbers in float32")
    return found
