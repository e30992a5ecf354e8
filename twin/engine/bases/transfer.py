"""Fetch one file: go on where an earlier try was cut off, and check what came."""

import hashlib
import logging
from collections.abc import Callable, Mapping
from pathlib import Path
from threading import Event

import httpx2
from huggingface_hub.utils import get_session

from storage.errors import TwinError, cause_of
from storage.texts import Text
from twin.engine.bases.hubs import HubFile

log = logging.getLogger(__name__)

PART = ".part"
TRIES = 6  # in a row without a new byte
LONGEST_WAIT_S = 60.0
TIMEOUT = httpx2.Timeout(30.0)
_AGAIN = {408, 425, 429, 500, 502, 503, 504}
_BLOCK = 2**20


class FetchCancelledError(TwinError):
    """Whoever asked for it does not want it any more. What came so far is kept."""


class _Again(Exception):
    """A try failed that may go better the next time. wait_s: as the server asks, or None."""

    def __init__(self, cause: str, wait_s: float | None = None) -> None:
        super().__init__(cause)
        self.wait_s = wait_s


def fetch_file(
    file: HubFile,
    target: Path,
    headers: Mapping[str, str],
    on_bytes: Callable[[int], None],
    cancel: Event,
) -> None:
    """Bring a file to `target`, which is complete and checked when it is there.

    on_bytes: called with how many bytes of it are here. Raises TwinError; FetchCancelledError once
    `cancel` is set; HTTPStatusError where the hub refuses; OSError for a disk that takes no more.
    """
    part = target.with_name(target.name + PART)
    resumed = part.exists()
    _fill(file, part, headers, on_bytes, cancel)
    if not has_digest(part, file.digest) and resumed:
        log.info("%s: what an earlier try left belongs to another version", file.name)
        part.unlink()
        _fill(file, part, headers, on_bytes, cancel)
    if not has_digest(part, file.digest):
        part.unlink()
        raise TwinError(
            Text(
                "{file}: what came has another checksum than the hub names; try again, or another "
                "[model] hub",
                file=file.name,
            )
        )
    part.replace(target)


def has_digest(path: Path, digest: str) -> bool:
    """Whether a file has this SHA-256, or git's SHA-1."""
    if len(digest) == 64:
        made = hashlib.sha256()
    else:
        made = hashlib.sha1(b"blob %d\0" % path.stat().st_size, usedforsecurity=False)
    with path.open("rb") as content:
        while block := content.read(_BLOCK):
            made.update(block)
    return made.hexdigest() == digest


def _fill(
    file: HubFile,
    part: Path,
    headers: Mapping[str, str],
    on_bytes: Callable[[int], None],
    cancel: Event,
) -> None:
    failures = 0
    part.touch()
    while (here := part.stat().st_size) != file.size:
        try:
            _continue(file, part, headers, on_bytes, cancel)
        except (_Again, httpx2.RequestError) as error:
            grew = part.stat().st_size > here
            failures = 1 if grew else failures + 1
            if failures >= TRIES:
                raise _cut_off(file, error) from error
            asked = error.wait_s if isinstance(error, _Again) else None
            cancel.wait(min(2.0 ** (failures - 1) if asked is None else asked, LONGEST_WAIT_S))
        _check(cancel)
    on_bytes(file.size)


def _continue(
    file: HubFile,
    part: Path,
    headers: Mapping[str, str],
    on_bytes: Callable[[int], None],
    cancel: Event,
) -> None:
    """Append what one answer brings. A server that sends all of it again is taken at its word."""
    _check(cancel)
    here = part.stat().st_size
    if here > file.size:
        part.write_bytes(b"")
        here = 0
    ranged = {"Range": f"bytes={here}-"} if here else {}
    asked = {**headers, **ranged, "Accept-Encoding": "identity"}
    with get_session().stream("GET", file.url, headers=asked, timeout=TIMEOUT) as answer:
        goes_on = _goes_on(answer, file, part, here)
        with part.open("ab" if goes_on else "wb") as content:
            here = here if goes_on else 0
            for block in answer.iter_bytes():
                _check(cancel)
                here += len(block)
                if here > file.size:
                    content.truncate(0)
                    raise _Again(f"more than the {file.size} bytes of it came")
                content.write(block)
                on_bytes(here)
    if here < file.size:
        raise _Again(f"the connection ended after {here} of {file.size} bytes")


def _goes_on(answer: httpx2.Response, file: HubFile, part: Path, here: int) -> bool:
    """Whether the answer begins where the part ends; otherwise it is the whole file."""
    if answer.status_code == 416:  # there is nothing behind the part: it is another file's
        part.write_bytes(b"")
        raise _Again("the server has no such range of it")
    if answer.status_code in _AGAIN:
        raise _Again(f"error {answer.status_code}", _seconds(answer.headers.get("Retry-After")))
    answer.raise_for_status()
    if answer.status_code == 200:
        return False
    if not answer.headers.get("Content-Range", "").startswith(f"bytes {here}-"):
        part.write_bytes(b"")
        raise _Again("the server sent another range than was asked for")
    return True


def _seconds(retry_after: str | None) -> float | None:
    return float(retry_after) if retry_after and retry_after.isdecimal() else None


def _check(cancel: Event) -> None:
    if cancel.is_set():
        raise FetchCancelledError(Text("fetching was ended; it goes on from here the next time"))


def _cut_off(file: HubFile, error: Exception) -> TwinError:
    return TwinError(
        Text(
            "{file}: the connection failed {tries} times ({cause}); fetch again, and it goes on "
            "from here",
            file=file.name,
            tries=TRIES,
            cause=cause_of(error, 120) or type(error).__name__,
        )
    )
