"""Answer with the adapter that the registry names as live, whoever changed it."""

import logging
import math
from collections.abc import Callable

from sqlite_utils import Database

from storage.adapters import adapters_to_answer, live_adapter
from storage.errors import InputError, TwinError
from twin.adapter_names import AdapterNames
from twin.clock import Clock
from twin.config.schema import Config
from twin.engine.base import Engine, NotServed

log = logging.getLogger(__name__)

ADAPTER_POLL_S = 2.0
RETRY_S = 60.0  # a server that has to be started otherwise is asked again so often


class LiveAdapter:
    """`tell`: what the owner is told of an adapter that is refused, once for each."""

    def __init__(
        self,
        config: Config,
        db: Database,
        engine: Engine,
        clock: Clock,
        tell: Callable[[str], None],
    ) -> None:
        self._config, self._db, self._engine = config, db, engine
        self._clock, self._tell = clock, tell
        self._refused: str | None = None
        self.trouble: TwinError | None = None  # why the live adapter does not answer
        self._retry_at = math.inf  # monotonic seconds

    async def start(self) -> None:
        """Start with the live adapter, else with one that was live before, else with the base."""
        for adapter in adapters_to_answer(self._db):
            try:
                await self._engine.start(adapter.name, self._config.path_of(adapter.path))
                return
            except InputError:
                raise  # the base model itself can't be used
            except TwinError as error:
                log.error("adapter %s is refused: %s", adapter.name, error)
                if self._refused is None:
                    self._remember(adapter.name, error)
        await self._engine.start()

    async def follow(self) -> None:
        """Load what becomes live, for ever."""
        while True:
            await self._clock.sleep(ADAPTER_POLL_S)
            adapter = live_adapter(self._db)
            name = adapter.name if adapter else None
            if name == self._engine.adapter:
                self._refused = self.trouble = None
            elif name is None or name != self._refused or self._may_retry():
                path = self._config.path_of(adapter.path) if adapter else None
                try:
                    await self._engine.load(name, path)
                    log.info("adapter %s answers now", name)
                except TwinError as error:
                    self._refuse(name, error)

    def _may_retry(self) -> bool:
        return self._clock.monotonic() >= self._retry_at

    def _refuse(self, name: str | None, error: TwinError) -> None:
        was_told = self.trouble is not None and name == self._refused
        self._remember(name, error)
        if not was_told:
            log.error("adapter %s is refused, the old one stays: %s", name, error)
            self._tell(self._refusal(name, error))

    def _remember(self, name: str | None, error: TwinError) -> None:
        self._refused, self.trouble = name, error
        can_pass = isinstance(error, NotServed)
        self._retry_at = self._clock.monotonic() + RETRY_S if can_pass else math.inf

    def _refusal(self, name: str | None, error: TwinError) -> str:
        names = AdapterNames(self._db, self._config.schedule)
        what = f"The adapter ({names.of(name)})" if name else "The base model"
        why = f": {error}" if isinstance(error, NotServed) else ""
        return f"{what} can't be used; what answered before still does{why or '.'}"
