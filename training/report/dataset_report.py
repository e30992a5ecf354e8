"""Report the dataset's figures in the terminal and as a page."""

import asyncio
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from rich.console import RenderableType

from storage.atomic_files import write_text
from storage.errors import TwinError
from training.dataset.message_report import FATES
from training.report.plots import draw_lengths, draw_months
from training.report.rendering import markdown_templates, render_page
from training.report.run_report import messages
from twin.child_process import process_options
from twin.cli.output import table
from twin.language import ENGLISH, Language
from twin.privacy.learning import consent_notes
from twin.score_labels import NONE, count, percent

BOT = Path(__file__).resolve().parents[2] / "bot.py"
LARGEST = 20  # chats that are shown unless all are wanted
SIDES = ("prompt", "answer")
FATE_COLUMNS = ("messages", "targets", "context", "dropped", "targets, share")
LENGTH_COLUMNS = ("mean", "half are within", "90% within", "99% within", "longest")
Rows = list[tuple[str, ...]]
Figures = Mapping[str, Any]
WIDEST = 40  # characters of a bar
TITLE = "The training samples"


def headline(figures: Figures) -> str:
    besides = figures.get("memory_questions")
    return (
        f"{count(figures['answers'])} answers to learn from {count(figures['messages'])} messages "
        f"in {count(figures['chats'])} chats"
        + (f", and {count(besides)} made-up questions about memory" if besides else "")
    )


def untaught(figures: Figures) -> Rows:
    """Answers that are not learnt; where they are shown as context, they are not dropped."""
    return [(reason, count(number)) for reason, number in figures["untaught"].items()]


def by_chat(figures: Figures, *, every: bool) -> Rows:
    chats = figures["by_chat"]
    return [(chat["name"], *_fates(chat)) for chat in (chats if every else chats[:LARGEST])]


def others(figures: Figures, *, every: bool) -> str | None:
    """A word about the chats that `by_chat` leaves out."""
    rest = len(figures["by_chat"]) - LARGEST
    if every or rest <= 0:
        return None
    return f"The largest {LARGEST}; {count(rest)} more with --all."


def by_month(figures: Figures) -> Rows:
    return [(month["month"], *_fates(month)) for month in figures["by_month"]]


def _fates(group: Figures) -> tuple[str, ...]:
    total = sum(group[fate] for fate in FATES)
    return (
        count(total),
        *(count(group[fate]) for fate in FATES),
        percent(group["target"] / max(total, 1)),
    )


def lengths(figures: Figures) -> Rows:
    return [(side, *_length(figures["tokens"][side])) for side in SIDES]


def _length(summary: Figures | None) -> tuple[str, ...]:
    if summary is None:
        return (NONE,) * len(LENGTH_COLUMNS)
    keys = ("mean", "median", "p90", "p99", "longest")
    return tuple(f"{summary[key]:,}" for key in keys)


def about_lengths(figures: Figures) -> str:
    """Which answers were measured, and whether any lose their end."""
    tokens = figures["tokens"]
    all_of_them, measured = count(tokens["answers"]), count(tokens["measured"])
    which = f"All {all_of_them} answers"
    if tokens["measured"] < tokens["answers"]:
        which = f"{measured} of {all_of_them} answers, drawn by chance and the same each time"
    limit = f"[train] max_tokens = {tokens['max_tokens']}"
    return f"{which}, each with its context. {limit}: {count(tokens['cut'])} lose their end."


def bins(summary: Figures) -> Iterator[tuple[str, int]]:
    """(which lengths, how many) of the histogram."""
    width, counts = summary["histogram"]["bin"], summary["histogram"]["counts"]
    for number, found in enumerate(counts):
        low, high = number * width, (number + 1) * width - 1
        is_last = number == len(counts) - 1
        yield (f"{low}+" if is_last else str(low) if low == high else f"{low}–{high}"), found


def bars(counts: Sequence[int], widest: int) -> list[str]:
    """A bar of blocks for each count, in eighths, the highest `widest` long."""
    top = max(*counts, 1)
    eighths = [-(-8 * widest * each // top) for each in counts]
    return ["█" * (each // 8) + " ▏▎▍▌▋▊▉"[each % 8].strip() for each in eighths]


def dataset_tables(figures: Figures, page: Path, *, every: bool) -> Iterator[RenderableType]:
    fates = [f"#{name}" for name in FATE_COLUMNS]
    yield f"{headline(figures)}, rules {figures['rules']}"
    yield table("Messages", ["what became of them", "#messages", "#share"], messages(figures))
    if reasons := untaught(figures):
        yield table("Answers not learnt", ["reason", "#answers"], reasons)
    yield table("By chat", ["chat", *fates], by_chat(figures, every=every))
    if rest := others(figures, every=every):
        yield rest
    yield table("By month", ["month", *fates], by_month(figures))
    columns = [f"#{name}" for name in LENGTH_COLUMNS]
    yield table("Tokens of a sample", ["", *columns], lengths(figures))
    for side in SIDES:
        if summary := figures["tokens"][side]:
            names, counts = zip(*bins(summary), strict=True)
            rows = zip(names, counts, bars(counts, WIDEST), strict=True)
            yield table(f"Tokens of the {side}", ["#tokens", "#samples", ""], rows)
    yield about_lengths(figures)
    yield f"With plots: {page}"


def write_dataset_page(page: Path, figures: Mapping[str, Any], *, every: bool) -> None:
    """One file with everything in it; it replaces an older one. Raises TwinError."""
    try:
        with tempfile.TemporaryDirectory() as plots:
            markdown = render_dataset(figures, Path(plots), every=every)
            document = render_page(markdown, TITLE, Path(plots))
        write_text(page, document, mode=0o600)  # it names chats
    except OSError as error:
        cause = error.strerror or error
        raise TwinError(
            f"{page}: can't be written ({cause}); free some disk space or mend the folder's "
            "permissions"
        ) from error


def render_dataset(figures: Mapping[str, Any], folder: Path, *, every: bool) -> str:
    """The page in Markdown; its plots are drawn into the folder."""
    return (
        markdown_templates()
        .get_template("dataset.md.j2")
        .render(
            title=TITLE,
            headline=headline(figures),
            figures=figures,
            messages=messages(figures),
            untaught=untaught(figures),
            consent=consent_notes(Language(ENGLISH), figures["chats_without_consent"]),
            columns=FATE_COLUMNS,
            months=by_month(figures),
            months_plot=draw_months(folder, figures["by_month"]),
            chats=by_chat(figures, every=every),
            others=others(figures, every=every),
            length_columns=LENGTH_COLUMNS,
            lengths=lengths(figures),
            about_lengths=about_lengths(figures),
            length_plots=draw_lengths(folder, figures["tokens"]),
        )
    )


async def rebuild_report(config: Path) -> None:
    """Write the dataset's page again in a process of its own: it takes a core for half a minute.

    Raises TwinError with the last line that the process printed.
    """
    command = (sys.executable, str(BOT), "dataset", "report", "--config", str(config))
    options = process_options() | {"stderr": asyncio.subprocess.PIPE}
    process = await asyncio.create_subprocess_exec(*command, **options)
    try:
        _, errors = await process.communicate()
    except asyncio.CancelledError:
        process.kill()
        raise
    if process.returncode:
        lines = errors.decode("utf-8", "replace").strip().splitlines()
        raise TwinError(
            lines[-1].removeprefix("error: ")
            if lines
            else "dataset report: no word of why it failed"
        )
