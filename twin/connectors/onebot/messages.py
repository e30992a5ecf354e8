"""Convert a gateway's events into those that the twin logs."""

import logging
from dataclasses import dataclass
from typing import Any

from sqlite_utils import Database

from storage.texts import Text
from twin.connectors.base import MessageRecalled, MessageReceived
from twin.connectors.onebot.names import Account
from twin.connectors.onebot.places import PLATFORM, Place, chat_of
from twin.connectors.onebot.segments import Media, content_of, segments_of, word
from twin.language import N_
from twin.privacy.official import is_qq_bot

log = logging.getLogger(__name__)

Frame = dict[str, Any]

WRONG_MS = 120_000
_SECONDS_UNTIL = 100_000_000_000  # in milliseconds this is 1973, in seconds the year 5138
_LATEST_MS = 100_000_000_000_000


@dataclass(frozen=True, slots=True)
class Received:
    """A message, and where its file can be had."""

    event: MessageReceived
    media: Media | None


def is_message(frame: Frame) -> bool:
    return frame.get("post_type") in ("message", "message_sent")


def is_own(frame: Frame, account: Account) -> bool:
    return word(frame, "user_id") == account.number


def is_as_text(frame: Frame) -> bool:
    """Whether the gateway is set to send messages as text with codes in it, which friends forge."""
    return isinstance(frame.get("message"), str)


def place_in(frame: Frame, account: Account) -> Place | None:
    """Where a message belongs; None where the gateway does not say."""
    if frame.get("message_type") == "group":  # temporary chats have a group_id too
        number = word(frame, "group_id")
        return Place("group", number) if number.isdecimal() else None
    number = word(frame, "target_id" if is_own(frame, account) else "user_id")
    if not number.isdecimal() or number == "0":
        return None
    return Place("self" if number == account.number else "direct", number)


def received(
    frame: Frame, place: Place, account: Account, db: Database, now: int
) -> Received | None:
    """The event, or None for one so odd that it can't be read.

    `now` stands in for a time that is missing. In UTC milliseconds.
    """
    try:
        return _received(frame, place, account, db, now)
    except (ValueError, TypeError, LookupError, RecursionError) as error:
        # One odd message must not end the connection, at each attempt anew.
        log.error("qq: a message was lost (%s)", type(error).__name__)
        log.debug("qq", exc_info=True)
        return None


def _received(frame: Frame, place: Place, account: Account, db: Database, now: int) -> Received:
    content = content_of(segments_of(frame.get("message")), account.name_of)
    sender, from_owner = word(frame, "user_id"), is_own(frame, account)
    is_robot = is_qq_bot(sender)
    event = MessageReceived(
        chat_external_id=chat_of(db, place),
        chat_name=_chat_name(frame, place, account),
        sender_id=sender or place.number,
        sender_name=_sender_name(frame, place, account),
        text=content.text,
        sent_at=sent_at(frame) or now,
        external_id=message_id(frame),
        from_owner=from_owner,
        kind="system" if is_robot else content.kind,  # which is never answered nor learnt
        chat_kind=place.kind,
        mentions_owner=(
            place.is_group
            and not from_owner
            and not is_robot
            and account.number in content.mentions
        ),
        reply_to=content.reply_to,
        raw=content.raw,
        steers=from_owner and place.kind == "self",
    )
    return Received(event, content.media)


def recalled(frame: Frame, account: Account, db: Database) -> MessageRecalled | None:
    """What a notice says was taken back; None if it is no such notice."""
    id_ = message_id(frame)
    match frame.get("notice_type"):
        case "group_recall":
            place = Place("group", word(frame, "group_id"))
        case "friend_recall":
            place = Place("direct", word(frame, "user_id"))
        case _:
            return None
    if id_ is None:
        return None
    if place.number == account.number:  # the author's number, and not whom they wrote to
        chat = _direct_chat_with(db, id_)
        return None if chat is None else MessageRecalled(chat, id_)
    return MessageRecalled(chat_of(db, place), id_)


def message_id(frame: Frame) -> str | None:
    """NapCat's are 32 bits of a hash, so they name a message only within its chat."""
    id_ = word(frame, "message_id")
    return id_ if id_ and id_ != "0" else None


def sent_at(frame: Frame) -> int | None:
    """UTC milliseconds. `time` is in seconds; NapCat's stand-in for a missing one is not."""
    text = word(frame, "time")
    time = int(text) if text.isdecimal() and len(text) < 20 else 0
    if time < _SECONDS_UNTIL:
        time *= 1000
    return time if 0 < time < _LATEST_MS else None


_BEHIND = N_(
    "this machine's clock is {minutes} min behind QQ's; set it by the network (NTP), or what comes "
    "while the bot is away may be missed or answered too late"
)
_AHEAD = N_(
    "this machine's clock is {minutes} min ahead of QQ's; set it by the network (NTP), or what "
    "comes while the bot is away may be missed or answered too late"
)


def wrong_clock(frame: Frame, now: int, is_own: bool) -> str | None:
    """Why this machine's clock can't be right, by a message that came just now.

    A friend's may be late, so only the owner's, which the gateway tells at once, show one that is
    ahead; none comes before it was sent.
    """
    behind_ms = (sent_at(frame) or now) - now
    if behind_ms > WRONG_MS or (is_own and behind_ms < -WRONG_MS):
        minutes = round(abs(behind_ms) / 60_000)
        return Text(_BEHIND if behind_ms > 0 else _AHEAD, minutes=minutes)
    return None


def _chat_name(frame: Frame, place: Place, account: Account) -> str:
    if place.is_group:
        return word(frame, "group_name") or account.groups.get(place.number, place.number)
    if place.number == word(frame, "user_id"):
        return _sender_name(frame, place, account)
    return account.name_of(place.number)


def _sender_name(frame: Frame, place: Place, account: Account) -> str:
    sender, number = frame.get("sender"), word(frame, "user_id")
    told = sender if isinstance(sender, dict) else {}
    known = account.name_of(number)
    if place.is_group:
        return word(told, "card") or (known if known != number else word(told, "nickname")) or known
    return known if known != number else word(told, "nickname") or number


def _direct_chat_with(db: Database, id_: str) -> str | None:
    row = db.execute(
        "SELECT c.external_id FROM messages m JOIN chats c ON c.id = m.chat_id WHERE "
        "c.platform = ? AND c.kind != 'group' AND m.external_id = ? AND m.origin != 'peer' "
        "ORDER BY m.id DESC",
        [PLATFORM, id_],
    ).fetchone()
    return None if row is None else str(row[0])
