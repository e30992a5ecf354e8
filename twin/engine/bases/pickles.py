"""Bases whose makers publish pickled weights (pytorch_model.bin) and no safetensors."""

import json
import logging
import re
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from threading import Event

from storage.errors import InputError
from storage.texts import Text
from twin.child_process import bare_environment, process_options
from twin.engine.bases.transfer import FetchCancelledError

log = logging.getLogger(__name__)

PICKLE_INDEX, PICKLE = "pytorch_model.bin.index.json", "pytorch_model.bin"
PICKLE_PART = re.compile(r"pytorch_model-\d+-of-\d+\.bin")
TIMEOUT_S, POLL_S = 3600.0, 0.5


def pickles_in(folder: Path) -> list[Path]:
    """The files that hold the weights; empty where there are none. Raises InputError where one of
    them is missing.
    """
    if (folder / PICKLE).is_file():
        return [folder / PICKLE]
    names = sorted(set(_weight_map(folder).values()))
    for name in names:
        if not PICKLE_PART.fullmatch(name) or not (folder / name).is_file():
            raise InputError(f"{PICKLE_INDEX} names {name:.80}, which is missing")
    return [folder / name for name in names]


def named_tensors(folder: Path) -> list[str]:
    """What the index of several files says there is."""
    return [] if (folder / PICKLE).is_file() else sorted(_weight_map(folder))


def _weight_map(folder: Path) -> Mapping[str, str]:
    index = folder / PICKLE_INDEX
    if not index.is_file():
        return {}
    try:
        found = json.loads(index.read_text(encoding="utf-8"))["weight_map"]
        return {str(tensor): str(file) for tensor, file in found.items()}
    except (OSError, ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
        raise InputError(f"{PICKLE_INDEX} is not readable") from error


def convert(folder: Path, cancel: Event | None = None) -> None:
    """Write the weights as safetensors into the same folder, beside the pickles. Blocks.

    They are read in a process that has no network, starts nothing and has limited memory. Raises
    InputError, one line, for files that hold anything else than weights.
    """
    log.info("writing the weights in %s as safetensors", folder)
    command = [sys.executable, "-m", "twin.engine.bases.unpickle", str(folder.resolve())]
    options = process_options(idle=False) | {"stderr": subprocess.PIPE, "env": bare_environment()}
    end = time.monotonic() + TIMEOUT_S
    with subprocess.Popen(command, text=True, errors="replace", **options) as process:
        while True:
            try:
                _, said = process.communicate(timeout=POLL_S)
                break
            except subprocess.TimeoutExpired:
                if time.monotonic() > end or (cancel is not None and cancel.is_set()):
                    process.kill()
            except BaseException:
                process.kill()
                raise
    if cancel is not None and cancel.is_set():
        raise FetchCancelledError(Text("fetching was ended"))
    if process.returncode:
        cause = (said.strip().splitlines() or [f"ended by {process.returncode}"])[-1]
        raise InputError(
            Text(
                "{folder}: its pickled weights can't be used: {cause}; choose another base",
                folder=folder,
                cause=cause[:250],
            )
        )
