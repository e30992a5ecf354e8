"""Make or check a backup beside the bot: `python -m twin.backup --config FILE make PATH`.

The first line of stdin is the passphrase, in JSON. It answers in lines of JSON, and ends early when
its stdin is closed.
"""

import argparse
import json
import os
import signal
import sys
from _thread import interrupt_main
from collections.abc import Mapping
from pathlib import Path
from threading import Thread
from typing import Any

from storage.atomic_files import OWNER_ONLY
from storage.errors import TwinError
from storage.texts import Text, joined
from twin.backup.archive import Told
from twin.backup.contents import bytes_to_keep
from twin.backup.encryption import is_encrypted
from twin.backup.make import make_backup
from twin.backup.restore import check
from twin.child_process import lower_priority
from twin.config.load import load_config
from twin.config.schema import Config


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m twin.backup", description=__doc__)
    parser.add_argument("--config", type=Path, required=True)
    parser.add_argument("--idle", action="store_true", help="nobody waits for it")
    parser.add_argument("--secrets", action="store_true")
    parser.add_argument("what", choices=("make", "check"))
    parser.add_argument("path", type=Path)
    given = parser.parse_args(arguments)
    if given.idle:
        lower_priority()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # what is half done is deleted
    passphrase = json.loads(sys.stdin.readline())
    Thread(target=_wait_for_the_end, daemon=True).start()
    try:
        _say({"done": _work(given, load_config(given.config), passphrase)})
    except TwinError as error:
        text = error.message if isinstance(error.message, Text) else joined("", [error.message])
        values = {name: str(value) for name, value in text.values.items()}
        _say({"error": text.template, "values": values, "reason": error.reason})
        return error.exit_code
    return 0


def _work(given: argparse.Namespace, config: Config, passphrase: str | None) -> Mapping[str, Any]:
    path: Path = given.path
    if given.what == "make":
        told = _share_told(config, secrets=given.secrets)
        made = make_backup(config, path, passphrase=passphrase, secrets=given.secrets, told=told)
        return {"files": len(made.files)}
    found = check(path, passphrase if is_encrypted(path) else None, lambda _: None)
    return {"messages": found.messages, "chats": found.chats, "adapters": found.adapters}


def _share_told(config: Config, *, secrets: bool) -> Told:
    """Says each time when one more of a hundred parts was read."""
    total = bytes_to_keep(config, secrets=secrets)
    done = percent = 0

    def told(count: int) -> None:
        nonlocal done, percent
        done += count
        if (now := min(99, 100 * done // max(1, total))) != percent:
            percent = now
            _say({"percent": percent})

    return told


def _say(what: Mapping[str, Any]) -> None:
    print(json.dumps(what), flush=True)


def _wait_for_the_end() -> None:
    """Nothing more is ever written there: who reads waits until it is closed."""
    os.read(sys.stdin.fileno(), 1)
    interrupt_main(signal.SIGTERM)


if __name__ == "__main__":
    os.umask(OWNER_ONLY)
    sys.exit(main())
