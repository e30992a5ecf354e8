"""Command that forgets a chat: in the log, on the disk, and in what is learnt from now on."""

import sys
from dataclasses import asdict
from typing import Annotated

import typer

from storage.adapters import live_adapter
from storage.chat_deletion import Forgotten, drop_forgotten, forget_chat, is_unfinished
from storage.chats import Chat, find_chat
from storage.errors import InputError
from twin.cli.base import CommandContext, command
from twin.cli.output import confirm
from twin.diagnostics.findings import FINISH, REPLACE

forget_app = typer.Typer()  # added without a name: its command stands beside the others


@command(forget_app, "forget")
def chats_forget(
    session: CommandContext,
    chat: Annotated[
        str | None,
        typer.Argument(
            metavar="CHAT", help="Number or name. Without: finish what was left before."
        ),
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Don't ask.")] = False,
    drop_adapters: Annotated[
        bool,
        typer.Option("--drop-adapters", help="The base answers until a new adapter is trained."),
    ] = False,
) -> None:
    """Delete a chat for good: messages, media, drafts, reports. The next night trains without."""
    from training.forgetting import finish_forgetting

    found = None if chat is None else find_chat(session.db, chat)
    if found is None and not drop_adapters and not is_unfinished(session.db):
        raise InputError("chats forget: nothing is left to finish; give a chat")
    if found is not None and not yes and sys.stdin.isatty():
        confirm(f"Delete everything of {found.name} for good?")
    gone = forget_chat(session.db, found.id) if found is not None else None
    dropped = drop_forgotten(session.db) if drop_adapters else []
    remains = finish_forgetting(session.config, session.db)
    document = {
        "chat": found.id if found else None,
        **asdict(gone or Forgotten(0, 0, 0, [])),
        "dropped": dropped,
        "remains": remains,
    }
    session.out.show(document, *_told(session, found, gone, dropped, remains))


def _told(
    session: CommandContext,
    chat: Chat | None,
    gone: Forgotten | None,
    dropped: list[str],
    remains: list[str],
) -> list[str]:
    lines = []
    if chat is not None and gone is not None:
        lines.append(
            f"{chat.name}: {gone.messages} messages, {gone.media} media files and "
            f"{gone.contacts} contacts deleted; {len(gone.adapters)} adapters marked."
        )
    live, names = live_adapter(session.db), session.adapter_names
    if dropped:
        lines.append(f"Dropped: {names.of(dropped[0])}; the base model answers.")
    elif live is not None and live.forgotten_at is not None:
        lines.append(
            f"The live adapter ({names.of(live.name)}) learnt from a forgotten chat: {REPLACE}."
        )
    lines += [f"Still there: {line}." for line in remains]
    if remains:
        return [*lines, f"Not all is gone: {FINISH}."]
    return [*lines, "The data folder holds nothing else of forgotten chats."]
