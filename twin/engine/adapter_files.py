"""Check an adapter's files: readable, whole and made for this base. Loads no torch."""

import json
import shutil
from pathlib import Path
from typing import Any

from safetensors import SafetensorError, safe_open
from sqlite_utils import Database

from storage.adapters import list_adapters
from storage.errors import TwinError
from storage.reasons import ErrorReason
from twin.config.schema import Config

ADAPTER_WEIGHTS = "adapter_model.safetensors"
ADAPTER_SETTINGS = "adapter_config.json"
Shapes = dict[str, tuple[int, ...]]


def check_adapter(folder: Path, base: str) -> None:
    """Raises TwinError unless the folder holds a readable adapter made for `base`."""
    made_for, shapes = _read(folder)
    if made_for != base:
        raise TwinError(
            f"{folder}: made for base model '{made_for}', not '{base}'; "
            "train again or set [model] base back",
            reason=ErrorReason.ADAPTER_OF_OTHER_BASE.of(made_for),
        )
    if not shapes:
        raise TwinError(
            f"{folder}: the adapter holds no weights; train again",
            reason=ErrorReason.ADAPTER_UNREADABLE.of(folder),
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
    settings = json.loads((folder / ADAPTER_SETTINGS).read_text(encoding="utf-8"))
    targets, rank = set(settings["target_modules"]), settings["r"]
    wanted: Shapes = {}
    for name, module in network.named_modules():
        if name.rpartition(".")[2] in targets:
            out, into = module.out_features, module.in_features  # weights in 4 bits have no shape
            wanted[f"base_model.model.{name}.lora_A.weight"] = (rank, into)
            wanted[f"base_model.model.{name}.lora_B.weight"] = (out, rank)
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
