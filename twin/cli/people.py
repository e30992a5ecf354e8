"""Commands about friends who have chats on several platforms."""

import sys
from collections.abc import Sequence
from typing import Annotated, Any

import typer

from storage.chats import Chat, find_chat
from storage.people import TwoNotes, list_people
from twin.cli import output
from twin.cli.base import CommandContext, command
from twin.cli.chats import ChatName
from twin.cli.output import table

people_app = typer.Typer(help="Say which chats are with the same friend.")


@command(people_app, "link")
def people_link(
    session: CommandContext,
    chat: ChatName,
    other: Annotated[str, typer.Argument(metavar="CHAT", help="The friend's other chat.")],
    note: Annotated[str | None, typer.Option(help="What the twin should know about them.")] = None,
) -> None:
    """Two chats are with one friend: they have one note, and stay two conversations."""
    found = find_chat(session.db, chat), find_chat(session.db, other)
    try:
        linked = session.actions.link_chats(found[0].id, found[1].id, note)
    except TwoNotes as error:
        if session.out.as_json or not sys.stdin.isatty():
            raise
        linked = session.actions.link_chats(found[0].id, found[1].id, _ask_which(error))
    session.out.show(_document(linked), f"One friend: {_titles(linked)}.")


@command(people_app, "unlink")
def people_unlink(session: CommandContext, chat: ChatName) -> None:
    """A chat is by itself again; it keeps the note."""
    found = session.actions.unlink_chat(find_chat(session.db, chat).id)
    session.out.show({"chat": found.id}, f"{found.title} is linked with no other chat.")


@command(people_app, "list")
def people_list(session: CommandContext) -> None:
    """List the friends who have several chats."""
    people = list_people(session.db)
    rows = [[_titles(person), _numbers(person), person[0].note or ""] for person in people]
    columns = ["chats", "numbers", "note"]
    session.out.show([_document(one) for one in people], table("People", columns, rows))


@command(people_app, "suggest")
def people_suggest(session: CommandContext) -> None:
    """Show chats that seem to be with one friend, by name or number; nothing is linked."""
    from twin.people import suggest_people

    found = suggest_people(session.db)
    rows = [
        [one.title, other.title, f"same {why}", f"bot.py people link {one.id} {other.id}"]
        for one, other, why in found
    ]
    session.out.show(
        [{"chats": [one.id, other.id], "why": why} for one, other, why in found],
        table("Perhaps one friend", ["chat", "other chat", "why", "if so"], rows),
    )


def _ask_which(error: TwoNotes) -> str:
    """Which of the two notes is kept."""
    output.hint("Which note is kept?")
    for number, note in enumerate(error.notes, 1):
        output.hint(f"{number}  “{note}”")
    answer = (output.read_line() or "").strip()
    if answer not in ("1", "2"):
        raise error
    return error.notes[int(answer) - 1]


def _titles(chats: Sequence[Chat]) -> str:
    return ", ".join(chat.title for chat in chats)


def _numbers(chats: Sequence[Chat]) -> str:
    return ", ".join(str(chat.id) for chat in chats)


def _document(chats: Sequence[Chat]) -> dict[str, Any]:
    names = [{"id": chat.id, "platform": chat.platform, "name": chat.name} for chat in chats]
    return {"chats": names, "note": chats[0].note}
