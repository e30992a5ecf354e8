"""Commands about the files of messages: how far they are read, and reading the rest."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from twin.cli import output
from twin.cli.base import CommandContext, command
from twin.cli.output import table

if TYPE_CHECKING:
    from twin.media.backlog import BacklogProgress
    from twin.media.state import MediaState

media_app = typer.Typer(help="Files of messages, and what a machine reads in them.")


@command(media_app, "status")
def media_status(session: CommandContext) -> None:
    """Show how many files are read, how many are not, and what is missing to read them."""
    from twin.media.state import media_state

    _show(session, media_state(session.config))


@command(media_app, "read")
def media_read(
    session: CommandContext,
    failed: Annotated[
        bool, typer.Option("--failed", help="Also try again what could not be read.")
    ] = False,
) -> None:
    """Read the files that are not read yet, the newest first; Ctrl-C stops, a later run goes on."""
    from twin.media.backlog import Backlog
    from twin.media.pending import forget_failures
    from twin.media.state import media_state

    if failed:
        forget_failures(session.db)
    backlog = Backlog(session.config, session.db)
    try:
        with _bar() as watch:
            asyncio.run(backlog.run(watch))
    except KeyboardInterrupt:
        output.hint("Stopped. What was read is stored; run it again, and it goes on.")
        raise typer.Abort from None
    _show(session, media_state(session.config), backlog.progress)


def _show(
    session: CommandContext, state: "MediaState", done: "BacklogProgress | None" = None
) -> None:
    from twin.media.failures import FAILURES
    from twin.media.state import not_read_here

    say, missing = output.language().say, not_read_here(output.language(), session.config)
    rows = [
        ["read", state.read],
        *([f"not yet: {kind}", files] for kind, files in state.unread.items()),
        *([f"not read here: {kind}", files] for kind, files in state.elsewhere.items()),
        *([say(FAILURES.get(code, code)), files] for code, files in state.failures.items()),
    ]
    now = {"read": done.read, "failed": done.failed} if done else None
    session.out.show(
        asdict(state) | {"now": now, "not_read_here": missing},
        table("Files of messages", ["", "#files"], rows),
        *([f"read now: {done.read}, {done.failed} of them without success"] if done else []),
        *missing,
    )


@contextmanager
def _bar() -> "Iterator[Callable[[BacklogProgress], None]]":
    """A bar over the files, with the time left. Nothing is shown outside a terminal."""
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

    console = output.errors
    columns = (MofNCompleteColumn(), BarColumn(), TextColumn("{task.fields[left]}", markup=False))
    with Progress(*columns, console=console, disable=not console.is_terminal) as bars:
        task = bars.add_task("", total=None, left="")

        def watch(now: "BacklogProgress") -> None:
            total = now.read + now.left
            bars.update(task, total=total, completed=now.read, left=_left(now.left_s))

        yield watch


def _left(seconds: float | None) -> str:
    if seconds is None:
        return "time left: not known yet"
    minutes = round(seconds / 60)
    return f"about {minutes} min left" if minutes else f"about {max(1, round(seconds))} s left"
