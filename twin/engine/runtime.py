"""What computes the twin's answers: llama.cpp where it can, otherwise torch."""

import logging
from importlib.util import find_spec
from pathlib import Path

from storage.errors import InputError
from twin.config import Config
from twin.engine import model
from twin.engine.base import Voice
from twin.engine.gguf_file import why_not

log = logging.getLogger(__name__)


def load_voice(config: Config, adapter_dir: Path | None) -> Voice:
    """The base with the adapter merged into it, as [model] runtime wants it.

    Raises InputError for a base or a runtime and TwinError for an adapter that can't be used.
    """
    voice = model.load_voice(config, adapter_dir)
    if config.model.runtime == "torch":
        return voice
    hindrance = _hindrance(voice)
    if hindrance is None:
        try:
            return _by_llama_cpp(voice, config)
        except RuntimeError as error:
            hindrance = f"llama.cpp refuses the model ({error})"
    if config.model.runtime == "llama.cpp":
        raise InputError(
            f'[model] runtime = \'llama.cpp\': {hindrance}; set runtime = "auto" or "torch"'
        )
    log.info("answers are computed by torch: %s", hindrance)
    return voice


def _by_llama_cpp(voice: model.Voice, config: Config) -> Voice:
    from twin.engine.llama_cpp import LlamaCppVoice

    spoken = LlamaCppVoice(voice, config)
    log.info("answers are computed by llama.cpp: the model is on the processor")
    return spoken


def _hindrance(voice: model.Voice) -> str | None:
    """Why llama.cpp can't speak for this voice."""
    if voice.model.device.type != "cpu":
        return f"the model is on {voice.model.device}"
    if find_spec("xllamacpp") is None:
        return "the package xllamacpp is not installed"
    return why_not(voice.model.config, voice.tokenizer)
