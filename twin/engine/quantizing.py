"""The base in 4 bits, by bitsandbytes: a quarter of the memory, on NVIDIA's GPUs alone."""

from importlib.util import find_spec
from typing import Any

import torch
from transformers import BitsAndBytesConfig

from storage.errors import InputError
from twin.config import Config


def loading_options(config: Config, device: str) -> dict[str, Any]:
    """What reading the base's weights is told; nothing when they are read as they are.

    Raises InputError where 4 bits can't be computed with.
    """
    if config.model.quantize == "none":
        return {}
    if not device.startswith("cuda") or not torch.cuda.is_available():
        raise InputError(
            f"[model] quantize = '4bit': there is no CUDA GPU to compute on (the device is "
            f'{device}); set quantize = "none"'
        )
    if find_spec("bitsandbytes") is None:
        raise InputError(
            "[model] quantize = '4bit': the package bitsandbytes is not installed; run "
            "`pip install -c constraints.txt bitsandbytes`"
        )
    return {"quantization_config": four_bits(), "device_map": {"": device}}


def four_bits() -> BitsAndBytesConfig:
    """nf4, as QLoRA has it: its steps are where a network's weights are."""
    return BitsAndBytesConfig(
        load_in_4bit=True, bnb_4bit_quant_type="nf4", bnb_4bit_compute_dtype=torch.bfloat16
    )
