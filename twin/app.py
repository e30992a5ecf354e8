"""Run the bot: start, supervise and stop its tasks."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from functools import partial

from sqlite_utils import Database

from storage.database import wait_for_lock
from storage.database_file import watched_file
from storage.errors import TwinError
from storage.reasons import ErrorReason, RunReason
from storage.runs import latest_run
from twin.actions import Actions
from twin.backup.nightly import NightlyBackups
from twin.clock import SYSTEM_CLOCK, Clock
from twin.commands import Commands
from twin.config.schema import Config
from twin.connection_errors import ConnectionErrors
from twin.connectors.base import Connector
from twin.engine.base import Engine
from twin.inbox import Inbox
from twin.interfaces import Training
from twin.live_adapter import LiveAdapter
from twin.loop_lag import LoopLag
from twin.media.background import MediaReading
from twin.media.reader import readable_kinds
from twin.memory.background import index_in_background
from twin.push.delivery import Delivery
from twin.push.devices import Devices
from twin.push.notifier import Notifier
from twin.push.service import PushService
from twin.replying.connection_notices import ConnectionNotices
from twin.replying.guard import needs_owner
from twin.replying.manager import ReplyManager
from twin.replying.notices import (
    adapter_notice,
    answer_owner,
    backup_notice,
    database_notice,
    media_notice,
    training_notice,
)
from twin.replying.supervise import Backoff, supervise
from twin.web.server import WebServer
from twin.writes import Writes

log = logging.getLogger(__name__)

BACKOFF = Backoff()
DATABASE_WATCH_S = 10.0
STOP_S = 10.0
# What the owner does on their pages waits inside the loop: longer than a piece of an import takes,
# and not so long that friends would notice. The rest waits outside of it (`twin.writes`).
LOOP_WAIT_S = 0.25


class App:
    """One bot. `actions` are what its owner can do, `devices` theirs that are told of things, `lag`
    is how long its event loop stood still; without `training` it never learns. `wants_restart`: it
    was stopped to begin again.

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
        web: WebServer | None = None,
        backups: NightlyBackups | None = None,
    ) -> None:
        self._config, self._db, self._engine, self._clock = config, db, engine, clock
        self._web, self._backups = web, backups
        self._connectors = {connector.name: connector for connector in connectors}
        self._training = training
        contact = web.public_address if web is not None else ""
        delivery = Delivery(db, config.data, PushService(contact), clock)
        self.devices = Devices(db, delivery, clock)
        self._notifier = Notifier(config, db, delivery, clock)
        self._media = MediaReading(config, db, self._tell_of_media, clock)
        self._replies = ReplyManager(
            config,
            *(db, engine, self._connectors, clock, self._notifier.tell),
            can_read=self._media.will_read,
        )
        self._run_on_order: asyncio.Task[None] | None = None
        begin_training = partial(self._begin_training, training) if training else None
        self.actions = Actions(config, db, clock, self._replies, begin_training)
        obey = Commands(self.actions).obey
        steady = self._replies.clock  # what is logged is timed as what is sent
        dispatcher = EventDispatcher(db, self._replies, obey, steady, self._media.came)
        self._inbox = Inbox(db, dispatcher, steady, clock, self._keeps_ms)
        self.lag = LoopLag(config.data)
        self._stopped = asyncio.Event()
        self.live = LiveAdapter(config, db, engine, clock, self._tell_of_adapter)
        self.wants_restart = False

    def _keeps_ms(self, platform: str) -> float:
        return self._connectors[platform].capabilities.keeps_s * 1000

    def stop(self) -> None:
        """Make `run` return once everything has stopped."""
        self._stopped.set()

    def restart(self) -> None:
        """As `stop`; whoever runs the bot is to begin again with the settings as they are then."""
        self.wants_restart = True
        self.stop()

    async def run(self) -> None:
        """Run until `stop` is called or the task is cancelled; both end cleanly."""
        tasks: list[asyncio.Task[None]] = []
        try:
            wait_for_lock(self._db, LOOP_WAIT_S)
            if self._web is not None:  # whoever asks meanwhile is told to come again
                tasks.append(self._supervised("web server", self._web.run))
            await self.live.start()
            self._db.execute("PRAGMA wal_autocheckpoint = 0")  # see _watch_database
            needs_owner("", self._config.policy)  # its rules are compiled before a friend waits
            await Writes(self._db, self._clock).run(self._replies.start)
            tasks += [self._supervised(name, run) for name, run in self._jobs().items()]
            await self._stopped.wait()
        finally:
            self._stopped.set()
            await self._stop_all(tasks)

    def _supervised(self, name: str, run: Callable[[], Awaitable[None]]) -> asyncio.Task[None]:
        watched = supervise(name, run, self._stopped.is_set, self._clock, BACKOFF)
        return asyncio.create_task(watched, name=name)

    def _jobs(self) -> dict[str, Callable[[], Awaitable[None]]]:
        jobs: dict[str, Callable[[], Awaitable[None]]] = {
            name: partial(connector.run, self._inbox.handle)
            for name, connector in self._connectors.items()
        }
        jobs["loop lag"] = self.lag.watch
        jobs["connection errors"] = ConnectionErrors(
            self._config.data, self._connection_errors, self._clock.sleep
        ).watch
        jobs["notifications"] = self._notifier.run
        jobs["connection notices"] = ConnectionNotices(
            list(self._connectors.values()), self._replies.tell_owner, self._clock
        ).watch
        jobs["live adapter"] = self.live.follow
        jobs["approvals"] = self._replies.follow_approvals
        jobs["database file"] = self._watch_database
        if self._backups is not None:
            jobs["backups"] = partial(self._backups.run, self._tell_of_backup)
        if self._config.memory.enabled:
            jobs["memory"] = partial(index_in_background, self._db, self._config, self._clock)
        if readable_kinds(self._config):
            jobs["media"] = self._media.run
            jobs["missed media"] = self._media.catch_up
        if self._training is not None:
            jobs["trainer"] = partial(self._training.run, self._tell_of_training)
        return jobs

    def _connection_errors(self) -> dict[str, str]:
        found = {name: one.status().last_error for name, one in self._connectors.items()}
        return {name: line for name, line in found.items() if line is not None}

    async def _watch_database(self) -> None:
        """Say it once when the database's file is lost, damaged or full, and when it is well again.

        What was written moves from the WAL into the file then, beside the loop.

        The pages show it too, and what writes is refused: see `storage/database_file.py`.
        """
        file, told = watched_file(self._db), ""
        while file is not None:
            await self._clock.sleep(DATABASE_WATCH_S)
            try:
                await asyncio.to_thread(file.look)
                found = ""
            except TwinError as error:
                found = str(error)
            if found != told:
                log.error("%s", found) if found else log.warning("the database is well again")
                if found:  # no chat can be written to
                    self._notifier.tell(database_notice(found))
            told = found

    def _begin_training(self, training: Training) -> None:
        """Raises TwinError while a run is going."""
        ordered = self._run_on_order is not None and not self._run_on_order.done()
        if ordered or training.is_running():
            raise TwinError("A run is already going.", reason=ErrorReason.RUN_GOING)
        self._run_on_order = asyncio.create_task(self._train(training), name="ordered training")

    async def _train(self, training: Training) -> None:
        try:
            line = await training.train(RunReason.ORDERED)
        except Exception as error:  # boundary: the owner waits for an answer
            log.error("training failed (%s)", type(error).__name__)
            log.debug("training", exc_info=True)
            line = f"Training failed: {type(error).__name__}; the log says more."
        self._tell_of_training(line)

    def _tell_of_adapter(self, line: str) -> None:
        self._replies.tell_owner(adapter_notice(line))

    def _tell_of_backup(self, line: str) -> None:
        self._replies.tell_owner(backup_notice(line))

    def _tell_of_media(self, line: str) -> None:
        self._replies.tell_owner(media_notice(line))

    def _tell_of_training(self, line: str) -> None:
        self._replies.tell_owner(training_notice(line, latest_run(self._db)))

    async def _stop_all(self, tasks: Sequence[asyncio.Task[None]]) -> None:
        await self._replies.stop()
        if self._run_on_order is not None:
            tasks = [*tasks, self._run_on_order]
        stops = {name: connector.stop for name, connector in self._connectors.items()}
        if self._web is not None:
            stops["web server"] = self._web.stop
        for name, stop in stops.items():
            try:
                async with asyncio.timeout(STOP_S):
                    await stop()
            except Exception as error:  # boundary: the others are to be stopped too
                log.warning("%s did not stop (%s)", name, type(error).__name__)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self._engine.stop()


class EventDispatcher:
    """Passes logged messages to the reply manager, and the owner's commands to `obey`.

    `media_came` gets the messages whose file was saved.
    """

    def __init__(
        self,
        db: Database,
        replies: ReplyManager,
        obey: Callable[[str], str],
        clock: Clock,
        media_came: Callable[[int], None] = lambda message_id: None,
    ) -> None:
        self._db, self._replies, self._obey, self._clock = db, replies, obey, clock
        self.media_came = media_came

    def friend_wrote(self, chat_id: int, message_id: int) -> None:
        self._replies.friend_wrote(chat_id, message_id)

    def friend_recalled(self, chat_id: int, message_id: int) -> None:
        self._replies.friend_recalled(chat_id, message_id)

    def friend_edited(self, chat_id: int, message_id: int) -> None:
        self._replies.friend_edited(chat_id, message_id)

    def owner_wrote(self, chat_id: int) -> None:
        self._replies.owner_wrote(chat_id)

    def owner_commanded(self, chat_id: int, text: str) -> None:
        answer = self._obey(text)
        self._replies.send([answer_owner(self._db, chat_id, answer, self._clock)])
