"""The running bot: starts, supervises and stops the tasks."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from functools import partial

from sqlite_utils import Database

from storage.adapters import adapters_to_answer, live_adapter
from storage.errors import InputError, TwinError
from storage.outbox import Piece
from storage.reasons import ErrorReason, RunReason
from twin.clock import SYSTEM_CLOCK, Clock
from twin.commands import Commands
from twin.config.schema import Config
from twin.connectors.base import Connector
from twin.engine.base import Engine
from twin.inbox import Inbox
from twin.interfaces import Training
from twin.replying.manager import ReplyManager
from twin.replying.notices import answer_owner
from twin.replying.owner_messages import OwnerMessages
from twin.replying.supervise import Backoff, supervise

log = logging.getLogger(__name__)

ADAPTER_POLL_S = 2.0
BACKOFF = Backoff()
CONNECTOR_STOP_S = 10.0


class App:
    """One bot. It does not know how it learns; without `training` it never does.

    `run` raises TwinError when the base model can't be loaded; anything later is survived.
    """

    def __init__(
        self,
        config: Config,
        db: Database,
        connectors: Sequence[Connector],
        engine: Engine,
        training: Training | None = None,
        clock: Clock = SYSTEM_CLOCK,
    ) -> None:
        self._config, self._db, self._engine, self._clock = config, db, engine, clock
        self._connectors = {connector.name: connector for connector in connectors}
        self._training = training
        self._replies = ReplyManager(config, db, engine, self._connectors, clock)
        self._owner_words = OwnerMessages(db, self._replies, self._connectors, clock)
        self._ordered: asyncio.Task[None] | None = None
        order = self.order_training if training else None
        self._commands = Commands(config, db, clock, self._replies.send, order)
        ears = EventDispatcher(db, self._replies, self._commands.obey, clock)
        self._inbox = Inbox(db, ears, clock)
        self._stopped = asyncio.Event()
        self._refused: str | None = None

    @property
    def say(self) -> Callable[[Sequence[Piece]], None]:
        """Sends what the owner approved."""
        return self._replies.send

    @property
    def answer(self) -> Callable[[int, str], Piece]:
        """Sends what the owner types on his pages: chat and words. Raises InputError."""
        return self._owner_words.send

    @property
    def order(self) -> Callable[[str], str]:
        """Obeys what comes after `/twin`; the answer. Raises TwinError."""
        return self._commands.run

    def stop(self) -> None:
        """Make `run` return once everything is put away."""
        self._stopped.set()

    async def run(self) -> None:
        """Until `stop` is called or the task is cancelled; both end cleanly."""
        tasks: list[asyncio.Task[None]] = []
        try:
            await self._start_engine()
            self._replies.start()
            tasks += [
                asyncio.create_task(
                    supervise(name, run, self._stopped.is_set, self._clock, BACKOFF), name=name
                )
                for name, run in self._jobs().items()
            ]
            await self._stopped.wait()
        finally:
            self._stopped.set()
            await self._put_away(tasks)

    def _jobs(self) -> dict[str, Callable[[], Awaitable[None]]]:
        jobs: dict[str, Callable[[], Awaitable[None]]] = {
            name: partial(connector.run, self._inbox.handle)
            for name, connector in self._connectors.items()
        }
        jobs["live adapter"] = self._follow_live_adapter
        jobs["approvals"] = self._replies.follow_approvals
        if self._training is not None:
            jobs["trainer"] = partial(self._training.run, self._replies.tell_owner)
        return jobs

    async def _start_engine(self) -> None:
        """With the live adapter, else with one that was live before, else with the base."""
        for adapter in adapters_to_answer(self._db):
            try:
                await self._engine.start(adapter.name, self._config.path_of(adapter.path))
                return
            except InputError:
                raise  # the base itself can't be used
            except TwinError as error:
                log.error("adapter %s is refused: %s", adapter.name, error)
                self._refused = self._refused or adapter.name
        await self._engine.start()

    async def _follow_live_adapter(self) -> None:
        """The registry says which adapter answers; the trainer and the owner write it."""
        while True:
            await self._clock.sleep(ADAPTER_POLL_S)
            adapter = live_adapter(self._db)
            name = adapter.name if adapter else None
            if name == self._engine.adapter:
                self._refused = None
            elif name is None or name != self._refused:
                path = self._config.path_of(adapter.path) if adapter else None
                try:
                    await self._engine.load(name, path)
                    log.info("adapter %s answers now", name)
                except TwinError as error:
                    log.error("adapter %s is refused, the old one stays: %s", name, error)
                    self._refused = name
                    self._replies.tell_owner(f"Adapter {name} can't be used; the old one answers.")

    def order_training(self) -> str:
        """Begin a run; what to tell the owner. Raises TwinError when none can begin."""
        training = self._training
        if training is None:
            raise TwinError("Training is switched off here.", reason=ErrorReason.NO_TRAINING)
        ordered = self._ordered is not None and not self._ordered.done()
        if ordered or training.is_running():
            raise TwinError("A run is going already.", reason=ErrorReason.RUN_GOING)
        self._ordered = asyncio.create_task(self._train(training), name="ordered training")
        return "Training started; you are told how it went."

    async def _train(self, training: Training) -> None:
        try:
            line = await training.train(RunReason.ORDERED)
        except Exception as error:  # a border: he waits for a word
            log.error("training failed (%s)", type(error).__name__)
            log.debug("training", exc_info=True)
            line = f"Training failed: {type(error).__name__}; the log says more."
        self._replies.tell_owner(line)

    async def _put_away(self, tasks: Sequence[asyncio.Task[None]]) -> None:
        await self._replies.stop()
        if self._ordered is not None:
            tasks = [*tasks, self._ordered]
        for connector in self._connectors.values():
            try:
                async with asyncio.timeout(CONNECTOR_STOP_S):
                    await connector.stop()
            except Exception as error:  # a border: the others are to be stopped too
                log.warning("%s did not stop (%s)", connector.name, type(error).__name__)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self._engine.stop()


class EventDispatcher:
    """The inbox's listener: friends and the owner go to the replies, orders to `obey`."""

    def __init__(
        self, db: Database, replies: ReplyManager, obey: Callable[[str], str], clock: Clock
    ) -> None:
        self._db, self._replies, self._obey, self._clock = db, replies, obey, clock

    def friend_wrote(self, chat_id: int, message_id: int) -> None:
        self._replies.friend_wrote(chat_id, message_id)

    def owner_wrote(self, chat_id: int) -> None:
        self._replies.owner_wrote(chat_id)

    def owner_commanded(self, chat_id: int, text: str) -> None:
        answer = self._obey(text)
        self._replies.send([answer_owner(self._db, chat_id, answer, self._clock)])
