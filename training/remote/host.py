"""Train for a twin of another machine: what `train --on` talks to, over stdin and stdout.

All that comes lies in one folder. It goes when it is asked for, or when nobody asked for a day.
"""

import contextlib
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import asdict
from pathlib import Path
from typing import IO, Any

from filelock import FileLock, Timeout

from storage.database import open_database
from storage.errors import InputError, TwinError
from storage.run_progress import progress_of
from storage.runs import latest_run
from training.remote import protocol
from training.remote.parcel import key_of
from training.remote.protocol import CutError
from twin.child_process import PROJECT
from twin.config.schema import DATABASE_NAME, Config
from twin.engine.base_fingerprint import base_fingerprint
from twin.engine.base_models import resolve_base
from twin.engine.bases.sources import is_packaged
from twin.places import program_version

PREFIX = "twin-training-"
BASE = "base"  # in the greeting: the fingerprint of this machine's base
KEY = re.compile(r"[0-9a-f]{32}")
PARCEL, PART, RESULT, ERROR = "parcel.json", "parcel.part", "result.json", "error.txt"
WEIGHTS = "weights.safetensors"
BROUGHT = (RESULT, WEIGHTS)
ASKED, KEEPER, LOCK = "asked", "keeper.pid", "keeper.lock"
KEEP_S = 24 * 3600.0
STOP_TRIES, STOP_TRY_S = 200, 0.05


def serve(questions: IO[bytes], answers: IO[bytes], greeting: dict[str, Any]) -> None:
    """Answer until the other side hangs up."""
    clear_away()
    with contextlib.suppress(CutError):
        protocol.write(answers, greeting)
        while True:
            asked, content = protocol.read(questions)
            try:
                told, answer = _answer(asked, content)
            except (TwinError, OSError) as error:
                told, answer = {"error": str(error)}, b""
            protocol.write(answers, told, answer)


def greeting(config: Config) -> dict[str, Any]:
    """The version, and which base this machine's settings have, where it is here already."""
    if os.name != "posix":
        raise InputError("only Linux and macOS train for other machines")
    if is_packaged(config.model.base):
        resolve_base(config)  # unpacks it at its first use
    return {protocol.GREETING: program_version(), BASE: base_fingerprint(config)}


def folder_of(key: str) -> Path:
    return Path(tempfile.gettempdir(), PREFIX + key)


def _answer(asked: dict[str, Any], content: bytes) -> tuple[dict[str, Any], bytes]:
    key = str(asked.get("key"))
    if not KEY.fullmatch(key):
        raise InputError("no key")
    folder = folder_of(key)
    _is_ours(folder)  # or nothing there is touched
    match asked.get("do"):
        case "end":
            return {"left": end(folder)}, b""
        case "put":
            _put(folder, key, int(asked["at"]), content, is_last=bool(asked["last"]))
        case "train":
            _begin(folder)
        case "get":
            return {}, _part_of(folder, str(asked["name"]), int(asked["at"]))
    return _state(folder), b""


def _state(folder: Path) -> dict[str, Any]:
    """What there is of it: "absent", "partial" with how much came, "ready", "training" with how
    far it is, "done" or "failed" with the error.
    """
    if not _is_ours(folder):
        return {"state": "absent"}
    (folder / ASKED).touch()
    if (folder / RESULT).exists():
        return {"state": "done"}
    if (folder / ERROR).exists():
        return {"state": "failed", "why": (folder / ERROR).read_text(encoding="utf-8")}
    if is_kept(folder):
        return {"state": "training", **_how_far(folder)}
    if (folder / PARCEL).exists():
        return {"state": "ready"}
    part = folder / PART
    return {"state": "partial", "has": part.stat().st_size if part.exists() else 0}


def _how_far(folder: Path) -> dict[str, Any]:
    if not (folder / DATABASE_NAME).exists():
        return {}
    db = open_database(folder / DATABASE_NAME, create=False)
    try:
        run = latest_run(db, "running")
        progress = progress_of(db, run) if run else None
        return {"beat": run.heartbeat_at, **asdict(progress)} if run and progress else {}
    finally:
        db.close()


def _is_ours(folder: Path) -> bool:
    """Not a link or a folder that somebody else put there."""
    try:
        found = folder.lstat()
    except FileNotFoundError:
        return False
    is_mine = not hasattr(os, "getuid") or found.st_uid == os.getuid()
    if not folder.is_dir() or folder.is_symlink() or not is_mine:
        raise InputError(f"{folder}: is somebody else's")
    return True


def _put(folder: Path, key: str, at: int, content: bytes, *, is_last: bool) -> None:
    if not _is_ours(folder):
        folder.mkdir(mode=0o700)
    part = folder / PART
    with part.open("ab") as file:
        if file.tell() != at:
            raise InputError(f"has {file.tell()} bytes, not {at}")
        file.write(content)
    if not is_last:
        return
    if key_of(part.read_bytes()) != key:
        part.unlink()
        raise InputError("other bytes came than were sent; try again")
    part.rename(folder / PARCEL)


def _part_of(folder: Path, name: str, at: int) -> bytes:
    if name not in BROUGHT:
        raise InputError(f"{name}: no result")
    with (folder / name).open("rb") as file:
        file.seek(at)
        return file.read(protocol.MOST_AT_ONCE)


def _begin(folder: Path) -> None:
    """Start the keeper, which outlives this connection. Returns when it holds the folder."""
    if not (folder / PARCEL).exists():
        raise InputError("nothing to train on came")
    subprocess.run(
        [sys.executable, "-m", "training.remote.keeper", str(folder)],
        cwd=PROJECT,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        check=False,
    )


def is_kept(folder: Path) -> bool:
    """Whether a keeper lives that trains there or holds the result."""
    try:
        with FileLock(folder / LOCK).acquire(timeout=0):
            return False
    except Timeout:
        return True


def end(folder: Path) -> list[str]:
    """Stop what computes there and delete the folder; what of it could not be deleted."""
    if not _is_ours(folder):
        return []
    _stop(folder)
    shutil.rmtree(folder, ignore_errors=True)
    return sorted(path.relative_to(folder.parent).as_posix() for path in folder.rglob("*"))


def _stop(folder: Path) -> None:
    """Its keeper and whatever that started."""
    for _ in range(STOP_TRIES):
        if not is_kept(folder):
            return
        with contextlib.suppress(OSError, ValueError):
            os.killpg(int((folder / KEEPER).read_text()), signal.SIGKILL)
        time.sleep(STOP_TRY_S)


def clear_away() -> None:
    """What a killed keeper left, once nobody asked for it so long."""
    for folder in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
        with contextlib.suppress(OSError, TwinError):
            if (
                _is_ours(folder)
                and not is_kept(folder)
                and time.time() - last_asked(folder) > KEEP_S
            ):
                end(folder)


def last_asked(folder: Path) -> float:
    """In seconds as `time.time`."""
    asked = folder / ASKED
    return (asked if asked.exists() else folder).stat().st_mtime
