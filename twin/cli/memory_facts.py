"""Commands about facts: see them, and say to whom the twin may tell which."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Annotated, Any

import typer

from storage.chats import find_chat, get_chat
from storage.database import now_ms
from storage.errors import InputError
from storage.facts import Fact, State, get_fact, list_facts
from storage.texts import Text
from twin.cli.base import CommandContext, command
from twin.cli.output import hint, table
from twin.clock import midnight, zone_of
from twin.formatting import when
from twin.memory.facts import check_kind, day_from
from twin.memory.kinds import KINDS

Numbers = Annotated[
    list[int] | None, typer.Argument(metavar="[N]...", help="Numbers shown by `list`.")
]
Kind = Annotated[str | None, typer.Option(help=f"All facts of a kind: {', '.join(KINDS)}.")]
Chats = Annotated[list[str] | None, typer.Option(metavar="CHAT", help="A chat; may be repeated.")]
_COLUMNS = ["#fact", "about", "kind", "says", "said", "until", "who knows"]

facts_app = typer.Typer(help="Facts that messages state; you say to whom the twin may tell them.")


@command(facts_app, "list")
def facts_list(
    session: CommandContext,
    kind: Kind = None,
    chat: Annotated[str | None, typer.Option(help="Facts that this chat states.")] = None,
    rejected: Annotated[bool, typer.Option("--rejected", help="Those you rejected.")] = False,
    limit: Annotated[int, typer.Option(min=1, help="How many, the newest.")] = 50,
) -> None:
    """List facts about you and your friends, newest first."""
    if kind is not None:
        check_kind(kind)
    states: tuple[State, ...] = ("rejected",) if rejected else ("proposed", "kept")
    found, total = list_facts(
        session.db,
        kind=kind,
        chat_id=None if chat is None else find_chat(session.db, chat).id,
        states=states,
        now=now_ms(),
        limit=limit,
    )
    _show(session, found, f"{len(found)} of {total} facts")


@command(facts_app, "release")
def facts_release(
    session: CommandContext,
    numbers: Numbers = None,
    kind: Kind = None,
    to: Chats = None,
    everyone: Annotated[bool, typer.Option("--everyone", help="For all chats.")] = False,
) -> None:
    """Let the twin tell facts about you: to everyone, or in the chats that you name."""
    if everyone == bool(to):
        raise InputError(Text("release: for whom? Give --everyone, or --to CHAT once or more"))
    facts = _meant(session, numbers, kind, "owner")
    session.actions.release_facts(facts, None if everyone else _chats(session, to))
    _show_changed(session, facts)


@command(facts_app, "withdraw")
def facts_withdraw(
    session: CommandContext,
    numbers: Numbers = None,
    kind: Kind = None,
    from_: Annotated[
        list[str] | None, typer.Option("--from", metavar="CHAT", help="A chat; may be repeated.")
    ] = None,
) -> None:
    """Take a release back: from everyone, or from the chats that you name."""
    facts = _meant(session, numbers, kind, "owner")
    session.actions.withdraw_facts(facts, _chats(session, from_) if from_ else None)
    _show_changed(session, facts)


@command(facts_app, "edit")
def facts_edit(
    session: CommandContext,
    number: Annotated[int, typer.Argument(metavar="N", help="The number shown by `list`.")],
    text: Annotated[str | None, typer.Argument(help="Your words for it.")] = None,
    since: Annotated[str | None, typer.Option(metavar="YYYY-MM-DD", help="True from then.")] = None,
    until: Annotated[
        str | None, typer.Option(metavar="YYYY-MM-DD", help="True before that day; '' for no end.")
    ] = None,
) -> None:
    """Put a fact into your words, or say from when until when it is true."""
    fact = get_fact(session.db, number)
    end = fact.valid_until
    if until is not None:
        end = _day(session, until) if until else None
    words = fact.text if text is None else text
    begins = fact.valid_from if since is None else _day(session, since)
    _show(session, [session.actions.edit_fact(number, words, begins, end)], "Facts")


@command(facts_app, "keep")
def facts_keep(session: CommandContext, numbers: Numbers = None, kind: Kind = None) -> None:
    """Say that facts are right; also those that you rejected before."""
    facts = _meant(session, numbers, kind)
    session.actions.keep_facts(facts)
    _show_changed(session, facts)


@command(facts_app, "reject")
def facts_reject(session: CommandContext, numbers: Numbers = None, kind: Kind = None) -> None:
    """Say that facts are wrong or nobody's business: they are not used, nor proposed again."""
    facts = _meant(session, numbers, kind)
    session.actions.reject_facts(facts)
    _show_changed(session, facts)


@command(facts_app, "delete")
def facts_delete(session: CommandContext, numbers: Numbers = None, kind: Kind = None) -> None:
    """Delete facts; the messages that state them stay."""
    facts = _meant(session, numbers, kind)
    session.actions.delete_facts(facts)
    session.out.show({"deleted": facts}, f"{len(facts)} facts deleted.")


@command(facts_app, "add")
def facts_add(
    session: CommandContext,
    text: Annotated[str, typer.Argument(help="What is true, in your words.")],
    kind: Annotated[str, typer.Option(help=f"One of {', '.join(KINDS)}.")] = "other",
    about: Annotated[
        str | None, typer.Option(metavar="CHAT", help="The friend's chat; without it, about you.")
    ] = None,
) -> None:
    """Write a fact about you (to be released), or about a friend."""
    chat = None if about is None else find_chat(session.db, about).id
    _show(session, [session.actions.add_fact(text, kind, chat)], "Facts")


@command(facts_app, "find")
def facts_find(session: CommandContext) -> None:
    """Read new messages for facts now; each night does so too."""
    from twin.memory.extraction.propose import propose_facts

    memory = session.config.memory
    if not memory.enabled:
        hint("Memory is off, so no message is read: [memory] enabled in config.toml.")
    elif memory.extract == "off":
        hint('No message is read: [memory] extract = "off" in config.toml.')
    proposed = propose_facts(session.db, session.config)
    rest = "" if proposed.done else " More are left for the next time."
    told = f"{proposed.messages} messages read, {proposed.facts} new facts proposed.{rest}"
    session.out.show(proposed._asdict(), told)


def _meant(
    session: CommandContext, numbers: Sequence[int] | None, kind: str | None, about: Any = None
) -> list[int]:
    """The numbers of the facts that are given, or of all that are proposed or kept of a kind."""
    if bool(numbers) == (kind is not None):
        raise InputError(Text("which facts? Give their numbers, or --kind for all of a kind"))
    if kind is None:
        return list(numbers or ())
    check_kind(kind)
    return [fact.id for fact in list_facts(session.db, about=about, kind=kind)[0]]


def _chats(session: CommandContext, names: Sequence[str] | None) -> list[int]:
    return [find_chat(session.db, name).id for name in names or ()]


def _day(session: CommandContext, text: str) -> int:
    """When that day begins, in UTC milliseconds."""
    return midnight(day_from(text), zone_of(session.config.schedule))


def _show_changed(session: CommandContext, numbers: Sequence[int]) -> None:
    _show(session, [get_fact(session.db, number) for number in numbers], "Facts")


def _show(session: CommandContext, facts: Sequence[Fact], title: str) -> None:
    rows = [_row(session, fact) for fact in facts]
    session.out.show([asdict(fact) for fact in facts], table(title, _COLUMNS, rows))


def _row(session: CommandContext, fact: Fact) -> list[Any]:
    chat = None if fact.chat_id is None else get_chat(session.db, fact.chat_id).title
    about = "you" if fact.about == "owner" else chat
    until = when(fact.valid_until)
    if fact.replaced_by is not None:
        until = f"replaced by {fact.replaced_by}"
    said, known = when(fact.said_at), _known(session, fact)
    return [fact.id, about, fact.kind, fact.text, said, until, known]


def _known(session: CommandContext, fact: Fact) -> str:
    """Who may be told."""
    if fact.state == "rejected":
        return "nobody: rejected"
    if fact.about == "friend":
        return "that chat alone"
    if fact.for_everyone:
        return "everyone"
    names = [get_chat(session.db, chat).title for chat in fact.chats]
    return ", ".join(names) or "nobody yet"
