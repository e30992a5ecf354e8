"""The import that the owner makes through a page: look first, then for good.

There is one at a time, whichever of his browsers shows it: closing a page loses nothing.
"""

import asyncio
import logging
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Literal

from storage.database import open_database
from storage.errors import InputError, TwinError
from storage.importers.import_files import import_paths
from storage.importers.owner import OwnerUnknown, SenderSample
from storage.importers.progress import ImportPhase, ProgressCallback
from storage.importers.report import ImportReport
from twin.config.load import load_config
from twin.imports.uploads import Upload, Uploads

log = logging.getLogger(__name__)

_TELLING_S = 2.0  # before that, nothing can be said about the rest
FORGOTTEN_AFTER_S = 3600.0  # files that are handed in and not imported
Phase = Literal["empty", "checking", "checked", "importing", "done"]


@dataclass(frozen=True, slots=True)
class PhaseProgress:
    """`left_s`: seconds that this phase will still take; None while nothing tells."""

    phase: ImportPhase
    percent: int
    left_s: float | None


class ImportProgress:
    """Told by the import's thread, read by the pages."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self.share: PhaseProgress | None = None
        self._clock = clock
        self._began = clock()

    def tell(self, phase: ImportPhase, done: int, total: int) -> None:
        if self.share is None or phase != self.share.phase:
            self._began = self._clock()
        seconds = self._clock() - self._began
        left = seconds * (total - done) / done if done and seconds >= _TELLING_S else None
        self.share = PhaseProgress(phase, 100 * done // max(1, total), left)


@dataclass(frozen=True, slots=True)
class ImportState:
    """`report` is of the look or of the import; `error` why there is none.

    `senders`: who of them is the owner is still to be said. `me` and `dates` are what he said.
    """

    phase: Phase = "empty"
    files: int = 0
    report: ImportReport | None = None
    error: str | None = None
    senders: Sequence[SenderSample] = ()
    me: str | None = None
    dates: str | None = None

    @property
    def is_busy(self) -> bool:
        return self.phase in ("checking", "importing")


class ImportJob:
    """`key` is where files are to be sent to now, `watch` says how far a reading or writing is."""

    def __init__(self, config_path: Path, uploads: Uploads) -> None:
        self._path, self._uploads = config_path, uploads
        self._task: asyncio.Task[None] | None = None
        self._expiry: asyncio.TimerHandle | None = None
        self.state = ImportState()
        self.watch = ImportProgress()
        self._begin()

    def check(self, me: str | None = None, dates: str | None = None) -> None:
        """Look at what is handed in; nothing is stored."""
        if not self.state.is_busy and self._upload.names:
            files = len(self._upload.names)
            self.state = ImportState("checking", files, me=me or None, dates=dates or None)
            self._run(dry_run=True)

    def confirm(self) -> None:
        """Import what was looked at."""
        if self.state.phase == "checked" and self.state.report is not None:
            self.state = replace(self.state, phase="importing")
            self._run(dry_run=False)

    def drop(self) -> None:
        """Take the files back; the page is as at first."""
        if not self.state.is_busy:
            self._uploads.end(self.key)
            self._begin()
            self.state = ImportState()

    def shown(self, text: object) -> str:
        """A text about the files as the owner knows them."""
        return (
            str(text).replace(f"{self._upload.folder}/", "").replace(str(self._upload.folder), "")
        )

    def _run(self, *, dry_run: bool) -> None:
        if self._expiry is not None:
            self._expiry.cancel()
        self.watch = ImportProgress()
        self._task = asyncio.create_task(self._import(dry_run), name="import")

    async def _import(self, dry_run: bool) -> None:
        state = self.state
        try:
            job = partial(_import, self._path, self._upload, state.me, state.dates, dry_run)
            report = await asyncio.to_thread(job, self.watch.tell)
            found = replace(state, report=report)
        except OwnerUnknown as error:
            found = replace(state, error=self.shown(error), senders=error.senders, report=None)
        except TwinError as error:
            found = replace(state, error=self.shown(error), report=None)
        except Exception as error:  # a border: the page waits for a word
            log.error("import: %s", type(error).__name__)
            log.debug("import", exc_info=True)
            found = replace(state, error=f"{type(error).__name__}; the log says more", report=None)
        if dry_run or found.report is None:
            self.state = replace(found, phase="checked")
            loop = asyncio.get_running_loop()
            self._expiry = loop.call_later(FORGOTTEN_AFTER_S, self.drop)
        else:
            self.state = replace(found, phase="done")
            self._uploads.end(self.key)  # the report still names its files by their folder

    def again(self) -> None:
        """After a finished import, on with the next."""
        if self.state.phase == "done":
            self._begin()
            self.state = ImportState()

    def _begin(self) -> None:
        self.key, self._upload = self._uploads.begin()


def _import(
    config_path: Path,
    upload: Upload,
    me: str | None,
    dates: str | None,
    dry_run: bool,
    tell: ProgressCallback,
) -> ImportReport:
    config = load_config(config_path)
    with closing(open_database(config.database)) as db:
        try:
            return import_paths(
                db,
                [upload.folder],
                me=me,
                dates=dates,
                dry_run=dry_run,
                max_bad_rows=config.import_.max_bad_rows,
                tell=tell,
            )
        except OwnerUnknown:
            raise
        except InputError as error:
            raise InputError(str(error).replace("--me", "the field “You”")) from error
