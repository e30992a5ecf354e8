"""The run over unread files that a page begins: one at a time, shared by all browsers."""

import asyncio
import logging
from dataclasses import dataclass, replace

from sqlite_utils import Database

from storage.errors import TwinError
from storage.texts import Text, joined
from twin.clock import SYSTEM_CLOCK, Clock
from twin.config.schema import Config
from twin.media.backlog import Backlog, BacklogProgress

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class BacklogState:
    """The present run, or the last one. `error`: why it ended early."""

    is_busy: bool = False
    progress: BacklogProgress | None = None
    error: Text | None = None


class BacklogJob:
    def __init__(self, config: Config, db: Database, clock: Clock = SYSTEM_CLOCK) -> None:
        self._config, self._db, self._clock = config, db, clock
        self._task: asyncio.Task[None] | None = None
        self.state = BacklogState()

    def begin(self) -> None:
        """Nothing, while a run goes on."""
        if not self.state.is_busy:
            self.state = BacklogState(is_busy=True)
            self._task = asyncio.create_task(self._read(), name="media backlog")

    def stop(self) -> None:
        """What was read stays; the next run goes on."""
        if self._task is not None:
            self._task.cancel()

    async def _read(self) -> None:
        error: Text | None = None
        try:
            await Backlog(self._config, self._db, self._clock).run(self._watch)
        except TwinError as failure:
            error = joined("", [failure.message])
        except Exception as failure:  # boundary: the page waits for an answer
            log.error("reading files: %s", type(failure).__name__)
            log.debug("reading files", exc_info=True)
            error = Text("{error}; the log says more", error=type(failure).__name__)
        finally:
            self.state = replace(self.state, is_busy=False, error=error)

    def _watch(self, progress: BacklogProgress) -> None:
        self.state = replace(self.state, progress=progress)
