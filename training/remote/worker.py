"""Train in a folder that came from another machine: `python -m training.remote.worker FOLDER`.

The folder is a twin without messages: a database for the run alone, and one adapter.
"""

import hashlib
import json
import os
import shutil
import sys
from pathlib import Path
from typing import Any

from sqlite_utils import Database

from storage import runs
from storage.adapters import Adapter, candidate_of
from storage.atomic_files import OWNER_ONLY, write_json, write_text
from storage.chat_deletion import times_forgotten
from storage.database import open_database
from storage.errors import TwinError
from storage.run_progress import note_waiting
from training.progress_bar import Progress
from training.remote.host import ERROR, PARCEL, RESULT, WEIGHTS
from training.remote.parcel import Parcel, unpacked
from training.scheduling.lifecycle import one_at_a_time, recorded
from training.scheduling.turn import my_turn
from training.train import train
from twin.config.load import load_config
from twin.config.schema import Config
from twin.engine.adapter_files import ADAPTER_WEIGHTS
from twin.engine.base_models import resolve_base
from twin.engine.device import choose_device


def work(folder: Path) -> None:
    """Train on the parcel in `folder` and put the result beside it. Raises TwinError."""
    parcel = unpacked((folder / PARCEL).read_bytes())
    config = settings_for(load_config(), parcel, folder)
    with one_at_a_time(config), Progress(show=False) as progress:
        db = open_database(config.database)
        run_id = _run(db)
        with recorded(config, db, run_id):
            adapter = candidate_of(db, run_id) or _train(config, db, run_id, parcel, progress)
        _write_result(folder, config, db, adapter)
        db.close()


def settings_for(own: Config, parcel: Parcel, folder: Path) -> Config:
    """This machine's own model and device, and the samples' training."""
    model = own.model.model_copy(update={"base": str(resolve_base(own))})
    judge = own.judge.model_copy(update={"canaries": parcel.canaries})
    changed = {"model": model, "judge": judge, "train": parcel.settings(own.train), "data": folder}
    return own.model_copy(update=changed)


def _run(db: Database) -> int:
    """The one run of this folder, which a killed process may have begun."""
    runs.fail_orphans(db)
    last = runs.latest_run(db)
    if last is None:
        return runs.start_run(db, "remote", os.getpid())
    runs.reopen_run(db, last.id, os.getpid())
    return last.id


def _train(
    config: Config, db: Database, run_id: int, parcel: Parcel, progress: Progress
) -> Adapter:
    def on_wait(waits: bool) -> None:
        note_waiting(db, run_id, waits)

    with my_turn(choose_device(config.model), on_wait):
        return train(
            config, db, run_id, parcel.built(), parcel.max_steps, progress, times_forgotten(db)
        )


def _write_result(folder: Path, config: Config, db: Database, adapter: Adapter) -> None:
    """The weights, then what is said of them: where that is, all is there."""
    weights = folder / WEIGHTS
    shutil.copyfile(config.path_of(adapter.path) / ADAPTER_WEIGHTS, weights)
    metrics: dict[str, Any] = json.loads(adapter.metrics or "{}")
    assert adapter.run_id is not None
    curves = {name: runs.curve(db, adapter.run_id, name) for name in ("loss", "learning_rate")}
    told = ("steps", "tokens", "tokens_per_second", "resumed")
    result = {name: metrics[name] for name in told} | curves
    result |= {
        "bytes": weights.stat().st_size,
        "sha256": hashlib.sha256(weights.read_bytes()).hexdigest(),
    }
    write_json(folder / RESULT, result)


def main(folder: Path) -> int:
    try:
        work(folder)
    except TwinError as error:
        write_text(folder / ERROR, str(error))
        return error.exit_code
    # boundary: the words of a library may quote what friends wrote
    except Exception as error:
        write_text(folder / ERROR, type(error).__name__)
        return 1
    return 0


if __name__ == "__main__":
    os.umask(OWNER_ONLY)
    sys.exit(main(Path(sys.argv[1])))
