"""Import uploaded files in two steps: check what they hold, then store it.

There is one job at a time, shared by all of the owner's browsers: closing a page loses nothing.
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
from storage.errors import TwinError
from storage.importers.base import ImportedMessage
from storage.importers.columns.choice import Columns, check_whole
from storage.importers.import_files import import_paths
from storage.importers.owner import OwnerUnknown, SenderSample
from storage.importers.problems import BadFile
from storage.importers.report import ImportPhase, ImportReport, ProgressCallback
from storage.texts import Text, joined
from twin.config.load import load_config
from twin.imports.brought import file_limits
from twin.imports.tables import first_messages, names_to_choose
from twin.imports.uploads import Upload, Uploads

log = logging.getLogger(__name__)

_ESTIMATE_AFTER_S = 2.0  # before that, the remaining time can't be estimated
EXPIRES_AFTER_S = 3600.0  # uploaded files that are not imported
Phase = Literal["empty", "checking", "checked", "importing", "done"]


@dataclass(frozen=True, slots=True)
class PhaseProgress:
    """`left_s`: seconds that this phase will still take; None while that is unknown."""

    phase: ImportPhase
    percent: int
    left_s: float | None


class ImportProgress:
    """Written by the import's thread, read by the pages."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self.share: PhaseProgress | None = None
        self._clock = clock
        self._began = clock()

    def on_progress(self, phase: ImportPhase, done: int, total: int) -> None:
        if self.share is None or phase != self.share.phase:
            self._began = self._clock()
        seconds = self._clock() - self._began
        left = seconds * (total - done) / done if done and seconds >= _ESTIMATE_AFTER_S else None
        self.share = PhaseProgress(phase, 100 * done // max(1, total), left)


@dataclass(frozen=True, slots=True)
class ImportState:
    """`report` is of the check or of the import; `error`: why there is none.

    `senders`: the people of the files, if the owner has to say which of them they are. `me` and
    `dates` are the owner's answers, and so are a table's `columns`, chosen among `names`; `first`
    are its first messages by them. `same`: chats that the owner says are one. `along`: the files
    that messages name come too.
    """

    phase: Phase = "empty"
    files: int = 0
    report: ImportReport | None = None
    error: Text | None = None
    senders: Sequence[SenderSample] = ()
    me: str | None = None
    dates: str | None = None
    columns: Columns | None = None
    names: Sequence[str] = ()
    first: Sequence[ImportedMessage] = ()
    same: Sequence[str] = ()
    along: bool = True

    @property
    def is_busy(self) -> bool:
        return self.phase in ("checking", "importing")


class ImportJob:
    """`key` names the upload that takes files now; `watch` is the progress of the import."""

    def __init__(self, config_path: Path, uploads: Uploads) -> None:
        self._path, self._uploads = config_path, uploads
        self._task: asyncio.Task[None] | None = None
        self._expiry: asyncio.TimerHandle | None = None
        self.state = ImportState()
        self.watch = ImportProgress()
        self._begin()

    def check(
        self,
        me: str | None = None,
        dates: str | None = None,
        columns: Columns | None = None,
        same: Sequence[str] = (),
    ) -> None:
        """Read the uploaded files and report; nothing is stored."""
        if not self.state.is_busy and self._upload.names:
            files = len(self._upload.names)
            self.state = ImportState(
                "checking",
                files,
                me=me or None,
                dates=dates or None,
                columns=columns or None,
                same=tuple(same),
                along=self.state.along,
            )
            self._run(dry_run=True)

    def bring_along(self, on: bool) -> None:
        """Whether the files that messages name come too."""
        if self.state.phase == "checked":
            self.state = replace(self.state, along=on)

    def confirm(self) -> None:
        """Import the files that were checked."""
        if self.state.phase == "checked" and self.state.report is not None:
            self.state = replace(self.state, phase="importing")
            self._run(dry_run=False)

    def drop(self) -> None:
        """Delete the files and start over."""
        if not self.state.is_busy:
            self._uploads.end(self.key)
            self._begin()
            self.state = ImportState()

    def shown(self, text: object) -> str:
        """A text without the upload's folder: file names as the owner knows them."""
        return str(text).replace(f"{self._upload.folder}/", "")

    def _run(self, *, dry_run: bool) -> None:
        if self._expiry is not None:
            self._expiry.cancel()
        self.watch = ImportProgress()
        self._task = asyncio.create_task(self._import(dry_run), name="import")

    async def _import(self, dry_run: bool) -> None:
        state = self.state
        try:
            job = partial(_import, self._path, self._upload, state, dry_run)
            report = await asyncio.to_thread(job, self.watch.on_progress)
            found = replace(state, report=report)
        except OwnerUnknown as error:
            found = replace(state, error=error.cause, senders=error.senders, report=None)
        except TwinError as error:
            found = replace(state, error=self._cause(error), report=None)
        except Exception as error:  # boundary: the page waits for an answer
            log.error("import: %s", type(error).__name__)
            log.debug("import", exc_info=True)
            found = replace(state, error=_unforeseen(error), report=None)
        if dry_run:
            found = await asyncio.to_thread(_with_table, found, self._upload.files)
        if dry_run or found.report is None:
            self.state = replace(found, phase="checked")
            loop = asyncio.get_running_loop()
            self._expiry = loop.call_later(EXPIRES_AFTER_S, self.drop)
        else:
            self.state = replace(found, phase="done")
            self._uploads.end(self.key)  # the report still names its files by their folder

    def _cause(self, error: TwinError) -> Text:
        """What is wrong, without what only those who type commands can do about it."""
        if not isinstance(error, BadFile):
            return joined("", [error.message])
        of_all = error.problem.path == self._upload.folder
        return error.problem.cause if of_all else error.problem.text

    def again(self) -> None:
        """Begin the next import after a finished one."""
        if self.state.phase == "done":
            self._begin()
            self.state = ImportState()

    def _begin(self) -> None:
        self.key, self._upload = self._uploads.begin()


def _import(
    config_path: Path,
    upload: Upload,
    state: ImportState,
    dry_run: bool,
    on_progress: ProgressCallback,
) -> ImportReport:
    config = load_config(config_path)
    if state.columns:
        check_whole(state.columns)
    with closing(open_database(config.database, create=False)) as db:
        return import_paths(
            db,
            upload.files if state.columns or len(upload.files) == 1 else [upload.folder],
            me=state.me,
            dates=state.dates,
            columns=state.columns,
            same=state.same,
            dry_run=dry_run,
            files=file_limits(config) if dry_run or state.along else None,
            max_bad_rows=config.import_.max_bad_rows,
            platform_lines=config.import_.platform_lines,
            on_progress=on_progress,
        )


def _unforeseen(error: Exception) -> Text:
    return Text("{error}; the log says more", error=type(error).__name__)


def _with_table(found: ImportState, files: list[Path]) -> ImportState:
    """With what the owner chooses columns from, and the first messages by those they chose."""
    if not found.columns and (found.error is None or found.senders):
        return found
    first: Sequence[ImportedMessage] = ()
    if found.columns and (found.report is not None or found.senders):
        first = first_messages(files, found.columns, found.dates)
    return replace(found, names=names_to_choose(files), first=first)
