"""Look up what the twin is shown of earlier: the one way in, for answers and samples alike."""

from datetime import tzinfo

from sqlite_utils import Database

from storage.people import chats_of_person
from twin.config.schema import Config
from twin.memory.line import Line, Speaker
from twin.memory.ranking import Found
from twin.memory.search import search


def look_up(
    db: Database,
    config: Config,
    chat_id: int | None,
    question: str,
    *,
    before: int,
    zone: tzinfo | None,
) -> list[Line]:
    """The lines for `question`, the likeliest first: of what was said in this chat before that
    time (UTC milliseconds), of facts and plans. Without a chat there are none.

    It may take 50 ms: not for the event loop.
    """
    del zone
    if not config.memory.enabled or chat_id is None or "chat" not in config.memory.scopes:
        return []
    chats = chats_of_person(db, chat_id)
    found = search(db, config, chats, question, before=before, most=config.memory.lines)
    return [_line(one) for one in found]


def _line(found: Found) -> Line:
    """The owner's own words of the passage, or the friend's where there are none."""
    messages = found.passage.messages
    own = [message for message in messages if message.origin == "owner"]
    shown = own or messages
    text = " ".join(" ".join(message.text.split()) for message in shown)
    ids = tuple(message.id for message in shown)
    speaker: Speaker = "owner" if own else "friend"
    return Line(text, ids, shown[-1].sent_at, "passage", speaker, found.score)
