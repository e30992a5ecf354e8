"""Files of a run: checkpoints, and the adapter, which is complete on the disk or not there."""

import contextlib
import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from sqlite_utils import Database

from storage.adapters import list_adapters, prune
from storage.atomic_files import replaced_folder
from twin.config.schema import Config
from twin.engine.adapter_files import stamp
from twin.engine.base_fingerprint import base_fingerprint

FOLDER = "adapters"
KEPT_SCORES = "kept-scores.json"  # what the judge need not ask again (training/evaluation)


def save_adapter(config: Config, model: Any, name: str) -> Path:
    """The adapter's folder."""
    # The base's name, not where its files lie today: people are shown it.
    model.peft_config["default"].base_model_name_or_path = config.model.base
    with adapter_folder(config, name) as scratch:
        model.save_pretrained(scratch, safe_serialization=True, save_embedding_layers=False)
    return config.path_of(FOLDER, name)


@contextlib.contextmanager
def adapter_folder(config: Config, name: str) -> Iterator[Path]:
    """To write an adapter in. It has its name only when everything in it is on the disk."""
    fingerprint = base_fingerprint(config)
    with replaced_folder(config.path_of(FOLDER, name)) as scratch:
        yield scratch
        if fingerprint is not None:
            stamp(scratch, config.model.base, fingerprint)


def clear_away(config: Config, db: Database) -> None:
    """Delete the files of adapters that are not kept or that a killed run never registered.

    Call it under the training lock: nobody may be writing an adapter.
    """
    prune(db, config.train.keep)
    kept = {config.path_of(a.path) for a in list_adapters(db) if a.status != "pruned"}
    folder = config.path_of(FOLDER)
    # By our own names: what somebody else put there is theirs.
    for path in (*folder.glob("*-run*"), *folder.glob(".*-run*.tmp")):
        if path not in kept:
            shutil.rmtree(path, ignore_errors=True)


def runs_folder(config: Config) -> Path:
    return config.path_of("runs")


def run_folder(config: Config, run_id: int) -> Path:
    return runs_folder(config) / str(run_id)


def keep_only(folder: Path) -> None:
    """Checkpoints of other runs will never be resumed: only the newest run can be."""
    folder.mkdir(parents=True, exist_ok=True)
    for other in folder.parent.iterdir():
        if other != folder:
            shutil.rmtree(other, ignore_errors=True)


def last_checkpoint(folder: Path) -> Path | None:
    """The newest complete checkpoint. The state file is written last, so it tells."""
    found = sorted(
        folder.glob("checkpoint-*"),
        key=lambda path: int(path.name.rpartition("-")[2]),
        reverse=True,
    )
    for checkpoint in found:
        with contextlib.suppress(OSError, ValueError):
            json.loads((checkpoint / "trainer_state.json").read_text(encoding="utf-8"))
            return checkpoint
    return None
