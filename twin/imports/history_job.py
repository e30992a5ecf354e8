"""The run over an account's past that a page begins: one at a time, shared by all browsers."""

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace

from storage.errors import TwinError
from storage.texts import Text, joined
from twin.clock import SYSTEM_CLOCK, Clock
from twin.config.schema import Config
from twin.connectors.base import ConnectorContext
from twin.imports.history import bring_history
from twin.imports.history_report import (
    Account,
    HistoryProgress,
    HistoryReport,
    Wanted,
    accounts_with_past,
)

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class HistoryState:
    """The present run, or the last one. `error`: why it has no report.

    `same`: chats that the owner says are one.
    """

    account: str = ""
    is_busy: bool = False
    progress: HistoryProgress | None = None
    report: HistoryReport | None = None
    error: Text | None = None
    same: Sequence[str] = ()


class HistoryJob:
    def __init__(
        self, config: Config, context: ConnectorContext, clock: Clock = SYSTEM_CLOCK
    ) -> None:
        self._config, self._context, self._clock = config, context, clock
        self._task: asyncio.Task[None] | None = None
        self.state = HistoryState()

    def begin(self, account: Account, same: Sequence[str] = ()) -> None:
        """Nothing, while a run goes on."""
        if not self.state.is_busy:
            self.state = HistoryState(account.name, is_busy=True, same=tuple(same))
            self._task = asyncio.create_task(self._bring(account), name="history")

    def stop(self) -> None:
        """What was brought stays; the next run goes on."""
        if self._task is not None:
            self._task.cancel()

    async def _bring(self, account: Account) -> None:
        wanted = Wanted([account], same=self.state.same)
        ended = replace(self.state, is_busy=False)
        try:
            report = await bring_history(
                self._config, self._context, wanted, self._watch, self._clock
            )
            ended = replace(ended, report=report)
        except TwinError as error:
            ended = replace(ended, error=joined("", [error.message]))
        except Exception as error:  # boundary: the page waits for an answer
            log.error("history: %s", type(error).__name__)
            log.debug("history", exc_info=True)
            unforeseen = Text("{error}; the log says more", error=type(error).__name__)
            ended = replace(ended, error=unforeseen)
        finally:
            self.state = ended

    def _watch(self, progress: HistoryProgress) -> None:
        self.state = replace(self.state, progress=progress)


def past_of(name: str) -> Account | None:
    """The connector of that name, if it can show its past."""
    return accounts_with_past().get(name)
