"""The adapter's files: complete and on the disk, or not there at all."""

import shutil
from pathlib import Path
from typing import Any

from sqlite_utils import Database

from storage.adapters import list_adapters, prune
from storage.atomic_files import replaced_folder
from twin.config.schema import Config

FOLDER = "adapters"


def save_adapter(config: Config, model: Any, name: str) -> Path:
    """The adapter's folder. It bears its name only when everything in it is on the disk."""
    target = config.path_of(FOLDER, name)
    # The base's name, not where its files lie today: check_adapter compares it.
    model.peft_config["default"].base_model_name_or_path = config.model.base
    with replaced_folder(target) as scratch:
        model.save_pretrained(scratch, safe_serialization=True, save_embedding_layers=False)
    return target


def clear_away(config: Config, db: Database) -> None:
    """Delete the files of adapters that are not kept, and of those that a killed run never entered.

    Call it under the training lock: nobody may be writing an adapter.
    """
    prune(db, config.train.keep)
    kept = {config.path_of(a.path) for a in list_adapters(db) if a.status != "pruned"}
    folder = config.path_of(FOLDER)
    # By our own names: what somebody else put there is his.
    for path in (*folder.glob("*-run*"), *folder.glob(".*-run*.tmp")):
        if path not in kept:
            shutil.rmtree(path, ignore_errors=True)
