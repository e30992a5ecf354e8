"""Print results: tables for people, or one JSON document."""

import json
import os
import sys
import traceback
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TextIO

import typer
from rich.console import Console, RenderableType
from rich.table import Table
from rich.text import Text

from storage.texts import Text as TranslatedText
from twin.formatting import cell, named
from twin.language import Language, terminal_language
from twin.log_lines import indented, without_secrets
from twin.places import as_typed
from twin.terminal import one_line, printable

# Rich looks up sys.stdout and sys.stderr when it prints.
console = Console(highlight=False)
errors = Console(stderr=True, highlight=False)


class Output:
    """Prints a command's result.

    In JSON mode anything else that is printed, by us or by a library, goes to stderr.
    """

    def __init__(self, as_json: bool) -> None:
        self._stdout: TextIO | None = None
        if as_json:
            self._stdout, sys.stdout = sys.stdout, sys.stderr

    @property
    def as_json(self) -> bool:
        return self._stdout is not None

    @property
    def is_terminal(self) -> bool:
        """Whether a person reads the result, and no file or program."""
        return (self._stdout or sys.stdout).isatty()

    def show(self, document: Any, *people: RenderableType) -> None:
        """Print the document in JSON mode, otherwise the tables and lines for people.

        A string is one line, whatever names are in it; what has several is given as `plain` text.
        """
        if self._stdout is None:
            for part in people:
                if isinstance(part, str):
                    console.print(Text(one_line(part)), soft_wrap=True)
                else:
                    console.print(part)
            return
        # ASCII: the same bytes in every terminal, whatever its encoding
        print(json.dumps(document, default=str), file=self._stdout, flush=True)


def language() -> Language:
    """That of whoever reads the terminal."""
    return terminal_language(os.environ)


def said(text: str) -> str:
    """A text that keeps its values, in the language of the terminal; any other as it is."""
    return language().say(text) if isinstance(text, TranslatedText) else text


def report_error(message: str) -> None:
    """Print one line on stderr, neither wrapped nor read as markup."""
    line = " ".join(without_secrets(as_typed(message)).split())
    errors.print(Text.assemble(("error: ", "bold red"), plain(line)), soft_wrap=True)


def report_traceback(error: Exception) -> None:
    """Print where an error came from, on stderr."""
    lines = "".join(traceback.format_exception(error))
    errors.print(Text(indented(lines)), soft_wrap=True)


def hint(message: str) -> None:
    """Print a line for the person at the terminal; on stderr, as stdout is the result alone."""
    errors.print(Text(one_line(as_typed(message)), style="dim"), soft_wrap=True)


def read_line() -> str | None:
    """The next line typed; None at the end of input."""
    try:
        return input("> " if sys.stdin.isatty() else "")
    except EOFError:
        return None


def confirm(question: str) -> None:
    """Go on if the person answers yes. Raises typer.Abort otherwise."""
    hint(f"{question} [y/N]")
    if (read_line() or "").strip().lower() not in ("y", "yes"):
        raise typer.Abort


def plain(text: str) -> Text:
    """Text of others: no markup, and no control characters that the terminal would obey."""
    return Text(printable(text))


def _title(text: str) -> Text:
    # Cut, not wrapped: no line may begin as a name in it wants.
    return Text(one_line(text), no_wrap=True, overflow="ellipsis")


def table(title: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> Table:
    """A table. A heading with `#` is a column of numbers, one with `!` is never wrapped."""
    result = Table(title=_title(title), title_justify="left", header_style="bold")
    for column in columns:
        result.add_column(
            plain(column.lstrip("#!")),
            justify="right" if column.startswith("#") else "left",
            no_wrap=column.startswith("!"),
            overflow="fold",
        )
    for row in rows:
        result.add_row(*(plain(cell(value)) for value in row))
    return result


def facts(title: str, values: Mapping[str, Any]) -> Table:
    """A table of names and values."""
    result = Table(title=_title(title), title_justify="left", show_header=False)
    for name, value in values.items():
        result.add_row(plain(name.replace("_", " ")), plain(named(name, value)))
    return result
