"""The command that talks to the twin without a bot around it."""

from dataclasses import asdict
from typing import Annotated

import typer

from storage.adapters import live_adapter
from storage.errors import InputError
from twin.cli import output
from twin.cli.base import CommandContext, command

chat_app = typer.Typer()  # added without a name: its command stands beside the others


@command(chat_app)
def chat(
    session: CommandContext,
    base: Annotated[bool, typer.Option("--base", help="The base model alone.")] = False,
    once: Annotated[str | None, typer.Option(metavar="TEXT", help="One message.")] = None,
) -> None:
    """Talk to the twin in the terminal; nothing is logged."""
    from twin.playground import Conversation

    if session.out.as_json and once is None:
        raise InputError("chat --json: a conversation isn't one document; add --once TEXT")
    conversation = Conversation(session.config, None if base else live_adapter(session.db))
    if once is not None:
        reply = conversation.say(once)
        session.out.show({"adapter": conversation.adapter} | asdict(reply), reply.text)
        return
    output.hint(f"You talk to {conversation.adapter or 'the base model'}. Ctrl+D ends it.")
    while (text := output.read_line()) is not None:
        if text.strip():
            session.out.show(None, conversation.say(text).text)
