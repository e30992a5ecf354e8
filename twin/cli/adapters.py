"""Commands about adapters: list them, show one, choose which one answers."""

import json
from dataclasses import asdict

import typer

from storage import adapters as registry
from twin.blind_score import blind_document
from twin.cli.base import CommandContext, command
from twin.cli.output import facts, table

adapters_app = typer.Typer(help="List the trained adapters and choose which one answers.")


@command(adapters_app, "list")
def adapters_list(session: CommandContext) -> None:
    """List all adapters, newest first."""
    found = registry.list_adapters(session.db)
    names = session.adapter_names
    rows = [
        [names.of(each.name), each.name, each.status, each.base_model, each.rules, _mark(each)]
        for each in found
    ]
    columns = ["adapter", "!name", "status", "base", "rules", "mark"]
    session.out.show([asdict(a) for a in found], table("Adapters", columns, rows))


@command(adapters_app, "show")
def adapters_show(session: CommandContext, name: str) -> None:
    """Show everything about one adapter."""
    document = asdict(registry.find_adapter(session.db, name))
    for key in ("metrics", "verdict"):
        document[key] = json.loads(document[key] or "null")
    document["blind"] = blind_document(session.db, name)
    session.out.show(document, facts(session.adapter_names.with_id(name), document))


@command(adapters_app, "promote")
def adapters_promote(session: CommandContext, name: str) -> None:
    """Answer with this adapter from the next reply on, whatever the gate decided."""
    session.actions.promote(name)
    session.out.show({"live": name}, f"Live now: {session.adapter_names.with_id(name)}.")


@command(adapters_app, "rollback")
def adapters_rollback(session: CommandContext) -> None:
    """Go back to the adapter that was live before."""
    name = session.actions.roll_back()
    session.out.show({"live": name}, f"Live again: {session.adapter_names.with_id(name)}.")


def _mark(adapter: registry.Adapter) -> str:
    return "learnt from a forgotten chat" if adapter.forgotten_at is not None else ""
