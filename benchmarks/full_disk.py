"""Train on a full disk: `python -m benchmarks.full_disk FOLDER`.

FOLDER is an empty one on a small file system of its own, made for example by
`mount -t tmpfs -o size=60m tmpfs FOLDER`. A tiny twin with a live adapter is trained there; then
the disk is filled up to each of FREE_KB and the trainer is started again. Prints its message, which
adapter is live, and whether training works once there is space again.
"""

import argparse
import os
import subprocess
from pathlib import Path

from storage.adapters import live_adapter
from storage.database import open_database
from storage.errors import TwinError
from tests.training.tiny_twin import exchange_messages, tiny_twin
from training.scheduling.trainer_process import trainer_command
from twin.child_process import process_options
from twin.config.schema import Config
from twin.engine.adapter_files import check_adapter

FREE_KB = (0, 40, 100, 200, 400, 800)


def main(folder: Path) -> None:
    config = tiny_twin(folder)
    _add_messages(config, 0)
    print(f"with space: {_train(config)}")
    for number, free_kb in enumerate(FREE_KB, start=1):
        _add_messages(config, number * 40)
        filler = _fill(folder, free_kb)
        print(f"\n{free_kb} KB free: {_train(config)}\n  {_live(config)}")
        filler.unlink()
        print(f"  space again: {_train(config)}\n  {_live(config)}")


def _add_messages(config: Config, start: int) -> None:
    db = open_database(config.database)
    exchange_messages(db, start, 40)
    db.conn.close()


def _fill(folder: Path, free_kb: int) -> Path:
    path = folder / "filler"
    with path.open("wb") as file:
        space = os.statvfs(folder)
        file.write(b"\0" * max(0, space.f_bavail * space.f_frsize - free_kb * 1024))
    return path


def _train(config: Config) -> str:
    options = process_options() | {"stderr": subprocess.PIPE, "text": True}
    ended = subprocess.run(trainer_command(config.path, "benchmark"), check=False, **options)
    lines = ended.stderr.strip().splitlines()
    message = lines[-1] if ended.returncode else "done"
    trace = ", with a traceback" if "Traceback" in ended.stderr else ""
    return f"exit {ended.returncode}{trace}: {message}"


def _live(config: Config) -> str:
    try:
        db = open_database(config.database)
    except TwinError:
        return "with no space at all, the database can't be opened"
    try:
        live = live_adapter(db)
        assert live is not None
        check_adapter(config.path_of(live.path), config)
        return f"{live.name} is live and whole, {db['messages'].count} messages in the log"
    finally:
        db.conn.close()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m benchmarks.full_disk", description=__doc__)
    parser.add_argument("folder", type=Path)
    main(parser.parse_args().folder)
