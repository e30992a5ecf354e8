"""A part of a chat that a page shows: it follows the end of the chat, and goes on in both ways."""

from dataclasses import dataclass

from sqlite_utils import Database

from storage.messages import COLUMNS, Message, message_of
from storage.values import fitting

# Messages in a window: what is added at one end beyond that leaves it at the other.
MOST_SHOWN = 240
Place = tuple[int, int]  # `sent_at` (UTC milliseconds) and number of a message: the log's order


@dataclass(frozen=True, slots=True)
class Window:
    """From one message to another. `first` None: from the beginning; `last` None: to the end, with
    what is to come. Only places, so that a message that is deleted takes nothing with it.
    """

    first: Place | None = None
    last: Place | None = None


def window_at_end(db: Database, chat_id: int, count: int) -> Window:
    """The newest messages of the chat, and those to come."""
    places = _before(db, chat_id, None, count)
    return Window(places[-1] if places else None)


def window_around(db: Database, chat_id: int, message_id: int, each: int) -> Window | None:
    """A message with up to so many before and after it; None where the chat lacks it."""
    place = db.execute(
        "SELECT sent_at, id FROM messages WHERE id = ? AND chat_id = ?",
        [fitting(message_id), chat_id],
    ).fetchone()
    if place is None:
        return None
    return go_on(db, chat_id, go_back(db, chat_id, Window(place, place), each), each)


def go_back(db: Database, chat_id: int, window: Window, count: int) -> Window:
    """The window with up to so many messages before the oldest that is shown of it."""
    first = _first_shown(db, chat_id, window.first, window.last)
    older = first and _before(db, chat_id, first, count)
    if not older:
        return window
    inside = _after(db, chat_id, older[-1], MOST_SHOWN, until=window.last)
    is_full = len(inside) == MOST_SHOWN
    return Window(older[-1], inside[MOST_SHOWN - 2] if is_full else window.last)


def go_on(db: Database, chat_id: int, window: Window, count: int) -> Window:
    """The window with up to so many newer messages; from the last one on it follows the chat."""
    if window.last is None:
        return window
    newer = _after(db, chat_id, window.last, count + 1)
    last = newer[count - 1] if len(newer) > count else None
    return Window(_first_shown(db, chat_id, window.first, last), last)


def messages_in(db: Database, chat_id: int, window: Window) -> list[Message]:
    """Oldest first; the newest of them where there are too many."""
    parameters = {"chat": chat_id, "limit": MOST_SHOWN}
    rows = db.execute(
        f"SELECT {COLUMNS} FROM messages WHERE chat_id = :chat "
        f"{_limit('>=', window.first, parameters)} {_limit('<=', window.last, parameters)} "
        "ORDER BY sent_at DESC, id DESC LIMIT :limit",
        parameters,
    ).fetchall()
    return [message_of(row) for row in reversed(rows)]


def place_of(db: Database, message_id: int) -> Place | None:
    """Where the message stands; None where there is none."""
    row: Place | None = db.execute(
        "SELECT sent_at, id FROM messages WHERE id = ?", [fitting(message_id)]
    ).fetchone()
    return row


def has_before(db: Database, chat_id: int, place: Place) -> bool:
    return bool(_before(db, chat_id, place, 1))


def _first_shown(
    db: Database, chat_id: int, first: Place | None, last: Place | None
) -> Place | None:
    """Where the messages of a window begin: later than it where they are too many for it."""
    inside = _before(db, chat_id, last, MOST_SHOWN, since=first, including=True)
    return inside[-1] if len(inside) == MOST_SHOWN else first


def _before(
    db: Database,
    chat_id: int,
    place: Place | None,
    count: int,
    *,
    since: Place | None = None,
    including: bool = False,
) -> list[Place]:
    """The places of so many messages before it, or before the end; the newest first."""
    parameters = {"chat": chat_id, "limit": count}
    return db.execute(
        "SELECT sent_at, id FROM messages WHERE chat_id = :chat "
        f"{_limit('<=' if including else '<', place, parameters)} "
        f"{_limit('>=', since, parameters)} "
        "ORDER BY sent_at DESC, id DESC LIMIT :limit",
        parameters,
    ).fetchall()


def _after(
    db: Database, chat_id: int, place: Place, count: int, *, until: Place | None = None
) -> list[Place]:
    """The places of so many messages after it; the oldest first."""
    parameters = {"chat": chat_id, "limit": count}
    return db.execute(
        f"SELECT sent_at, id FROM messages WHERE chat_id = :chat {_limit('>', place, parameters)} "
        f"{_limit('<=', until, parameters)} ORDER BY sent_at, id LIMIT :limit",
        parameters,
    ).fetchall()


def _limit(sign: str, place: Place | None, parameters: dict[str, int]) -> str:
    """A condition of SQL on one end; it adds its parameters."""
    if place is None:
        return ""
    name = "first" if sign.startswith(">") else "last"
    parameters |= {f"{name}_at": place[0], f"{name}_id": place[1]}
    return f"AND (sent_at, id) {sign} (:{name}_at, :{name}_id)"
