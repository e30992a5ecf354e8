"""One training on another machine: send what is missing there, follow it, and fetch the result."""

import logging
import math
import time
from pathlib import Path
from typing import Any

from sqlite_utils import Database

from storage import runs
from storage.errors import InputError, TwinError
from storage.run_progress import note_waiting, training_begins
from training.progress_bar import Progress
from training.remote.brought import Result, most_bytes, read_result
from training.remote.connection import Connection, LineCutError, connected, shown
from training.remote.host import BASE, RESULT, WEIGHTS
from training.remote.leftovers import note_sent
from training.remote.parcel import key_of
from training.remote.protocol import MOST_AT_ONCE
from twin.config.schema import Config
from twin.engine.base_fingerprint import base_fingerprint

log = logging.getLogger(__name__)

LOOK_S = 2.0
RETRY_S = (1.0, 5.0, 15.0, 30.0, 60.0, 60.0, 120.0, 120.0, 180.0)  # ten minutes in all
MOST_STEPS = 10**9
MOST_RESULT = 64 * 2**20  # bytes; a point of the curve takes twenty


class Errand:
    """The training on the parcel `content`, by whose `key` a cut one is found again."""

    def __init__(
        self, config: Config, db: Database, run_id: int, content: bytes, progress: Progress
    ) -> None:
        self.key = key_of(content)
        self._config, self._db, self._run_id = config, db, run_id
        self._content, self._progress = content, progress
        self._host = config.train.on
        self._waits = iter(RETRY_S)
        self._was_there = False
        self._beat: object = None
        self._step = -1

    def run(self, folder: Path) -> tuple[Result, Path]:
        """What was made, its weights in a file in `folder`. A cut connection is made again.

        Raises LineCutError when nobody answers for ten minutes, or at all, and TwinError.
        """
        while True:
            try:
                with connected(self._config.train) as there:
                    self._check_base(there)
                    self._was_there = True
                    return self._through(there, folder)
            except LineCutError as error:
                wait = next(self._waits, None)
                if not self._was_there:
                    raise LineCutError(
                        f"{error}; see whether `ssh {self._host}` works by itself"
                    ) from error
                if wait is None:
                    raise
                log.warning("%s; tried again in %d s", error, wait)
                time.sleep(wait)

    def _check_base(self, there: Connection) -> None:
        theirs = there.greeted.get(BASE)
        name = self._config.model.base
        if theirs is None:
            raise InputError(
                f"{self._host}: its [model] base is not there yet; set it to '{name}' in the "
                "settings there and fetch it there (`bot.py bases get`)"
            )
        if theirs != base_fingerprint(self._config):
            raise InputError(
                f"{self._host}: its [model] base has other weights or another tokenizer than "
                f"'{name}' here; set the same base in the settings there"
            )

    def _through(self, there: Connection, folder: Path) -> tuple[Result, Path]:
        told, _ = there.ask("state", self.key)
        if told.get("state") in ("absent", "partial"):
            told = self._send(there, told)
        if told.get("state") == "ready":
            told, _ = there.ask("train", self.key)
        if told.get("state") == "training":
            told = self._follow(there, told)
        if told.get("state") != "done":
            raise TwinError(f"{self._host}: {shown(told.get('why', 'it did not train'))}")
        return self._fetch(there, folder)

    def _send(self, there: Connection, told: dict[str, Any]) -> dict[str, Any]:
        """From where it was cut."""
        self._progress.phase("sending the samples")
        note_sent(self._config, self.key)
        at, size = _whole(told.get("has", 0)), len(self._content)
        if at >= size:
            raise TwinError(f"{self._host}: it has more than was sent; start again")
        while at < size:
            part = self._content[at : at + MOST_AT_ONCE]
            is_last = at + len(part) == size
            told, _ = there.ask("put", self.key, part, at=at, last=is_last)
            at += len(part)
            self._goes_on()
        log.info("%d bytes went to %s", size, self._host)
        return told

    def _follow(self, there: Connection, told: dict[str, Any]) -> dict[str, Any]:
        self._progress.phase(f"training on {self._host}")
        while told.get("state") == "training":
            self._note(told)
            time.sleep(LOOK_S)
            told, _ = there.ask("state", self.key)
        note_waiting(self._db, self._run_id, waits=False)
        return told

    def _note(self, told: dict[str, Any]) -> None:
        """The run here is alive while the one there computes, and shows how far that is."""
        if told.get("beat") != self._beat:
            self._beat = told.get("beat")
            self._goes_on()
        note_waiting(self._db, self._run_id, waits=told.get("phase") == "waiting")
        step, steps = _whole(told.get("step", 0)), _whole(told.get("steps", 0))
        if not steps or step == self._step:
            return
        if self._step < 0:
            training_begins(self._db, self._run_id, 0, steps)
            self._progress.steps(step, steps, f"training on {self._host}")
        self._step = step
        self._progress.step(min(step, steps))
        loss = told.get("loss")
        if isinstance(loss, float) and math.isfinite(loss):
            runs.add_metrics(self._db, self._run_id, step, {"loss": loss})
            self._progress.loss(loss)

    def _fetch(self, there: Connection, folder: Path) -> tuple[Result, Path]:
        self._progress.phase("fetching the adapter")
        told = b""
        while part := there.ask("get", self.key, name=RESULT, at=len(told))[1]:
            told += part
            if len(told) > MOST_RESULT:
                raise TwinError(f"{self._host}: its result has no end; look after that machine")
        try:
            result = read_result(told, most_bytes(self._config))
        except TwinError as error:
            raise TwinError(f"{self._host}: {error}; look after that machine") from error
        # By its digest: what was cut goes on, and nothing else is taken for it.
        weights = folder / f"{result.sha256}.part"
        with weights.open("ab") as file:
            while file.tell() < result.bytes:
                part = there.ask("get", self.key, name=WEIGHTS, at=file.tell())[1]
                if not part or file.tell() + len(part) > result.bytes:
                    raise TwinError(f"{self._host}: its adapter has another size than it says")
                file.write(part)
                self._goes_on()
        return result, weights

    def _goes_on(self) -> None:
        """The run here is alive, and after a later cut there are ten minutes again."""
        runs.beat(self._db, self._run_id)
        self._waits = iter(RETRY_S)


def _whole(value: object) -> int:
    """A number that another machine told; 0 for anything else."""
    return value if type(value) is int and 0 <= value <= MOST_STEPS else 0
