"""Notices of the program to the owner, in the owner's chat with themselves."""

import logging
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from sqlite_utils import Database

from storage.notice_kinds import NoticeKind, is_told
from storage.outbox import NOTICE, Piece, add_piece
from storage.own_chats import own_chats
from storage.runs import Run, result_of
from storage.texts import Text
from twin.clock import Clock
from twin.connectors.base import Connector, Status
from twin.replying.policy import HOUR_MS

log = logging.getLogger(__name__)


class Notice(NamedTuple):
    """What is told in the owner's own chats, and on their devices through others' servers.

    `commands`: (label, text) of what the owner can do about it, as buttons where there are some.
    One without its argument ("/twin edit 3") asks for the rest.
    `kind`: under which switch of the owner's it is; None: for the chats alone, whatever they chose.
    `brief`: what a device shows of it, without anybody's words or name. `friend`: the name that may
    be added there if the owner allows it.
    `passing`: it is of no use later, so it goes only to a chat that is connected now.
    """

    text: str
    commands: tuple[tuple[str, str], ...] = ()
    kind: NoticeKind | None = None
    brief: Text | None = None
    friend: str = ""
    passing: bool = False


def tell_owner(
    db: Database, connectors: Mapping[str, Connector], notice: Notice, clock: Clock
) -> list[Piece]:
    """Put a notice into the outbox of one of the owner's chats with themselves; the piece.

    One place is enough: of those that are connected the one where the owner wrote last, unless the
    platform takes nothing more there, or did not take this notice just now. Without such a chat,
    `bot.py status` and `bot.py drafts list` show what there is to know.
    """
    if notice.kind is not None and not is_told(db, "chat", notice.kind):
        return []
    on = [
        (chat.id, connectors[chat.platform])
        for chat in own_chats(db)
        if chat.platform in connectors
    ]
    states = [(chat_id, connector.status()) for chat_id, connector in on]
    since = clock.now() - HOUR_MS
    chats = [
        (chat_id, status)
        for chat_id, status in states
        if _has_room(db, chat_id, status)
        and not _was_refused(db, chat_id, notice.text, since)
        and (status.state == "running" or not notice.passing)
    ]
    if not chats:
        log.info("no chat of the owner with themselves takes a notice now: it is not sent")
        return []
    chat_id, _ = min(chats, key=lambda chat: chat[1].state != "running")
    return [
        add_piece(
            *(db, chat_id, notice.text),
            kind=NOTICE,
            approved=True,
            commands=notice.commands,
            now=clock.now(),
        )
    ]


def _has_room(db: Database, chat_id: int, status: Status) -> bool:
    """Whether the platform takes one message more than those that wait for it already."""
    if status.room is None:
        return True
    (waiting,) = db.execute(
        "SELECT COUNT(*) FROM outbox WHERE chat_id = ? AND state = 'pending'", [chat_id]
    ).fetchone()
    return bool(status.room > waiting)


def _was_refused(db: Database, chat_id: int, text: str, since: int) -> bool:
    row = db.execute(
        "SELECT 1 FROM outbox WHERE chat_id = ? AND kind = ? AND text = ? AND created_at >= ? "
        "AND state IN ('failed', 'cancelled')",
        [chat_id, NOTICE, text, since],
    ).fetchone()
    return row is not None


def answer_owner(db: Database, chat_id: int, text: str, clock: Clock) -> Piece:
    """One notice, in the chat where the owner typed a command."""
    return add_piece(db, chat_id, text, kind=NOTICE, approved=True, now=clock.now())


def topic_notice(chat_name: str, topic: str) -> Notice:
    return Notice(
        f"{chat_name} wrote about something for you ({topic}): not answered.",
        kind="held",
        friend=chat_name,
    )


def doubt_notice(names: str) -> Notice:
    """`names`: to whom the messages went."""
    return Notice(
        f"A message to {names} may not have arrived; it is not repeated.",
        kind="trouble",
        brief=Text("A message may not have arrived."),
        friend=names,
    )


def unsent_notice(friend: str, error: str) -> Notice:
    return Notice(
        f"Your message to {friend} was not sent: {error}",
        kind="trouble",
        brief=Text("A message of yours was not sent."),
        friend=friend,
    )


def unanswered_notice(friend: str, failure: str) -> Notice:
    """Nothing could answer for so long that nobody waits any more."""
    return Notice(
        f"{friend} got no answer ({failure}). Others get none either until that has passed.",
        kind="trouble",
        brief=Text("Nothing can answer: friends get no answers."),
        friend=friend,
    )


def loop_notice(friend: str) -> Notice:
    return Notice(
        f"{friend} looks like another bot: no answers there for an hour.",
        kind="trouble",
        brief=Text("A chat looks like another bot's: no answers there for an hour."),
        friend=friend,
    )


def adapter_notice(refusal: str) -> Notice:
    return Notice(
        refusal,
        kind="trouble",
        brief=Text("The new adapter can't be used; what answered before still does."),
    )


def connection_notice(title: str, error: str | None) -> Notice:
    """A connection has been down for a while. `title`: the platform's name."""
    return Notice(
        f"{title} is not connected: {error or 'the log says more'}",
        kind="trouble",
        brief=Text("{connection} is not connected.", connection=Text(title)),
        passing=True,
    )


def training_notice(line: str, run: Run | None) -> Notice:
    """`line` tells of the run that ended last, which is `run`."""
    return Notice(line, kind="training", brief=_what_came_of(run))


def _what_came_of(run: Run | None) -> Text:
    if run is not None and run.state == "failed":
        return Text("Training failed.")
    result = result_of(run) if run is not None and run.state == "done" else {}
    verdict, samples = result.get("verdict") or {}, result.get("samples")
    if not verdict.get("promoted"):
        return Text("Training ended; the twin stays as it was.")
    if samples is None:
        return Text("A better twin answers now.")
    return Text("A better twin answers now. It learnt from {n} answers.", n=samples)


def backup_notice(line: str) -> Notice:
    return Notice(line, kind="trouble", brief=Text("The backup of the night failed."))


def media_notice(trouble: str) -> Notice:
    return Notice(trouble, kind="trouble", brief=Text("Files of messages can't be read."))


def database_notice(failure: str) -> Notice:
    return Notice(
        failure,
        kind="trouble",
        brief=Text("The database can't be used: nothing new is kept."),
    )


def draft_notice(friend: str, burst: str, pieces: Sequence[Piece]) -> Notice:
    """Show a draft with the commands that decide about it."""
    number = pieces[0].decision_id
    said = "\n".join(piece.shown for piece in pieces if piece.kind != NOTICE)
    return Notice(
        f"Draft {number} for {friend}\n> {burst}\n{said}\n"
        f"/twin approve {number} · edit {number} TEXT · reject {number}",
        (
            ("Send", f"/twin approve {number}"),
            ("Edit", f"/twin edit {number}"),
            ("Reject", f"/twin reject {number}"),
        ),
        kind="draft",
        friend=friend,
    )
