"""Kill the trainer (SIGKILL) at random moments: `python -m benchmarks.killed_trainer FOLDER`.

Trains a twin on a tiny model once undisturbed, then again on the same log while it is killed ten
times at random moments. Prints the phase in which each kill came, which adapter was live then, and
whether the weights are the same in the end.
"""

import argparse
import json
import random
import subprocess
import time
from pathlib import Path
from typing import Any

from sqlite_utils import Database

from storage.adapters import live_adapter
from storage.database import open_database
from storage.runs import latest_run
from tests.training.tiny_twin import exchange_messages, tiny_twin
from training.scheduling.trainer_process import trainer_command
from twin.child_process import process_options
from twin.config.schema import Config
from twin.engine.adapter_files import check_adapter

PAIRS = 400


def main(folder: Path, kills: int, seed: int) -> None:
    quiet, disturbed = (_twin(folder / name) for name in ("quiet", "disturbed"))
    started = time.monotonic()
    undisturbed = _finish(quiet)
    length = time.monotonic() - started
    print(f"undisturbed: {length:.0f} s, loss {undisturbed['loss']:.4f}")
    drawn = random.Random(seed)
    for number in range(1, kills + 1):
        _kill(disturbed, number, drawn.uniform(1, length * 0.9))
    result = _finish(disturbed)
    same = _weights(quiet, undisturbed) == _weights(disturbed, result)
    print(f"after {kills} kills: loss {result['loss']:.4f}, the weights are "
          f"{'the same, byte for byte' if same else 'others'}")  # fmt: skip


def _twin(folder: Path) -> Config:
    folder.mkdir(parents=True)
    config = tiny_twin(folder, save_steps=4)
    db = open_database(config.database)
    exchange_messages(db, 0, PAIRS)
    db.conn.close()
    return config


def _start(config: Config) -> subprocess.Popen[bytes]:
    options = process_options() | {"stdout": subprocess.PIPE, "stderr": subprocess.DEVNULL}
    return subprocess.Popen(trainer_command(config.path, "benchmark"), **options)


def _finish(config: Config) -> dict[str, Any]:
    output, _ = _start(config).communicate()
    result: dict[str, Any] = json.loads(output)
    return result


def _kill(config: Config, number: int, seconds: float) -> None:
    process = _start(config)
    try:
        process.communicate(timeout=seconds)
        print(f"kill {number}: it had ended before")
        return
    except subprocess.TimeoutExpired:
        process.kill()
        process.communicate()
    db = open_database(config.database)
    print(f"kill {number} after {seconds:.0f} s: {_phase(db)}; {_live(config, db)}")
    db.conn.close()


def _phase(db: Database) -> str:
    run = latest_run(db)
    if run is None:
        return "before the run began"
    sql = "SELECT COALESCE(MAX(step), 0) FROM training_metrics WHERE run_id = ?"
    step = db.execute(sql, [run.id]).fetchone()[0]
    trained = db.execute("SELECT COUNT(*) FROM adapters WHERE run_id = ?", [run.id]).fetchone()[0]
    where = "during evaluation" if trained else f"about step {step}"
    return f"run {run.id}, attempt {run.attempts}, {where}"


def _live(config: Config, db: Database) -> str:
    live = live_adapter(db)
    if live is None:
        return "the base is live"
    check_adapter(config.path_of(live.path), config)
    return f"{live.name} is live and whole"


def _weights(config: Config, result: dict[str, Any]) -> bytes:
    path = config.path_of("adapters", result["adapter"], "adapter_model.safetensors")
    return path.read_bytes()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.killed_trainer", description=__doc__
    )
    parser.add_argument("folder", type=Path)
    parser.add_argument("--kills", type=int, default=10)
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    main(given.folder, given.kills, given.seed)
