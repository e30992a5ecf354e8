"""The command line, and the one place where the parts are put together.

What takes long to load (torch, NiceGUI) is imported by the command that needs it.
"""

import asyncio
import logging
import os
import signal
import sys
import warnings
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from storage.atomic_files import OWNER_ONLY
from storage.database import check_whole, open_database
from storage.errors import InputError, TwinError
from training.cli.commands import add_commands
from twin.cli import output
from twin.cli.access import entrance
from twin.cli.base import CommandContext, command
from twin.cli.output import Output
from twin.terminal import tolerate_encodings

if TYPE_CHECKING:
    from sqlite_utils import Database

    from training.scheduling.schedule import Nightly
    from twin.app import App
    from twin.backup.nightly import NightlyBackups
    from twin.blind.blind_test import BlindTest
    from twin.config.schema import Config
    from twin.connectors.base import Connector
    from twin.dashboard.context import DashboardContext
    from twin.engine.base import Engine
    from twin.web.server import WebServer

app = typer.Typer(
    help="A bot that answers your friends as you, and learns from your chats every night.",
    add_completion=False,
    pretty_exceptions_enable=False,
)
add_commands(app)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; its exit code. An error is one line, with --debug a traceback too."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    stdout = sys.stdout
    tolerate_encodings()
    umask = os.umask(OWNER_ONLY)
    try:
        return app(given or ["--help"], standalone_mode=False) or 0
    except typer.Abort:
        output.report_error("cancelled")
        return 1
    except Exception as error:  # boundary, the last: people get one line
        if "--debug" in given:
            output.report_traceback(error)
        return _report(error)
    finally:
        os.umask(umask)
        sys.stdout = stdout  # JSON mode borrows it


def _report(error: Exception) -> int:
    if isinstance(error, TwinError):
        output.report_error(output.said(error.message))
        return error.exit_code
    if isinstance(error, typer.TyperException):
        output.report_error(f"{error.format_message()} See `bot.py --help`.")
        return error.exit_code
    output.report_error(
        f"{type(error).__name__}: {error or 'no details'}; run again with --debug to see where"
    )
    return 1


@command(app)
def run(session: CommandContext) -> None:
    """Start the bot: it answers until Ctrl+C."""
    session.log_from(logging.INFO)
    _run(_serve(session.config, partial(_tell_links, session.out)))


@command(app)
def demo(
    session: CommandContext,
    once: Annotated[bool, typer.Option("--once", help="Answer one message and end.")] = False,
    folder: Annotated[Path, typer.Option(help="Where the demo's twin lives.")] = Path("demo-data"),
) -> None:
    """Run the whole loop on a real person's chats: import, answer, train, compare."""
    from training.demo.prepare import prepare_demo

    config = prepare_demo(output.console, folder)
    _run(_serve(config, partial(_show_demo, session.out, once)))


def _run(bot: Coroutine[Any, Any, None]) -> None:
    try:
        asyncio.run(bot)
    except KeyboardInterrupt:
        output.hint("Ended.")  # the way to end it, so no error


async def _serve(config: "Config", beside: "Beside") -> None:
    """Run the one bot of its folder, and `beside` it what somebody at the terminal sees.

    When the owner restarts it on a page, it begins again with the settings as they are then.
    """
    from twin.config.load import load_config
    from twin.web.stray_errors import StrayErrors

    asyncio.get_running_loop().set_exception_handler(StrayErrors())
    while await _serve_once(config, beside):
        output.hint("Starting again with the new settings.")
        config = load_config(config.path)


async def _serve_once(config: "Config", beside: "Beside") -> bool:
    """Until the bot ends; whether it is to begin again."""
    from twin.dashboard.auth.password import require_password
    from twin.one_bot import one_bot

    require_password(config)
    with one_bot(config.data):
        db = open_database(config.database)
        check_whole(db)
        return await _serve_from(db, config, beside)


async def _serve_from(db: "Database", config: "Config", beside: "Beside") -> bool:
    """Run the bot until it is cancelled, or `beside` says that this was all."""
    from training.cli.clear_up import clear_up

    clear_up(config, db)
    parts = _put_together(db, config)
    if os.name == "posix":
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, parts.bot.stop)
    showing = beside(parts)
    running = asyncio.create_task(parts.bot.run(), name="bot")
    told = asyncio.create_task(showing, name="beside")
    try:
        await asyncio.wait({running, told}, return_when=asyncio.FIRST_COMPLETED)
        if not told.done() or not await told:
            await running
    finally:
        for task in (running, told):
            task.cancel()
        await asyncio.gather(running, told, return_exceptions=True)
    return parts.bot.wants_restart


async def _tell_links(out: Output, parts: "Parts") -> bool:
    from twin.cli.chat import friends_page, tell_links

    await tell_links(parts.db, friends_page(parts.connectors), out)
    return False


def _show_demo(out: Output, once: bool, parts: "Parts") -> Coroutine[Any, Any, bool]:
    from training.demo.tour import Tour
    from twin.cli.chat import friends_page

    page = friends_page(parts.connectors)
    assert page is not None  # see `prepare_demo`
    tour = Tour(parts.config, parts.db, page, parts.engine, parts.nightly, once)
    return tour.begin(out)


@dataclass(frozen=True, slots=True)
class Parts:
    """A bot that was put together, and what it was made of."""

    config: "Config"
    db: "Database"
    bot: "App"
    connectors: "Sequence[Connector]"
    engine: "Engine"
    nightly: "Nightly"
    backups: "NightlyBackups"


# Called before the bot runs; what it returns runs beside it, and gives whether the bot is to end.
Beside = Callable[[Parts], Coroutine[Any, Any, bool]]


def _put_together(db: "Database", config: "Config") -> Parts:
    """The bot with everything that is switched on. Raises InputError."""
    from training.scheduling.schedule import Nightly
    from training.scheduling.trainer_process import TrainerProcess
    from twin.api.app import add_api
    from twin.api.context import ApiContext
    from twin.app import App
    from twin.backup.job import BackupJob
    from twin.backup.nightly import NightlyBackups
    from twin.clock import SYSTEM_CLOCK
    from twin.config.load import load_config
    from twin.engine.choose import engine_for
    from twin.memory.extraction.with_base import propose_with_base

    web, connectors = _connect(db, config)
    engine = engine_for(config)
    trainer = TrainerProcess(config, db, engine.free_gpu_memory)
    nightly = Nightly(config, db, trainer, before=partial(propose_with_base, config, engine))
    backups = NightlyBackups(
        partial(load_config, config.path), BackupJob(config.path), nightly.is_running, SYSTEM_CLOCK
    )
    bot = App(config, db, connectors, engine, nightly, web=web, backups=backups)
    parts = Parts(config, db, bot, connectors, engine, nightly, backups)
    if web is not None:
        if config.web.dashboard:
            _add_dashboard(web, parts)
        web.add(partial(add_api, context=ApiContext(config, db, engine, bot.actions, lag=bot.lag)))
    return parts


def _connect(db: "Database", config: "Config") -> "tuple[WebServer | None, Sequence[Connector]]":
    """Where people reach the bot: the web server, if it is on, and the platforms."""
    from twin.connectors.base import ConnectorContext, connect_all, connector_folders
    from twin.web.open_files import raise_open_files
    from twin.web.server import WebServer

    web = WebServer(config.web) if config.web.enabled else None
    if web is not None:
        raise_open_files()
        web.bind()  # a port in use is an error now, not after the model was loaded
    connectors = connect_all(config, ConnectorContext(db, config.data, config.owner.name, web))
    if web is None and not connectors:
        sections = ", ".join(f"[{folder.section}]" for folder in connector_folders())
        raise InputError(f"{sections}: all are off; set `enabled = true` in one")
    return web, connectors


def _add_dashboard(web: "WebServer", parts: Parts) -> None:
    """Add the owner's pages. Without a password, show the link that sets one, if on a terminal."""
    from twin.blind.blind_test import BlindTest
    from twin.blind.page import add_blind_page
    from twin.dashboard.app import add_dashboard
    from twin.dashboard.auth.password import PasswordFile
    from twin.dashboard.auth.sessions import OwnerAuth

    config, db = parts.config, parts.db
    blind = BlindTest(config, db, parts.engine)
    auth = OwnerAuth(db, PasswordFile(config.data), config.web.session_hours)
    web.add(partial(add_blind_page, db=db, test=blind, owner=config.owner.name))
    web.add(partial(add_dashboard, context=_dashboard_context(web, parts, blind), auth=auth))
    output.hint(f"Your own pages: {web.address}{entrance(auth.first_password_token)}")


def _dashboard_context(web: "WebServer", parts: Parts, blind: "BlindTest") -> "DashboardContext":
    from training.dataset.browser import SampleBrowser
    from training.forgetting import forget, withdraw
    from training.report.dataset_report import rebuild_report
    from training.report.report_files import ReportFiles
    from twin.blind.page import blind_link
    from twin.connectors.web.connector import friend_link
    from twin.dashboard.context import DashboardContext

    config, bot = parts.config, parts.bot
    return DashboardContext(
        db=parts.db,
        config=config,
        engine=parts.engine,
        connectors=parts.connectors,
        training=parts.nightly,
        backups=parts.backups,
        actions=bot.actions,
        devices=bot.devices,
        blind=blind,
        link=partial(friend_link, web.public_address),
        blind_link=partial(blind_link, web.public_address),
        forget=partial(forget, config),
        withdraw=partial(withdraw, config),
        reports=ReportFiles(config),
        samples=SampleBrowser(config.path),
        report=partial(rebuild_report, config.path),
        restart=bot.restart,
        refusal=lambda: bot.live.trouble,
    )


def program() -> None:
    """What `bot.py` and the installed `twin` run."""
    # Warnings of libraries about each other; in tests they are errors.
    warnings.simplefilter("ignore", FutureWarning)
    sys.exit(main())


if __name__ == "__main__":
    program()
