"""The commands about keys: which programs may use the API."""

from dataclasses import asdict
from typing import Annotated

import typer

from storage import keys
from twin.cli.base import CommandContext, command
from twin.cli.output import hint, table
from twin.formatting import when

KeyName = Annotated[str, typer.Argument(metavar="NAME", help="What uses it.")]

keys_app = typer.Typer(help="Which programs may use the API.")


@command(keys_app, "create")
def keys_create(
    session: CommandContext,
    name: KeyName,
    scope: Annotated[
        str, typer.Option(help="chat: talk to the twin. manage: steer it and read the chats too.")
    ] = "chat",
) -> None:
    """A new key. It is shown this once: only its hash is kept."""
    secret, key = keys.create_key(session.db, name, scope)
    session.out.show({"key": secret} | asdict(key), secret)
    hint("Keep it now: it is not shown again. `bot.py keys revoke` closes it.")


@command(keys_app, "list")
def keys_list(session: CommandContext) -> None:
    """Every key, by its beginning."""
    found = keys.list_keys(session.db)
    rows = [
        [k.name, f"{k.prefix}…", k.scope, when(k.created_at), when(k.last_used_at), _state(k)]
        for k in found
    ]
    columns = ["!name", "key", "scope", "made", "last used", "state"]
    session.out.show([asdict(key) for key in found], table("Keys", columns, rows))


@command(keys_app, "revoke")
def keys_revoke(session: CommandContext, name: KeyName) -> None:
    """Close a key for good, from its next request on."""
    key = keys.revoke_key(session.db, name)
    session.out.show(asdict(key), f"{key.name} ({key.prefix}…) is closed.")


def _state(key: keys.Key) -> str:
    return "open" if key.revoked_at is None else f"revoked {when(key.revoked_at)}"
