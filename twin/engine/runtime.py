"""What computes the twin's answers: OpenVINO where it can, otherwise torch."""

import logging
from importlib.util import find_spec
from pathlib import Path

import torch

from storage.errors import InputError
from twin.config.schema import Config
from twin.engine import model
from twin.engine.base import LoadedModel

log = logging.getLogger(__name__)


def load_for_serving(config: Config, adapter_dir: Path | None) -> LoadedModel:
    """The base with the adapter merged into it, as [model] runtime wants it.

    Raises InputError for a base or a runtime and TwinError for an adapter that can't be used.
    """
    voice = model.load_torch_model(config, adapter_dir)
    if config.model.runtime == "torch":
        return voice
    hindrance = _hindrance(voice)
    if hindrance is None:
        try:
            return _by_openvino(voice, config)
        except RuntimeError as error:
            cause = " ".join(str(error).split())[:300]
            hindrance = f"OpenVINO refuses the model ({cause})"
    if config.model.runtime == "openvino":
        raise InputError(
            f'[model] runtime = \'openvino\': {hindrance}; set runtime = "auto" or "torch"'
        )
    log.info("answers are computed by torch: %s", hindrance)
    return voice


def _by_openvino(voice: model.TorchModel, config: Config) -> LoadedModel:
    from twin.engine.openvino_model import OpenVinoModel

    spoken = OpenVinoModel(voice, config)
    log.info("answers are computed by OpenVINO: the model is on the processor")
    return spoken


def _hindrance(voice: model.TorchModel) -> str | None:
    """Why OpenVINO can't speak for this voice."""
    if voice.model.device.type != "cpu":
        return f"the model is on {voice.model.device}"
    if voice.model.dtype not in (torch.float32, torch.bfloat16):
        return f"weights in {voice.model.dtype} are not handed over"
    if find_spec("openvino_genai") is None:
        return "the package openvino-genai is not installed"
    from twin.engine.openvino_graph import why_not

    return why_not(voice.model.config)
