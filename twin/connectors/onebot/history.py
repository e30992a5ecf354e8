"""Ask a gateway for old messages: what was written while nobody was connected.

NapCat takes a message's id for `message_seq` and goes back from it with `reverse_order` alone;
LLBot takes its number in the chat and always goes back. Both include the message itself. An empty
history is an error to them.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Iterable, Sequence
from typing import Any, NamedTuple

from sqlite_utils import Database

from twin.connectors.onebot.gateway import Frame, Gateway, GatewayError, NoAnswerError
from twin.connectors.onebot.messages import message_id, sent_at
from twin.connectors.onebot.places import PLATFORM, Place, place_of
from twin.connectors.onebot.segments import word

log = logging.getLogger(__name__)

PAGE = 100  # messages; LLBot gets them thirty at a time
MOST_OF_A_CHAT = 5_000  # messages after one absence; `bot.py history` brings what is before
MOST_CHATS = 100
RECENT_MS = 30 * 24 * 3_600_000
_PEOPLE, _GROUP, _TEMPORARY = "1", "2", "100"  # `chatType` of get_recent_contact


class Missed(NamedTuple):
    """Messages, oldest first, and whether those are all."""

    messages: list[tuple[Place, Frame]]
    is_complete: bool


async def missed(gateway: Gateway, db: Database, since: int) -> Missed:
    """What was written since then in all chats with recent traffic.

    since: UTC milliseconds, by the platform's clock. Raises GatewayError when the connection ends.
    """
    found: list[tuple[Place, Frame]] = []
    is_complete = True
    try:
        places = await _recent_places(gateway, db, since)
        is_complete = len(places) <= MOST_CHATS
        for place in places[:MOST_CHATS]:
            frames = [frame async for frame in back_from_now(gateway, place, since, MOST_OF_A_CHAT)]
            is_complete = is_complete and len(frames) < MOST_OF_A_CHAT
            found.extend((place, frame) for frame in reversed(frames))
    except NoAnswerError as error:
        if not gateway.is_connected:
            raise
        is_complete = False
        log.warning("qq: messages that came meanwhile may be missing: %s", error)
    return Missed(sorted(found, key=lambda one: sent_at(one[1]) or since), is_complete)


async def back_from_now(
    gateway: Gateway, place: Place, since: int, most: int, *, pause_s: float = 0.0
) -> AsyncIterator[Frame]:
    """A chat's messages from the newest back to that time, each once, at most so many.

    pause_s: seconds between two pages. Raises GatewayError where the connection or an answer is
        missing.
    """
    seen: set[str] = set()
    start: str | None = None
    while len(seen) < most:
        page = [one for one in await _page(gateway, place, start) if message_id(one) not in seen]
        for frame in page:
            seen.add(message_id(frame) or "")
            if (sent_at(frame) or since) >= since and frame.get("message"):  # else it was recalled
                yield frame
        if not page or (sent_at(page[-1]) or since) < since:
            return
        start = word(page[-1], "message_seq", "message_id")
        await asyncio.sleep(pause_s)
    log.warning("qq: more than %d messages of one chat were missed; the oldest are left out", most)


async def _page(gateway: Gateway, place: Place, start: str | None) -> list[Frame]:
    """So many messages up to `start`, newest first; none where the gateway has none."""
    action = "get_group_msg_history" if place.is_group else "get_friend_msg_history"
    whose = {"group_id" if place.is_group else "user_id": place.number}
    before = {"message_seq": start, "reverse_order": True, "reverseOrder": True} if start else {}
    try:
        # NapCat would else read each forwarded chat in full.
        data = await gateway.call(action, **whose, count=PAGE, parse_mult_msg=False, **before)
    except GatewayError as error:
        if not error.retcode:
            raise  # the connection, or no answer
        return []
    listed = data.get("messages") if isinstance(data, dict) else None
    frames = [one for one in listed or () if isinstance(one, dict) and message_id(one)]
    return sorted(frames, key=_when, reverse=True)


def _when(frame: Frame) -> tuple[int, int]:
    """Its second, and its number in the chat."""
    number = word(frame, "real_seq", "message_seq")
    return sent_at(frame) or 0, int(number) if number.isdecimal() and len(number) < 20 else 0


async def _recent_places(gateway: Gateway, db: Database, since: int) -> list[Place]:
    """The chats in which something was written since then, but those that are off."""
    try:
        listed = await gateway.call("get_recent_contact", count=MOST_CHATS + 1)
    except GatewayError as error:
        if not error.retcode:
            raise
        listed = None  # only NapCat has it
    places = _contacts(listed, since) if listed else _logged(db, since)
    off = {place_of(db, chat) for chat in _chats(db, "mode = 'off'")}
    return [place for place in places if place not in off]


def _contacts(listed: Any, since: int) -> list[Place]:
    rows = [row for row in listed if isinstance(row, dict)] if isinstance(listed, list) else []
    return [
        Place("group" if word(row, "chatType") == _GROUP else "direct", word(row, "peerUin"))
        for row in rows
        if word(row, "chatType") in (_PEOPLE, _GROUP, _TEMPORARY)
        and word(row, "peerUin").isdecimal()
        and (sent_at({"time": row.get("msgTime")}) or since) >= since
    ]


def _logged(db: Database, since: int) -> list[Place]:
    chats = _chats(
        db,
        "mode != 'off' AND EXISTS (SELECT 1 FROM messages m WHERE m.chat_id = chats.id "
        "AND m.source = 'live' AND m.sent_at > ?)",
        since - RECENT_MS,
    )
    return [place for place in (place_of(db, chat) for chat in chats) if place is not None]


def _chats(db: Database, condition: str, *values: int) -> Iterable[str]:
    rows: Sequence[tuple[str]] = db.execute(
        f"SELECT external_id FROM chats WHERE platform = ? AND {condition} ORDER BY id DESC",
        [PLATFORM, *values],
    ).fetchall()
    return [chat for (chat,) in rows]
