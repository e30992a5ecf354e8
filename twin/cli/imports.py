"""The command that imports chat exports."""

import sys
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from twin.cli import output
from twin.cli.base import CommandContext, command
from twin.cli.columns import (
    ColumnsOption,
    SaveColumnsOption,
    chosen_columns,
    preview_table,
    previewed,
)
from twin.cli.output import Output, table
from twin.formatting import when

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from rich.progress import TaskID

    from storage.importers.base import ImportedMessage
    from storage.importers.owner import OwnerUnknown
    from storage.importers.platform_lines import PlatformLine
    from storage.importers.report import ImportPhase, ImportReport, ProgressCallback

MOST_CHOICES = 30

import_app = typer.Typer()  # no name: its command is a top-level one


@command(import_app, "import")
def import_(
    session: CommandContext,
    paths: Annotated[
        list[Path], typer.Argument(metavar="PATH...", help="Files, folders, .zip, .tar.")
    ],
    me: Annotated[str | None, typer.Option(help="Your name or id in the files.")] = None,
    format: Annotated[str | None, typer.Option(help="The format, if it isn't recognized.")] = None,
    columns: ColumnsOption = None,
    save_columns: SaveColumnsOption = None,
    dates: Annotated[
        str | None, typer.Option(help="Date order dmy, mdy or ymd, if a file is ambiguous.")
    ] = None,
    same: Annotated[
        list[str] | None,
        typer.Option(
            metavar="OLD=NEW", help="Two names or ids are one chat, kept as NEW; repeatable."
        ),
    ] = None,
    no_media: Annotated[
        bool, typer.Option("--no-media", help="Leave out pictures, voices and other files.")
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show what would be imported; store nothing.")
    ] = False,
) -> None:
    """Import chat exports; a message is never stored twice."""
    from storage.importers.columns.saved import SavedColumns
    from twin.imports.brought import file_limits
    from twin.privacy.learning import imported_without_consent

    saved = SavedColumns(session.config.data)
    chosen = chosen_columns(saved, columns, save_columns)
    given: dict[str, Any] = {"format": format, "dates": dates, "dry_run": dry_run}
    given |= {"same": same or (), "files": None if no_media else file_limits(session.config)}
    given |= session.config.import_.model_dump() | {"columns": chosen}
    report, _ = import_asking(session, paths, me, given)
    if chosen and save_columns:
        saved.save(save_columns, chosen)
    shown = previewed(paths, chosen, dates) if chosen and dry_run else []
    waiting = imported_without_consent(session.db, session.config, report.files)
    show_import(session.out, report, shown, waiting)


def import_asking(
    session: CommandContext, paths: list[Path], me: str | None, given: dict[str, Any]
) -> "tuple[ImportReport, str | None]":
    """Import, and ask in a terminal what is uncertain; elsewhere that ends it or is reported.

    With who the owner is in the files, where that was given or asked.
    """
    from storage.importers.import_files import import_paths
    from storage.importers.owner import OwnerUnknown

    asks = not session.out.as_json and sys.stdin.isatty()

    def run(me: str | None) -> "ImportReport":
        with _bars() as (on_progress, pause):

            def confirm(doubts: "Sequence[str]") -> None:
                if asks and not given["dry_run"]:
                    pause()
                    _ask_about(doubts)

            callbacks: dict[str, Any] = {"on_progress": on_progress, "confirm": confirm}
            return import_paths(session.db, paths, me=me, **callbacks, **given)

    try:
        return run(me), me
    except OwnerUnknown as error:
        if me is not None or not asks:
            raise
        me = _ask_who(error)
        return run(me), me


@contextmanager
def _bars() -> "Iterator[tuple[ProgressCallback, Callable[[], None]]]":
    """Progress bars with the time left, one a phase, and how to end them for a question.

    Nothing is shown outside a terminal.
    """
    from rich.progress import BarColumn, TaskProgressColumn, TextColumn, TimeRemainingColumn
    from rich.progress import Progress as Bars

    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn())
    console = output.errors
    hidden = not console.is_terminal
    with Bars(*columns, TimeRemainingColumn(), console=console, disable=hidden) as bars:
        tasks: dict[ImportPhase, TaskID] = {}

        def on_progress(phase: "ImportPhase", done: int, total: int) -> None:
            if phase not in tasks:
                tasks[phase] = bars.add_task(phase, total=total)
            bars.update(tasks[phase], completed=done)

        yield on_progress, bars.stop


def show_import(
    out: Output, report: "ImportReport", shown: "Sequence[ImportedMessage]", waiting: int
) -> None:
    from twin.imports.brought import files_lines
    from twin.privacy.learning import consent_notes

    totals = {key: getattr(report, key) for key in ("messages", "new", "duplicates", "owner")}
    totals["chats_without_consent"] = waiting
    columns = ["chat", "format", "#all", "#new", "#known", "#yours", "from – to", "kinds"]
    rows = [
        [
            *(f.chat, f.format, f.messages, f.new, f.duplicates, f"{f.owner / f.messages:.0%}"),
            f"{when(f.first_at)} {when(f.last_at)}",
            f.kinds,
        ]
        for f in report.files
    ]
    out.show(
        asdict(report) | totals | ({"first": [m._asdict() for m in shown]} if shown else {}),
        *([preview_table(shown)] if shown else []),
        table("Would be imported" if report.dry_run else "Imported", columns, rows),
        f"{report.messages} messages, {report.new} new, {report.duplicates} known before",
        *files_lines(output.language(), report.media, dry_run=report.dry_run),
        *_lines_of(report),
        *consent_notes(output.language(), waiting),
    )


def _lines_of(report: "ImportReport") -> "Iterator[str]":
    """What was left out and why, and what was assumed, in the language of the terminal."""
    say = output.language().say
    for problem in report.problems:
        yield say("left out: {problem}", problem=say(problem.text))
    for line in report.platform_lines:
        yield say("not learnt, a line of the platform: {line}", line=_line(line))
    for note in report.notes:
        yield say("note: {note}", note=say(note))
    for path in report.skipped:
        yield say("skipped, no known export: {path}", path=path)


def _line(found: "PlatformLine") -> str:
    return f"“{found.line}” ({found.messages}, in {found.chats} chats)"


def _ask_who(error: "OwnerUnknown") -> str:
    """Ask the owner which of the file's senders they are; the sender's id."""
    output.hint("Which of these are you?")
    for number, sender in enumerate(error.senders[:MOST_CHOICES], 1):
        output.hint(f"{number}  {sender.title} ({sender.messages})")
        for sample in sender.samples:
            output.hint(f"     “{sample}”")
    answer = (output.read_line() or "").strip()
    if not answer.isdecimal() or not 1 <= int(answer) <= len(error.senders):
        raise error
    return error.senders[int(answer) - 1].id


def _ask_about(doubts: "Sequence[str]") -> None:
    """Raises typer.Abort where the owner does not want to go on; nothing is imported then."""
    for doubt in doubts:
        output.hint(output.said(doubt))
    output.confirm("Import as it is?")
