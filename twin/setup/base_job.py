"""Use another base model: fetch it, check it, write it into the settings, beside the running bot.

There is one job at a time, shared by all of the owner's browsers: closing a page loses nothing.
"""

import asyncio
import logging
from dataclasses import dataclass, replace
from pathlib import Path
from threading import Event
from typing import Literal

from storage.errors import InputError, TwinError
from storage.texts import Text
from twin.config.load import load_config
from twin.config.schema import Config
from twin.engine.base_models import local_base
from twin.engine.bases.fetch import FetchProgress, fetch_base
from twin.engine.bases.log_figures import figures_beside
from twin.engine.bases.machine import Machine, measure_machine
from twin.engine.bases.offers import Offer, offers
from twin.engine.bases.sources import is_at_a_hub, is_packaged
from twin.engine.bases.transfer import FetchCancelledError
from twin.setup.choices import choose_base, may_be_chosen

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class BaseState:
    """`base`: the one that was asked for. `error`: why it can't be used."""

    phase: Literal["idle", "fetching", "checking", "done", "failed"] = "idle"
    base: str = ""
    error: TwinError | None = None

    @property
    def is_busy(self) -> bool:
        return self.phase in ("fetching", "checking")


class BaseJob:
    """`progress`: of the fetching; written by its thread, read by the pages."""

    def __init__(self, config_path: Path) -> None:
        self._path = config_path
        self._machine: Machine | None = None
        self._measuring = asyncio.Lock()
        self._task: asyncio.Task[None] | None = None
        self._cancel = Event()
        self.state = BaseState()
        self.progress: FetchProgress | None = None

    async def offers(self, database: Path) -> list[Offer]:
        """The known bases, for this machine, which is measured once. Raises TwinError."""
        async with self._measuring:
            if self._machine is None:
                self._machine = await asyncio.to_thread(measure_machine, load_config(self._path))
        return await asyncio.to_thread(self._offers, self._machine, database)

    def _offers(self, machine: Machine, database: Path) -> list[Offer]:
        return offers(load_config(self._path), machine, figures_beside(database))

    def use(self, base: str, hub: str | None = None) -> None:
        """Begin. Raises TwinError where another one comes, or that one may not be chosen here."""
        if self.state.is_busy:
            raise InputError(Text("{base} is still coming", base=self.state.base))
        may_be_chosen(load_config(self._path), base)
        self._cancel, self.progress = Event(), None
        self.state = BaseState("fetching", base)
        self._task = asyncio.create_task(self._use(base, hub), name="base model")

    def cancel(self) -> None:
        """End the fetching; what came is kept for the next time."""
        self._cancel.set()

    async def _use(self, base: str, hub: str | None) -> None:
        try:
            await asyncio.to_thread(self._fetch, base, hub)
            self.state = replace(self.state, phase="checking")
            await asyncio.to_thread(choose_base, self._path, base, hub)
            self.state = replace(self.state, phase="done")
        except FetchCancelledError:
            self.state = BaseState()
        except TwinError as error:
            self.state = replace(self.state, phase="failed", error=error)
        except Exception as error:  # boundary: the page waits for an answer
            log.error("base model: %s", type(error).__name__)
            log.debug("base model", exc_info=True)
            unforeseen = TwinError(Text("{error}; the log says more", error=type(error).__name__))
            self.state = replace(self.state, phase="failed", error=unforeseen)
        except BaseException:  # the bot ends: so does the thread
            self._cancel.set()
            raise

    def _fetch(self, base: str, hub: str | None) -> None:
        config = load_config(self._path)
        if must_be_fetched(config, base):
            fetch_base(config, base, self._on_progress, self._cancel, hub)

    def _on_progress(self, progress: FetchProgress) -> None:
        self.progress = progress


def must_be_fetched(config: Config, base: str) -> bool:
    """Whether it has to come from a hub: it is not packaged, no mere folder, and not here yet.

    The packaged base by its id at the hub has to: its published weights are others.
    """
    return not is_packaged(base) and is_at_a_hub(base) and local_base(config, base) is None
