"""Find the passages of some chats that answer a question, by their meaning and by its words."""

from collections.abc import Iterable, Sequence
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

from sqlite_utils import Database

from storage import passages
from storage.passages import Place
from storage.search import Match, messages_with_any
from storage.stretches import messages_around, messages_between
from twin.config.schema import Config
from twin.memory.clues import Clues
from twin.memory.index import made_with
from twin.memory.passages import Passage, Usable, passages_of
from twin.memory.ranking import Found, ordered
from twin.sentence_model import embeddings_of, query_vector

if TYPE_CHECKING:
    from twin.memory.vectors import Query, VectorCache

CANDIDATES = 32  # of each way, which are then put into order
_AROUND = 12  # messages on each side from which a passage is cut that is not stored yet


class _Nearness(NamedTuple):
    """As `Found` has it."""

    likeness: float | None
    prominence: float | None


_UNKNOWN = _Nearness(None, None)


def search(
    db: Database,
    config: Config,
    chats: Sequence[int],
    clues: Clues,
    query: "Query | None",
    *,
    most: int,
) -> list[Found]:
    """The passages of these chats that are like a question, the best first.

    `query` is its `question_vector`. What was said before it was asked alone is looked at, as if
    the log ended there.
    """
    matches = messages_with_any(db, chats, clues.words, before=clues.at, limit=CANDIDATES)
    places, loose = _places(db, matches, clues.at)
    near = {} if query is None else _nearness(db, chats, query, clues.at, places)
    usable = Usable(config)
    read = [
        *(
            (near.get(number, _UNKNOWN), _stored(db, place, usable))
            for number, place in places.items()
        ),
        *((_UNKNOWN, _cut(db, match, config, clues.at)) for match in loose),
    ]
    found = {
        passage.messages[0].id: Found(passage, *nearness)
        for nearness, passage in read
        if passage is not None
    }
    return ordered(found.values(), clues)[:most]


def _places(
    db: Database, matches: Iterable[Match], before: int
) -> tuple[dict[int, Place], list[Match]]:
    """The stored passages of these messages, by id, and the messages that are in none of them.

    A passage that goes on after that time is none: its vector is made of later words, too.
    """
    places: dict[int, Place] = {}
    loose = []
    for match in matches:
        over = passages.places_at(db, match.chat_id, match.sent_at)
        ended = {number: place for number, place in over.items() if place.ended_at < before}
        places |= ended
        if not ended:
            loose.append(match)
    return places, loose


def _nearness(
    db: Database, chats: Sequence[int], query: "Query", before: int, places: dict[int, Place]
) -> dict[int, _Nearness]:
    """Of each of the places, by id, after those most like the question are added."""
    from twin.memory.vectors import NOT_YET

    found: dict[int, _Nearness] = {}
    for chat_id in chats:
        known = _cache().of_chat(db, chat_id)
        likeness = known.likenesses(query, before)
        nearest = [
            int(known.ids[at]) for at in likeness.argsort()[-CANDIDATES:] if likeness[at] > NOT_YET
        ]
        places |= passages.places(db, chat_id, nearest)
        at = known.places([number for number, place in places.items() if place.chat_id == chat_id])
        prominence = known.prominence(query, likeness, at)
        heights = [None] * len(at) if prominence is None else prominence.tolist()
        for number, like, height in zip(known.ids[at], likeness[at], heights, strict=True):
            found[int(number)] = _Nearness(float(like), height)
    return found


def question_vector(db: Database, config: Config, question: str) -> "Query | None":
    """To be compared with what is stored; None where nothing is that can be."""
    made = passages.made_with(db)
    if made is None or made.model != made_with(config).model:
        return None  # vectors of another model
    model = embeddings_of(config)
    vector = query_vector(question, model)
    if vector is None:
        return None
    from twin.memory.examples import examples_of  # numpy: the commands need no numbers

    return examples_of(model).query(vector)


@cache
def _cache() -> "VectorCache":
    from twin.memory.vectors import VectorCache

    return VectorCache()


def _stored(db: Database, place: Place, usable: Usable) -> Passage | None:
    """The passage of that place, with the words of now."""
    first, last = (place.began_at, place.first_message), (place.ended_at, place.last_message)
    messages = tuple(
        message
        for message in usable.read(
            messages_between(db, place.chat_id, place.began_at, place.ended_at)
        )
        if first <= (message.sent_at, message.id) <= last
    )
    return Passage(messages) if messages else None


def _cut(db: Database, match: Match, config: Config, before: int) -> Passage | None:
    """The passage around a message."""
    around = messages_around(db, match.chat_id, match.message_id, _AROUND)
    earlier = [message for message in around if message.sent_at < before]
    for passage in passages_of(earlier, config):
        if any(message.id == match.message_id for message in passage.messages):
            return passage
    return None
