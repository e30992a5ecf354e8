"""Check an adapter's files: readable, whole and made for this base. Loads no torch."""

import json
import logging
import shutil
from pathlib import Path
from typing import Any

from safetensors import SafetensorError, safe_open
from sqlite_utils import Database

from storage.adapters import list_adapters
from storage.atomic_files import write_json
from storage.errors import TwinError
from storage.reasons import ErrorReason
from twin.config.schema import Config
from twin.engine.base_fingerprint import base_fingerprint

log = logging.getLogger(__name__)

ADAPTER_WEIGHTS = "adapter_model.safetensors"
ADAPTER_SETTINGS = "adapter_config.json"
BASE = "base.json"  # the name and the fingerprint of the base that an adapter belongs to
Shapes = dict[str, tuple[int, ...]]


def check_adapter(folder: Path, config: Config) -> None:
    """Raises TwinError unless the folder holds a readable adapter made for [model] base.

    That is told by the base's weights and tokenizer, not by its name. An adapter of an earlier
    version has no fingerprint: its base's name has to be the same once, and it is given one.
    """
    made_for, shapes = _read(folder)
    if not shapes:
        raise TwinError(
            f"{folder}: the adapter holds no weights; train again",
            reason=ErrorReason.ADAPTER_UNREADABLE.of(folder),
        )
    mine, its = base_fingerprint(config), fingerprint_in(folder)
    if mine is not None and its is not None:
        is_same, differs = mine == its, " as it is now: other weights or another tokenizer"
    else:
        is_same, differs = _is_same_name(made_for, config), ""
    if not is_same:
        raise TwinError(
            f"{folder}: made for base model '{made_for}', not '{config.model.base}'{differs}; "
            "train again or set [model] base back",
            reason=ErrorReason.ADAPTER_OF_OTHER_BASE.of(made_for),
        )
    if mine is not None and its is None:
        _stamp_earlier(folder, config, mine)


def stamp(folder: Path, base: str, fingerprint: str) -> None:
    """Note in an adapter's folder which base it belongs to. Raises TwinError."""
    write_json(folder / BASE, {"base": base, "fingerprint": fingerprint})


def fingerprint_in(folder: Path) -> str | None:
    """The fingerprint of the base that an adapter belongs to; None in one of an earlier version."""
    try:
        return str(json.loads((folder / BASE).read_text(encoding="utf-8"))["fingerprint"])
    except (OSError, ValueError, KeyError, TypeError):
        return None


def is_of_other_base(folder: Path, config: Config) -> bool:
    """Whether an adapter is known to belong to other weights than [model] base has now."""
    its = fingerprint_in(folder)
    try:
        return its is not None and base_fingerprint(config) not in (None, its)
    except TwinError:  # the base's files are broken, which is told elsewhere
        return False


def _is_same_name(made_for: str, config: Config) -> bool:
    """Whether both name the same base, or the same folder by two paths."""
    if made_for == config.model.base:
        return True
    one, other = config.beside(made_for), config.beside(config.model.base)
    return one.is_dir() and one.resolve() == other.resolve()


def _stamp_earlier(folder: Path, config: Config, fingerprint: str) -> None:
    try:
        stamp(folder, config.model.base, fingerprint)
    except TwinError as error:
        log.warning("%s: accepted by its base's name alone: %s", folder.name, error)
        return
    log.info(
        "%s: an adapter of an earlier version, accepted by its base's name; from now on it belongs "
        "to these weights",
        folder.name,
    )


def delete_forgotten(config: Config, db: Database) -> list[Path]:
    """Delete the files of adapters that were trained on a forgotten chat.

    Returns the folders that could not be deleted. The live adapter stays until another answers.
    Nobody writes these folders any more, so no lock is needed.
    """
    given_up = [a for a in list_adapters(db) if a.forgotten_at and a.status == "pruned"]
    folders = [config.path_of(adapter.path) for adapter in given_up]
    for folder in folders:
        shutil.rmtree(folder, ignore_errors=True)
    return [folder for folder in folders if folder.exists()]


def check_fits(folder: Path, network: Any) -> None:
    """Raises TwinError unless the adapter has a weight of the right shape for each of its layers:
    lora_A (rank, inputs) and lora_B (outputs, rank).

    peft would leave missing weights at zero without a warning.
    """
    from twin.engine.lora_layers import lora_shapes  # loads torch

    settings = json.loads((folder / ADAPTER_SETTINGS).read_text(encoding="utf-8"))
    wanted = lora_shapes(network, settings["target_modules"], settings["r"])
    _, found = _read(folder)
    if found == wanted:
        return
    missing, foreign = len(wanted.keys() - found.keys()), len(found.keys() - wanted.keys())
    other = sum(found[name] != wanted[name] for name in found.keys() & wanted.keys())
    raise TwinError(
        f"{folder}: {missing} weights are missing, {foreign} are foreign to the base model and "
        f"{other} have another shape; train again"
    )


def _read(folder: Path) -> tuple[str, Shapes]:
    """The base that the adapter was made for, and the shape of each weight by name."""
    try:
        settings = json.loads((folder / ADAPTER_SETTINGS).read_text(encoding="utf-8"))
        with safe_open(folder / ADAPTER_WEIGHTS, framework="numpy") as weights:
            shapes = {key: tuple(weights.get_slice(key).get_shape()) for key in weights.keys()}  # noqa: SIM118
        return str(settings["base_model_name_or_path"]), shapes
    except (OSError, ValueError, KeyError, TypeError, SafetensorError) as error:
        raise TwinError(
            f"{folder}: not a readable adapter ({type(error).__name__}); "
            "train again or choose another with `bot.py adapters promote`",
            reason=ErrorReason.ADAPTER_UNREADABLE.of(folder),
        ) from error
