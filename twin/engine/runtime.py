"""Load a model with the runtime that answers fastest: OpenVINO on processors, torch elsewhere."""

from __future__ import annotations

import gc
import logging
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from storage.errors import InputError, cause_of
from twin.config.schema import Config
from twin.engine.base import LoadedModel
from twin.engine.openvino_families import unsupported_reason

if TYPE_CHECKING:  # torch takes seconds to import: only who loads a model pays for it
    from twin.engine.model import TorchModel

log = logging.getLogger(__name__)


def load_model(config: Config, adapter_dir: Path | None) -> LoadedModel:
    """The base model with the adapter merged into it, in the runtime that [model] runtime names.

    "auto" takes OpenVINO where it can run the model: on a processor it answers several times as
    fast as torch (docs/benchmarks.md). Otherwise torch answers and the log says why.
    Raises InputError for a base or a runtime and TwinError for an adapter that can't be used.
    """
    from twin.engine.model import load_torch_model

    freeze_imports()
    return fastest(load_torch_model(config, adapter_dir), config)


def fastest(model: TorchModel, config: Config) -> LoadedModel:
    """The same model in the runtime that the bot answers with. Raises as `load_model`."""
    if config.model.runtime == "torch":
        return model
    obstacle = _obstacle(model)
    if obstacle is None:
        try:
            return _converted_to_openvino(model, config)
        except RuntimeError as error:
            cause = cause_of(error, 300)
            obstacle = f"OpenVINO refuses the model ({cause})"
    if config.model.runtime == "openvino":
        raise InputError(
            f'[model] runtime = \'openvino\': {obstacle}; set runtime = "auto" or "torch"'
        )
    log.info("answers are computed by torch: %s", obstacle)
    return model


@cache
def freeze_imports() -> None:
    """Leave what was imported so far out of garbage collections; once, before weights are loaded.

    Each would stop the event loop: with torch and transformers, 460,000 objects, for 240 ms.
    """
    gc.collect()
    gc.freeze()


def answers_in_8_bits(model: TorchModel, config: Config) -> bool:
    """Whether `fastest` compresses the weights."""
    from twin.engine.eight_bits import compression

    if config.model.runtime == "torch" or _obstacle(model) is not None:
        return False
    return compression(config.model)[0]


def _obstacle(model: TorchModel) -> str | None:
    network = model.network
    dtype = str(network.dtype).removeprefix("torch.")
    return obstacle_of_openvino(network.config, str(network.device), dtype)


def _converted_to_openvino(model: TorchModel, config: Config) -> LoadedModel:
    from twin.engine.eight_bits import compression
    from twin.engine.openvino_model import OpenVinoModel

    compressed, reason = compression(config.model)
    converted = OpenVinoModel(model, config, compressed=compressed)
    log.info("answers are computed by OpenVINO: the model is on the processor")
    log.info("weights in %s when answering: %s", "8 bits" if compressed else "full", reason)
    return converted


def obstacle_of_openvino(config: Any, device: str, dtype: str) -> str | None:
    """Why OpenVINO can't run a model of this transformers config, on this device and with weights
    of this precision ("bfloat16"); None when it can.
    """
    if not device.startswith("cpu"):
        return f"the model is on {device}"
    if dtype not in ("float32", "bfloat16"):
        return f"weights in {dtype} are not handed over"
    if find_spec("openvino_genai") is None:
        return "the package openvino-genai is not installed"
    return unsupported_reason(config)
