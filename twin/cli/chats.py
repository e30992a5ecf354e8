"""Commands about chats and friends: modes, drafts, invitations, decisions, search."""

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from storage import chats as chatlist
from storage.errors import InputError
from twin.cli.base import CommandContext, command
from twin.cli.output import facts, table
from twin.formatting import remembered, when

if TYPE_CHECKING:
    from storage.decisions import ReplyPiece
    from twin.config.schema import Config

ChatName = Annotated[str, typer.Argument(metavar="CHAT", help="The chat's number or name.")]
DraftNumber = Annotated[int, typer.Argument(metavar="N", help="The number shown by `drafts list`.")]

chats_app = typer.Typer(help="List chats and choose who gets replies.")
drafts_app = typer.Typer(help="Approve, edit or reject waiting replies.")
friends_app = typer.Typer()  # no name: its commands are top-level ones


@command(chats_app, "list")
def chats_list(session: CommandContext) -> None:
    """List all chats, most recent first."""
    found = chatlist.list_chats(session.db)
    columns = ["#chat", "name", "platform", "mode", "#messages", "#yours", "last"]
    keys = ("id", "name", "platform", "mode", "messages", "owner_messages")
    rows = [[*(chat[key] for key in keys), when(chat["last_message_at"])] for chat in found]
    session.out.show(found, table("Chats", columns, rows))


@command(chats_app, "set")
def chats_set(
    session: CommandContext,
    chat: ChatName,
    mode: Annotated[str | None, typer.Option(help="off, log, draft or auto.")] = None,
    note: Annotated[
        str | None, typer.Option(help="What the twin should know about the friend.")
    ] = None,
) -> None:
    """Set a chat's mode (off: not even logged; log; draft; auto) or its note."""
    if mode is None and note is None:
        raise InputError("chats set: nothing to set; give --mode or --note")
    found = chatlist.find_chat(session.db, chat)
    if mode is not None:
        found = session.actions.set_mode(found, mode)
    if note is not None:
        found = session.actions.set_note(found.id, note)
    session.out.show(asdict(found), facts("Chat", asdict(found)))


@command(friends_app)
def why(
    session: CommandContext,
    chat: ChatName,
    limit: Annotated[int, typer.Option(min=1, help="How many decisions, the latest first.")] = 10,
) -> None:
    """Show why a chat was answered or not."""
    from storage.decisions import last_decisions

    found = chatlist.find_chat(session.db, chat)
    records = last_decisions(session.db, found.id, limit)
    rows = [
        [
            when(record.decided_at),
            " / ".join(record.asked),
            record.reason,
            " / ".join(map(_said, record.said)),
            remembered(record.memory),
        ]
        for record in records
    ]
    title = f"{found.name}: {found.mode}"
    session.out.show(
        [asdict(record) for record in records],
        table(title, ["time", "asked", "reason", "said", "from memory"], rows),
    )


def _said(piece: "ReplyPiece") -> str:
    if piece.sticker_of is None:
        return f"{piece.text} ({piece.state})"
    return f"{piece.text} ({piece.state}; as you sent it on {when(piece.sticker_of)})"


@command(drafts_app, "list")
def drafts_list(session: CommandContext) -> None:
    """List waiting drafts, oldest first."""
    from storage.drafts import list_drafts

    found = list_drafts(session.db)
    rows = [
        [
            *(d.number, d.chat_name, d.asked, " / ".join(d.lines)),
            *(remembered(d.memory), when(d.created_at)),
        ]
        for d in found
    ]
    columns = ["#draft", "chat", "asked", "would say", "from memory", "made"]
    session.out.show([asdict(draft) for draft in found], table("Drafts", columns, rows))


@command(drafts_app, "approve")
def drafts_approve(session: CommandContext, number: DraftNumber) -> None:
    """Have the running bot send a draft."""
    session.actions.approve_draft(number)
    _show_answer(session, f"Draft {number} is on its way.")


@command(drafts_app, "edit")
def drafts_edit(
    session: CommandContext,
    number: DraftNumber,
    text: Annotated[str, typer.Argument(help="Your words; each line is a message.")],
) -> None:
    """Have the running bot send your words instead of a draft."""
    session.actions.edit_draft(number, text)
    _show_answer(session, f"Draft {number} is on its way.")


@command(drafts_app, "reject")
def drafts_reject(session: CommandContext, number: DraftNumber) -> None:
    """Drop a draft."""
    session.actions.reject_draft(number)
    _show_answer(session, f"Draft {number} is dropped.")


def _show_answer(session: CommandContext, answer: str) -> None:
    session.out.show({"answer": answer}, answer)


@command(friends_app)
def invite(
    session: CommandContext,
    name: Annotated[str, typer.Argument(help="The friend's name.")],
    again: Annotated[
        bool, typer.Option("--again", help="Make a new link to the friend's chat; old links end.")
    ] = False,
    revoke: Annotated[bool, typer.Option("--revoke", help="End the friend's links.")] = False,
) -> None:
    """Make a secret link where a friend can write to the twin."""
    if not name.strip():
        raise InputError("invite '': a friend needs a name; give one")
    if revoke:
        chat = chatlist.find_chat(session.db, name)
        ended = session.actions.revoke_invites(chat.id)
        session.out.show({"chat": chat.id, "revoked": ended}, f"{chat.name}: {ended} links ended.")
        return
    if again:
        chat = chatlist.find_chat(session.db, name)
        token = session.actions.renew_invite(chat)
    else:
        token, chat = session.actions.invite(name)
    link = address_for(session.config, token)
    session.out.show({"chat": chat.id, "name": chat.name, "link": link}, link)


def address_for(config: "Config", token: str) -> str:
    """The friend's address of that link."""
    from twin.connectors.web.connector import friend_link
    from twin.web.server import WebServer

    return friend_link(WebServer(config.web).public_address, token)


@command(friends_app)
def search(
    session: CommandContext,
    text: Annotated[
        list[str], typer.Argument(metavar="TEXT...", help="Words that a message must contain.")
    ],
    limit: Annotated[int, typer.Option(min=1, help="How many at most.")] = 20,
) -> None:
    """Search messages that contain all words, newest first."""
    from storage.media_texts import media_texts_of
    from storage.search import search_messages

    found = search_messages(session.db, " ".join(text), limit=limit)
    read = media_texts_of(session.db, [m["id"] for m in found])
    for m in found:
        m["media_text"] = read[m["id"]].text if m["id"] in read else None
    rows = [
        [
            when(m["sent_at"]),
            chatlist.get_chat(session.db, m["chat_id"]).name,
            m["origin"],
            " ".join(filter(None, (m["text"], m["media_text"]))),
        ]
        for m in found
    ]
    session.out.show(found, table(f"{len(found)} found", ["time", "chat", "who", "text"], rows))
