"""The command about the blind test: how often people took the twin's answers for the owner's."""

from typing import Any

import typer

from storage.adapters import list_adapters
from twin.blind_score import blind_document
from twin.cli.base import CommandContext, command
from twin.cli.output import hint, table
from twin.formatting import cell

blind_app = typer.Typer()  # no name: its command is a top-level one


@command(blind_app)
def blind(session: CommandContext) -> None:
    """Show how often people took the twin's answer for yours, by adapter and chat."""
    found = [
        {"adapter": adapter.name} | document
        for adapter in list_adapters(session.db)
        if (document := blind_document(session.db, adapter.name)) is not None
    ]
    columns = ["adapter", "!chat", "#answers", "#taken for you", "#95% interval"]
    names = session.adapter_names
    rows = [row for each in found for row in _rows(each, names.of(each["adapter"]))]
    session.out.show(found, table("Blind test", columns, rows))
    if not found:
        hint("Nobody has judged a pair yet: open /blind on your pages.")


def _rows(document: dict[str, Any], adapter: str) -> list[list[Any]]:
    """One for each chat, and one for all of them."""
    whole = document | {"chat": "all"}
    return [_row(adapter, each) for each in (*document["chats"], whole)]


def _row(adapter: str, score: dict[str, Any]) -> list[Any]:
    interval = f"{score['low']:.0%} to {score['high']:.0%}"
    return [adapter, score["chat"], cell(score["n"]), f"{score['share']:.0%}", interval]
