"""Columns of tables: those that an import names, the saved ones, and a preview."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from storage.errors import InputError
from twin.cli.base import CommandContext, command
from twin.cli.output import table
from twin.formatting import when

if TYPE_CHECKING:
    from storage.importers.base import ImportedMessage
    from storage.importers.columns.choice import Columns
    from storage.importers.columns.saved import SavedColumns

_SHOWN_CHARS = 60
ColumnsOption = Annotated[
    str | None,
    typer.Option(metavar="CHOICE", help="Of any table: time=…,sender=…,text=…; or a saved name."),
]
SaveColumnsOption = Annotated[
    str | None, typer.Option(metavar="NAME", help="Keep the columns under this name.")
]

columns_app = typer.Typer(help="List the saved columns of tables, and remove them.")


@command(columns_app, "list")
def columns_list(session: CommandContext) -> None:
    """List the columns that `import --save-columns` has kept."""
    from storage.importers.columns.saved import SavedColumns

    found = SavedColumns(session.config.data).all()
    session.out.show(found, table("Columns", ["!name", "columns"], list(found.items())))


@command(columns_app, "remove")
def columns_remove(session: CommandContext, name: str) -> None:
    """Remove saved columns; what was imported with them stays."""
    from storage.importers.columns.saved import SavedColumns

    SavedColumns(session.config.data).remove(name)
    session.out.show({"removed": name}, f"{name} is removed.")


def chosen_columns(
    saved: "SavedColumns", columns: str | None, save_as: str | None
) -> "Columns | None":
    """The columns of an import. Raises InputError before anything is read."""
    from storage.importers.columns.saved import check_name

    if save_as is not None:
        check_name(save_as)
        if columns is None:
            raise InputError(f"save-columns '{save_as}': there are none; give --columns as well")
    return saved.find(columns) if columns is not None else None


def previewed(paths: Sequence[Path], columns: "Columns", dates: Any) -> "list[ImportedMessage]":
    """The first messages of each file that was named itself."""
    from storage.importers.columns.importer import preview
    from storage.importers.raw_files.source import is_archive

    files = [path for path in paths if path.is_file() and not is_archive(path)]
    return [message for path in files for message in preview(path, columns, dates)]


def preview_table(messages: "Sequence[ImportedMessage]") -> Any:
    rows = [[when(m.sent_at), m.chat_name, m.sender_name, m.kind, _short(m.text)] for m in messages]
    return table("The first messages", ["time", "chat", "sender", "kind", "text"], rows)


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _SHOWN_CHARS else f"{line[: _SHOWN_CHARS - 1]}…"
