"""The base of all commands: config, database, and the options --config, --json and --debug."""

import inspect
import logging
import sqlite3
from collections.abc import Callable
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Concatenate, ParamSpec

import typer
from rich.highlighter import NullHighlighter
from rich.logging import RichHandler
from sqlite_utils import Database

from storage.database import DatabaseBusy, open_database
from storage.database_file import failure_of, is_busy
from storage.errors import TwinError
from twin.cli.output import Output, errors
from twin.log_lines import LogFormatter

if TYPE_CHECKING:
    from twin.actions import Actions
    from twin.adapter_names import AdapterNames
    from twin.config.schema import Config

Given = ParamSpec("Given")

_COMMON: dict[str, tuple[Any, Any]] = {
    "config": (
        Annotated[
            Path | None,
            typer.Option(
                "--config",
                metavar="FILE",
                help="The settings file.",
                show_default="config.toml, or TWIN_CONFIG",
            ),
        ],
        None,
    ),
    "json": (
        Annotated[bool, typer.Option("--json", help="Print one JSON document on stdout.")],
        False,
    ),
    "debug": (
        Annotated[bool, typer.Option("--debug", help="Log everything and show tracebacks.")],
        False,
    ),
}


class CommandContext:
    """One run of a command. Config and database are opened on first use."""

    def __init__(self, config_file: Path | None, as_json: bool, debug: bool) -> None:
        self.out = Output(as_json)
        self._config_file = config_file
        self._debug = debug
        self.log_from(logging.WARNING)

    @property
    def config_file(self) -> Path:
        """Where the settings are, or are to be."""
        from twin.config.load import DEFAULT_FILE

        return self._config_file or DEFAULT_FILE

    @cached_property
    def config(self) -> "Config":
        from twin.config.load import load_config  # a third of the time of --help

        return load_config(self._config_file) if self._config_file else load_config()

    @cached_property
    def db(self) -> Database:
        from twin.one_bot import bot_process

        is_bot_running = bot_process(self.config.data) is not None
        return open_database(self.config.database, create=not is_bot_running)

    @cached_property
    def actions(self) -> "Actions":
        from twin.actions import Actions

        return Actions(self.config, self.db)

    @property
    def adapter_names(self) -> "AdapterNames":
        from twin.adapter_names import AdapterNames

        return AdapterNames(self.db, self.config.schedule)

    def log_from(self, level: int) -> None:
        """Log to stderr from this level on; with --debug, everything."""
        # Rich would look for numbers and names in a line, in time that grows with its square.
        handler = RichHandler(
            console=errors, show_path=self._debug, highlighter=NullHighlighter(), keywords=[]
        )
        handler.setFormatter(LogFormatter("%(message)s"))
        logging.basicConfig(
            level=logging.DEBUG if self._debug else level, handlers=[handler], force=True
        )
        if not self._debug:
            logging.getLogger("apscheduler").setLevel(logging.WARNING)


def _explained(error: sqlite3.Error, session: CommandContext) -> sqlite3.Error | TwinError:
    """An error of the database with its remedy, where there is one."""
    if isinstance(error, TwinError):
        return error
    if is_busy(error):
        return DatabaseBusy()
    return failure_of(error, session.config.database) or error


def command(
    group: typer.Typer, name: str | None = None
) -> Callable[
    [Callable[Concatenate[CommandContext, Given], None]],
    Callable[Concatenate[CommandContext, Given], None],
]:
    """Register the function as a command of the group, with the common options added."""

    def register(
        function: Callable[Concatenate[CommandContext, Given], None],
    ) -> Callable[Concatenate[CommandContext, Given], None]:
        def call(config: Path | None, json: bool, debug: bool, **given: Any) -> None:
            session = CommandContext(config, json, debug)
            try:
                function(session, **given)  # type: ignore[call-arg]
            except sqlite3.Error as error:
                raise _explained(error, session) from error

        _, *own = inspect.signature(function).parameters.values()
        parameters = [
            *own,
            *(
                inspect.Parameter(
                    key, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=a
                )
                for key, (a, default) in _COMMON.items()
            ),
        ]
        # Typer reads a command's options from its signature.
        call.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
        call.__annotations__ = {p.name: p.annotation for p in parameters}
        group.command(name or function.__name__, help=function.__doc__)(call)
        return function

    return register
