"""Command that records who agreed to be learnt from, and who does not any more."""

from dataclasses import asdict
from typing import Annotated, Any

import typer

from storage.chats import Chat, all_chats, find_chat
from storage.consent import consents
from storage.errors import InputError
from twin.cli.base import CommandContext, command
from twin.cli.output import table
from twin.diagnostics.findings import FINISH
from twin.formatting import when
from twin.privacy.learning import not_learnt

consent_app = typer.Typer()  # added without a name: its command stands beside the others


@command(consent_app, "consent")
def chats_consent(
    session: CommandContext,
    chat: Annotated[
        str | None,
        typer.Argument(metavar="CHAT", help="Number or name. Without: list what is recorded."),
    ] = None,
    by: Annotated[
        str | None, typer.Option(help="Who agreed, or withdraws; in a group, all of them.")
    ] = None,
    is_withdrawn: Annotated[
        bool, typer.Option("--withdraw", help="Nothing of the chat is learnt any more.")
    ] = False,
) -> None:
    """Record that everyone in a chat agrees to be learnt from, or that they don't any more."""
    if chat is None:
        if by is not None or is_withdrawn:
            raise InputError("chats consent: whose? give a chat; see `bot.py chats list`")
        _list(session)
        return
    found = find_chat(session.db, chat)
    if is_withdrawn:
        _withdraw(session, found, by)
        return
    consent = session.actions.record_consent(found.id, by)
    session.out.show(
        {"chat": found.id, **asdict(consent)},
        f"{found.title}: {consent.by} agreed, as you say, {when(consent.at)}. The next training "
        f"run learns from it. `bot.py chats consent {found.id} --withdraw` takes it back.",
    )


def _withdraw(session: CommandContext, chat: Chat, by: str | None) -> None:
    from training.forgetting import withdraw

    done = withdraw(session.config, chat.id, by)
    lines = [
        f"{chat.title}: nothing of it is learnt any more; adapters marked: {len(done.adapters)}.",
        *(f"Still there: {line}." for line in done.remains),
        *([f"Not all is gone: {FINISH}."] if done.remains else []),
    ]
    session.out.show({"chat": chat.id, **asdict(done)}, *lines)


def _list(session: CommandContext) -> None:
    """Chats for which something is recorded, or that are not learnt from without it."""
    said, unlearnt = consents(session.db), not_learnt(session.db, session.config)
    document: list[dict[str, Any]] = []
    for chat in all_chats(session.db):
        consent = said.get(chat.id)
        if consent is not None or chat.id in unlearnt:
            about = {"id": chat.id, "name": chat.name, "platform": chat.platform}
            more = asdict(consent) if consent else {"by": None, "agreed": False, "at": None}
            document.append(about | more)
    columns = ["#chat", "name", "platform", "agreed", "by", "when"]
    keys = ("id", "name", "platform", "agreed", "by")
    rows = [[*(each[key] for key in keys), when(each["at"])] for each in document]
    session.out.show(document, table("Consent to be learnt from", columns, rows))
