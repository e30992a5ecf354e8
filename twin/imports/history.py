"""Bring what the platforms still show of the past into the log, chat by chat.

Each chat is read whole, then written, all or nothing. A run that was cut off goes on with the chats
that were left, and brings of the others what came since. Nothing of it is answered.
"""

import logging
from collections.abc import Iterator, Sequence
from contextlib import AsyncExitStack, closing, contextmanager
from functools import partial

from filelock import FileLock, Timeout
from sqlite_utils import Database

from storage.errors import TwinError
from storage.histories import (
    brought_until,
    count_not_logged,
    may_be_stored,
    modes_of,
    note_brought,
    run_is_done,
)
from storage.importers.import_past import SeemsDoubled, import_past
from storage.importers.past import PastOfChat
from storage.importers.told_same import read_same
from storage.messages import DISAGREEING_MS
from storage.texts import Text, joined
from storage.values import storable
from twin.clock import SYSTEM_CLOCK, Clock
from twin.config.schema import Config
from twin.connectors.base import ConnectorContext
from twin.connectors.history import MessageUnreadable, NoHistoryError
from twin.imports.history_log import HistoryLog, open_log
from twin.imports.history_progress import Estimate
from twin.imports.history_report import (
    Account,
    BroughtChat,
    HistoryReport,
    Wanted,
    Watch,
)
from twin.imports.past_chats import AccountChat, take, the_chat
from twin.replying.policy import max_age_s

log = logging.getLogger(__name__)

_EVERY = 100  # events


async def bring_history(
    config: Config,
    context: ConnectorContext,
    wanted: Wanted,
    watch: Watch = lambda progress: None,
    clock: Clock = SYSTEM_CLOCK,
) -> HistoryReport:
    """Bring it, beside the bot or without it.

    What is younger than an answer may be is left to the bot, which would take it for known. Raises
    InputError for a chat that is not there, TwinError while another run goes on.
    """
    run = _Run(config, wanted, watch, clock)
    with _alone(config):
        async with open_log(config.database, clock, dry_run=wanted.dry_run) as run.log:
            await run.bring(context)
    return run.report


@contextmanager
def _alone(config: Config) -> Iterator[None]:
    try:
        with FileLock(config.data / "history.lock").acquire(timeout=0):
            yield
    except Timeout as error:
        raise TwinError(
            Text("history: it is being brought already; wait until that is done")
        ) from error


class _Run:
    log: HistoryLog

    def __init__(self, config: Config, wanted: Wanted, watch: Watch, clock: Clock) -> None:
        self.report = HistoryReport(wanted.dry_run)
        self._config, self._wanted, self._clock = config, wanted, clock
        self._same = read_same(wanted.same)
        self._until = clock.now() - round(max_age_s(config.reply) * 1000)
        self._progress = Estimate(watch, clock, wanted.since, self._until)

    async def bring(self, context: ConnectorContext) -> None:
        async with AsyncExitStack() as stack:
            found: dict[str, list[AccountChat]] = {}
            for account in self._wanted.accounts:
                with self._cutting(account):
                    found[account.name] = await self._chats_of(account, context, stack)
            await self._choose(found)
            self._progress.chats = sum(map(len, found.values()))
            for account in self._wanted.accounts:
                with self._cutting(account):
                    await self._bring_all(found.get(account.name, []))
                    if self._records and account.name in found:
                        await self.log.call(partial(run_is_done, platform=account.name))

    @property
    def _records(self) -> bool:
        """Whether the run can be gone on with: one chat alone is simply read again."""
        return self._wanted.chat is None and not self._wanted.dry_run

    @contextmanager
    def _cutting(self, account: Account) -> Iterator[None]:
        """One account's end is not that of the others."""
        try:
            yield
        except TwinError as error:
            self.report.cut.append((account.name, joined("", [error.message])))
        except OSError as error:
            why = Text("the connection is lost ({error})", error=str(error) or type(error).__name__)
            self.report.cut.append((account.name, why))
        except Exception as error:  # boundary: each platform fails in its own ways
            log.error("history of %s: %s", account.name, type(error).__name__)
            log.debug("history", exc_info=True)
            why = Text("{error}; the log says more", error=type(error).__name__)
            self.report.cut.append((account.name, why))

    async def _chats_of(
        self, account: Account, context: ConnectorContext, stack: AsyncExitStack
    ) -> list[AccountChat]:
        assert account.history is not None
        settings = account.of(self._config)
        source = await stack.enter_async_context(account.history(settings, context))
        modes = await self.log.call(partial(modes_of, platform=account.name))
        # Notices and commands in the owner's own chat quote other chats, also forgotten ones.
        chats = [
            AccountChat(account.name, source, past, storable(past.external_id) in modes)
            for past in await source.chats()
            if past.kind != "self"
        ]
        on = [chat for chat in chats if modes.get(chat.id) != "off"]
        self.report.off += len(chats) - len(on)
        return on

    async def _choose(self, found: dict[str, list[AccountChat]]) -> None:
        wanted = self._wanted.chat
        if wanted is None or not found:  # then no account could be asked, which is told
            return
        logged = await self.log.call(partial(_logged_as, number=wanted))
        one = the_chat([chat for chats in found.values() for chat in chats], wanted, logged)
        for platform in found:
            found[platform] = [one] if platform == one.platform else []

    async def _bring_all(self, chats: Sequence[AccountChat]) -> None:
        for chat in chats:
            self._progress.tell(chat.name)
            try:
                await self._bring(chat)
            except NoHistoryError as error:
                self.report.left_out.append((chat.name, joined("", [error.message])))
            except SeemsDoubled as error:
                self.report.doubles.append(error.double)
            self._progress.chat_is_done(chat.name)

    async def _bring(self, chat: AccountChat) -> None:
        since = await self._since(chat)
        with closing(PastOfChat()) as past:
            unreadable = await self._read(chat, past, since)
            await self._write(chat, past)
        await self._tell_unreadable(chat, unreadable)
        if self._records:
            note = partial(
                note_brought,
                platform=chat.platform,
                chat_external_id=chat.id,
                since=self._wanted.since,
                until=self._until,
            )
            await self.log.call(note)

    async def _read(self, chat: AccountChat, past: PastOfChat, since: int) -> list[str]:
        """Read all of the chat; the ids of what can't be read."""
        seen, unreadable = 0, list[str]()
        async for event in chat.source.messages(chat.past.external_id, since):
            if isinstance(event, MessageUnreadable):
                unreadable.append(event.external_id)
            else:
                take(past, chat, event, since, self._until)
            seen += 1
            if seen % _EVERY == 1:
                self._progress.tell(chat.name, past.messages, event)
        return unreadable

    async def _tell_unreadable(self, chat: AccountChat, ids: Sequence[str]) -> None:
        """Those that came while the bot ran are in the log, and of no interest."""
        of = partial(
            count_not_logged,
            platform=chat.platform,
            chat_external_id=chat.id,
            external_ids=ids,
        )
        lost = await self.log.call(of) if ids else 0
        if lost:
            why = Text("{n} messages can't be read: their keys are not here", n=lost)
            self.report.left_out.append((chat.name, why))

    async def _since(self, chat: AccountChat) -> int:
        since = self._wanted.since
        if not self._records:
            return since
        until = await self.log.call(lambda db: brought_until(db, chat.platform, chat.id, since))
        return since if until is None else max(since, until - DISAGREEING_MS)

    async def _write(self, chat: AccountChat, past: PastOfChat) -> None:
        job = partial(
            import_past,
            past=past,
            platform=chat.platform,
            chat=chat.name,
            same=chat.told_same(self._same),
            platform_lines=self._config.import_.platform_lines,
            may=partial(
                may_be_stored,
                platform=chat.platform,
                chat_external_id=chat.id,
                was_logged=chat.was_logged,
            ),
        )
        report = await self.log.write(job)
        if report is not None:
            self.report.chats.append(BroughtChat(chat.platform, report))


def _logged_as(db: Database, number: str) -> list[str]:
    """`platform:id` of the log's chat of that number."""
    if not number.isdecimal():
        return []
    rows = db.execute("SELECT platform, external_id FROM chats WHERE id = ?", [int(number)])
    return [f"{platform}:{external_id}" for platform, external_id in rows.fetchall()]
