"""Fetch one file: go on where an earlier try was cut off, and check what came."""

import hashlib
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from threading import Event

import httpx2
from huggingface_hub.utils import get_session

from storage.errors import TwinError, cause_of
from storage.texts import Text
from twin.engine.bases.hubs import HubFile

log = logging.getLogger(__name__)

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
    part = part_of(target)
    resumed = part.exists()
    way = _Way(file, part, headers, on_bytes, cancel)
    way.fill()
    is_right = has_digest(part, file.digest)
    if not is_right and resumed:
        log.info("%s: what an earlier try left belongs to another version", file.name)
        part.unlink()
        way.fill()
        is_right = has_digest(part, file.digest)
    if not is_right:
        part.unlink()
        raise TwinError(
            Text(
                "{file}: what came has another checksum than the hub names; try again, or another "
                "[model] hub",
                file=file.name,
            )
        )
    part.replace(target)


def part_of(target: Path) -> Path:
    """Where a file is while it comes."""
    return target.with_name(f"{target.name}.part")


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


@dataclass(frozen=True, slots=True)
class _Way:
    """One file's way from a hub into its part."""

    file: HubFile
    part: Path
    headers: Mapping[str, str]
    on_bytes: Callable[[int], None]
    cancel: Event

    def fill(self) -> None:
        """Ask until all of it is here."""
        failures = 0
        self.part.touch()
        while (here := self.part.stat().st_size) != self.file.size:
            try:
                self._continue()
            except (_Again, httpx2.RequestError) as error:
                grew = self.part.stat().st_size > here
                failures = 1 if grew else failures + 1
                if failures >= TRIES:
                    raise _cut_off(self.file, error) from error
                asked = error.wait_s if isinstance(error, _Again) else None
                wait_s = 2.0 ** (failures - 1) if asked is None else asked
                self.cancel.wait(min(wait_s, LONGEST_WAIT_S))
            self._check()
        self.on_bytes(self.file.size)

    def _continue(self) -> None:
        """Append an answer. A server that sends all of the file again is taken at its word."""
        self._check()
        size, here = self.file.size, self.part.stat().st_size
        if here > size:
            self.part.write_bytes(b"")
            here = 0
        ranged = {"Range": f"bytes={here}-"} if here else {}
        asked = {**self.headers, **ranged, "Accept-Encoding": "identity"}
        with get_session().stream("GET", self.file.url, headers=asked, timeout=TIMEOUT) as answer:
            goes_on = self._goes_on(answer, here)
            with self.part.open("ab" if goes_on else "wb") as content:
                here = here if goes_on else 0
                for block in answer.iter_bytes():
                    self._check()
                    here += len(block)
                    if here > size:
                        content.truncate(0)
                        raise _Again(f"more than the {size} bytes of it came")
                    content.write(block)
                    self.on_bytes(here)
        if here < size:
            raise _Again(f"the connection ended after {here} of {size} bytes")

    def _goes_on(self, answer: httpx2.Response, here: int) -> bool:
        """Whether the answer begins where the part ends; otherwise it is the whole file."""
        if answer.status_code == 416:  # there is nothing behind the part: it is another file's
            self.part.write_bytes(b"")
            raise _Again("the server has no such range of it")
        if answer.status_code in _AGAIN:
            raise _Again(f"error {answer.status_code}", _seconds(answer.headers.get("Retry-After")))
        answer.raise_for_status()
        if answer.status_code == 200:
            return False
        if not answer.headers.get("Content-Range", "").startswith(f"bytes {here}-"):
            self.part.write_bytes(b"")
            raise _Again("the server sent another range than was asked for")
        return True

    def _check(self) -> None:
        if self.cancel.is_set():
            raise FetchCancelledError(
                Text("fetching was ended; it goes on from here the next time")
            )


def _seconds(retry_after: str | None) -> float | None:
    return float(retry_after) if retry_after and retry_after.isdecimal() else None


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
