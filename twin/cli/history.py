"""The command that brings what the platforms still show of the past."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import typer

from storage.errors import InputError
from twin.cli import output
from twin.cli.base import CommandContext, command
from twin.cli.output import Output, said, table
from twin.formatting import when
from twin.terminal import one_line

if TYPE_CHECKING:
    from twin.imports.history_report import HistoryProgress, HistoryReport, Wanted

history_app = typer.Typer()  # no name: its command is a top-level one


@command(history_app)
def history(
    session: CommandContext,
    account: Annotated[
        str | None, typer.Option(help="Only this connection, such as matrix.")
    ] = None,
    chat: Annotated[str | None, typer.Option(help="Only this chat: name, number or id.")] = None,
    since: Annotated[
        str | None, typer.Option(metavar="DATE", help="Nothing before, as in 2026-01-31.")
    ] = None,
    same: Annotated[
        list[str] | None,
        typer.Option(
            metavar="OLD=NEW", help="Two names or ids are one chat, kept as NEW; repeatable."
        ),
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show what would be brought; store nothing.")
    ] = False,
) -> None:
    """Bring the old messages that your accounts still show; none is answered or stored twice."""
    from twin.imports.history_report import Wanted, history_accounts
    from twin.privacy.learning import consent_notes, imported_without_consent

    config = session.config
    began = _milliseconds(since) if since is not None else 0
    wanted = Wanted(history_accounts(config, account), chat, began, tuple(same or ()), dry_run)
    report = _bring(session, wanted)
    _show(session.out, report)
    waiting = imported_without_consent(session.db, config, (one.report for one in report.chats))
    for note in consent_notes(output.language(), waiting):
        output.hint(note)
    if report.cut:
        raise typer.Exit(1)


def _bring(session: CommandContext, wanted: "Wanted") -> "HistoryReport":
    from twin.connectors.base import ConnectorContext
    from twin.imports.history import bring_history

    config = session.config
    context = ConnectorContext(session.db, config.data, config.owner.name)
    try:
        with _bar() as watch:
            return asyncio.run(bring_history(config, context, wanted, watch))
    except KeyboardInterrupt:
        output.hint("Stopped. What was brought is stored; run it again, and it goes on.")
        raise typer.Abort from None


def _milliseconds(date: str) -> int:
    """A date or time in this machine's zone, unless it names one, in UTC milliseconds."""
    try:
        return max(0, round(datetime.fromisoformat(date.strip()).astimezone().timestamp() * 1000))
    except (ValueError, OverflowError, OSError) as error:
        raise InputError(f"since '{date}': not a date; write it as in 2026-01-31") from error


@contextmanager
def _bar() -> "Iterator[Callable[[HistoryProgress], None]]":
    """A bar over the chats, with the time left. Nothing is shown outside a terminal."""
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

    console = output.errors
    columns = (
        MofNCompleteColumn(),
        BarColumn(),
        TextColumn("{task.description}", markup=False),
        TextColumn("{task.fields[left]}", markup=False),
    )
    with Progress(*columns, console=console, disable=not console.is_terminal) as bars:
        task = bars.add_task("", total=None, left="")

        def watch(now: "HistoryProgress") -> None:
            read = f" ({now.messages})" if now.messages else ""
            bars.update(
                task,
                total=now.chats,
                completed=now.done,
                description=f"{one_line(now.chat)}{read}",
                left=_left(now.left_s),
            )

        yield watch


def _left(seconds: float | None) -> str:
    if seconds is None:
        return "time left: not known yet"
    if not seconds:
        return ""
    minutes = round(seconds / 60)
    return f"about {minutes} min left" if minutes else f"about {max(1, round(seconds))} s left"


def _show(out: Output, report: "HistoryReport") -> None:
    columns = ["account", "chat", "#all", "#new", "#known", "#yours", "from – to"]
    rows = [
        [
            *(account, chat.chat, chat.messages, chat.new, chat.duplicates),
            f"{chat.owner / chat.messages:.0%}",
            f"{when(chat.first_at)} {when(chat.last_at)}",
        ]
        for account, chat in report.chats
    ]
    off = [f"left out: {report.off} chats that are off"] if report.off else []
    out.show(
        _document(report),
        table("Would be brought" if report.dry_run else "Brought", columns, rows),
        f"{report.messages} messages, {report.new} new, "
        f"{report.messages - report.new} known before",
        *off,
        *(f"left out: {chat}: {said(why)}" for chat, why in report.left_out),
        *(f"left out: {said(double.question)}" for double in report.doubles),
        *(f"{account}: not all was brought: {said(why)}" for account, why in report.cut),
        *(["Run it again, and it goes on where it was."] if report.cut else []),
    )


def _document(report: "HistoryReport") -> dict[str, object]:
    chats = [
        {"account": account, "duplicates": chat.duplicates} | asdict(chat)
        for account, chat in report.chats
    ]
    for chat in chats:
        del chat["path"], chat["format"]
    return {
        "dry_run": report.dry_run,
        "messages": report.messages,
        "new": report.new,
        "off": report.off,
        "chats": chats,
        "left_out": dict(report.left_out),
        "doubles": [asdict(double) for double in report.doubles],
        "cut": dict(report.cut),
    }
