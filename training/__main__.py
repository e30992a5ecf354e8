"""Run a training as a process of its own: `python -m training --config FILE --reason WHY`."""

import argparse
import json
import os
import signal
import sys
from pathlib import Path
from types import FrameType

from storage.atomic_files import OWNER_ONLY
from storage.database import open_database
from storage.errors import TwinError
from storage.reasons import RunReason
from twin.child_process import lower_priority
from twin.config.load import DEFAULT_FILE, load_config
from twin.log_lines import log_to_stderr, without_secrets
from twin.terminal import one_line, tolerate_encodings


def main(arguments: list[str] | None = None) -> int:
    """The exit code. With --json, the result is the one thing on stdout."""
    parser = argparse.ArgumentParser(prog="python -m training", description=__doc__)
    parser.add_argument("--config", type=Path, default=DEFAULT_FILE)
    parser.add_argument("--reason", default=RunReason.MANUAL, help="kept with the run")
    parser.add_argument("--night", help="YYYY-MM-DD: the night that it counts for")
    parser.add_argument("--alpaca", type=Path, help="train on this file instead of the log")
    parser.add_argument("--max-steps", type=int, help="stop after so many steps")
    parser.add_argument("--json", action="store_true", help="print the result as JSON")
    given = parser.parse_args(arguments)
    tolerate_encodings()
    log_to_stderr()
    if given.night:  # nobody waits for it; whoever starts one by hand does
        lower_priority()
    signal.signal(signal.SIGTERM, _terminated)
    try:
        config = load_config(given.config)
        db = open_database(config.database, create=False)
        # Here, not at the top: a wrong setting is told at once, torch takes seconds to load.
        from training.processes import is_left_to_first
        from training.run import run_training

        if is_left_to_first():
            return 0
        result = run_training(
            config, db, given.reason, given.alpaca, given.max_steps, night=given.night
        )
    except TwinError as error:
        print(one_line(without_secrets(str(error))), file=sys.stderr)
        return error.exit_code
    if given.json:
        print(json.dumps(result))
    else:
        print(result.get("summary") or f"skipped: {result['skipped']}")
    return 0


def _terminated(number: int, frame: FrameType | None) -> None:
    """Leave by an exception, so that the run is recorded as stopped."""
    raise SystemExit(128 + number)


if __name__ == "__main__":
    os.umask(OWNER_ONLY)
    sys.exit(main())
