"""Index what is new of the log: `python -m twin.memory --config FILE`, started by the bot.

It ends when there is nothing left, or when its stdin is closed.
"""

import argparse
import logging
import os
import sys
from pathlib import Path
from threading import Event, Thread

from storage.atomic_files import OWNER_ONLY
from storage.database import open_database
from storage.errors import TwinError
from twin.child_process import lower_priority
from twin.config.load import load_config
from twin.log_lines import log_to_stderr, without_secrets
from twin.memory.index import IndexedElsewhere, bring_up_to_date
from twin.terminal import one_line, tolerate_encodings

log = logging.getLogger(__name__)


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m twin.memory", description=__doc__)
    parser.add_argument("--config", type=Path, required=True)
    given = parser.parse_args(arguments)
    tolerate_encodings()
    log_to_stderr(logging.WARNING)
    lower_priority()
    stop = Event()
    Thread(target=_wait_for_the_end, args=[stop], daemon=True).start()
    try:
        config = load_config(given.config)
        db = open_database(config.database, create=False)
        bring_up_to_date(db, config, stop=stop.is_set)
    except IndexedElsewhere:
        return 0
    except TwinError as error:
        print(one_line(without_secrets(str(error))), file=sys.stderr)
        return error.exit_code
    return 0


def _wait_for_the_end(stop: Event) -> None:
    """Nothing is ever written there: who reads waits until it is closed."""
    os.read(sys.stdin.fileno(), 1)  # a buffer that is being read would abort Python at its end
    stop.set()


if __name__ == "__main__":
    os.umask(OWNER_ONLY)
    sys.exit(main())
