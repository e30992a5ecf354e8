"""Kill a run by -9 at one step of its end: `python -m tests.training.crash CONFIG STEP [NIGHT]`.

Nothing of the process gets to tidy up, which no exception can play.
"""

import os
import shutil
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from storage import adapters, atomic_files, runs
from storage.database import open_database
from training import artifacts, finalize, run, train
from twin.config.load import load_config


def _die(*_: Any, **__: Any) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def _before(owner: Any, name: str) -> None:
    getattr(owner, name)  # else nothing would be killed there
    setattr(owner, name, _die)


def _after(owner: Any, name: str) -> None:
    real = getattr(owner, name)

    def doomed(*given: Any, **more: Any) -> None:
        real(*given, **more)
        _die()

    setattr(owner, name, doomed)


def _at_the_end(owner: Any, name: str) -> None:
    """Once the verdict is in effect; before it, the same functions tidy up too."""
    real = vars(run)["evaluate_and_finalize"]

    def finalized(*given: Any) -> Any:
        result = real(*given)
        _after(owner, name)
        return result

    vars(run)["evaluate_and_finalize"] = finalized


STEPS: dict[str, Callable[[], None]] = {
    "before the adapter is saved": lambda: _before(train, "save_adapter"),
    "before its files are on the disk": lambda: _before(atomic_files, "sync"),
    "after it has its name": lambda: _after(train, "save_adapter"),
    "after it is a candidate": lambda: _after(train, "register_adapter"),
    "after it was judged": lambda: _after(finalize, "evaluate_models"),
    "after the report": lambda: _after(finalize, "write_report"),
    "before the verdict": lambda: _before(adapters, "record_verdict"),
    "within the verdict's transaction": lambda: _after(adapters, "_make_live"),
    "before its commit": lambda: _after(runs, "finish_run"),
    "after its commit": lambda: _after(run, "evaluate_and_finalize"),
    "when old adapters are marked": lambda: _at_the_end(artifacts, "prune"),
    "when their files are deleted": lambda: _at_the_end(shutil, "rmtree"),
}


def main(config_file: Path, step: str, night: str | None = None) -> None:
    config = load_config(config_file)
    db = open_database(config.database)
    STEPS[step]()
    run.run_training(config, db, "test", night=night, show=False)


if __name__ == "__main__":
    main(Path(sys.argv[1]), *sys.argv[2:])
