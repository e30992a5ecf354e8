"""Look up what the twin is shown of earlier: the one way in, for answers and samples alike."""

from collections.abc import Container, Iterator, Sequence
from typing import TYPE_CHECKING

from sqlite_utils import Database

from storage.fact_vectors import vectors_of_facts
from storage.facts import Fact
from storage.known_facts import outdated_messages
from storage.people import chats_of_person
from twin.clock import zone_of
from twin.config.schema import Config
from twin.memory.clues import Clues, clues_of
from twin.memory.facts import fact_line, shown_facts
from twin.memory.line import Line, Speaker
from twin.memory.plans import plans_of
from twin.memory.questions import Asked, asks_for_fact
from twin.memory.ranking import LEAST_SCORE, Found, score_of, seems_to_answer
from twin.memory.search import question_vector, search
from twin.memory.small_talk import says_something
from twin.prompting.media_marks import without_marks

if TYPE_CHECKING:
    from twin.memory.vectors import Query

# Characters of a question, the last ones: with each message a friend may send many.
MOST_ASKED = 500
LOOKED_THROUGH = 10  # passages, the likeliest, for those that seem to answer


def look_up(
    db: Database,
    config: Config,
    chat_id: int | None,
    question: str,
    *,
    before: int,
) -> list[Line]:
    """The lines for `question`, the likeliest first: of what was said in this chat before that
    time (UTC milliseconds), of facts, and behind them the plans. Without a chat there are none.

    It may take 50 ms: not for the event loop.
    """
    if not config.memory.enabled or chat_id is None:
        return []
    question = without_marks(question[-MOST_ASKED:])
    zone = zone_of(config.schedule)
    chats = chats_of_person(db, chat_id) if "chat" in config.memory.scopes else []
    plans = plans_of(db, config, chats, before, zone)
    asked = asks_for_fact(question)
    if asked is None and not says_something(question):
        return plans  # a greeting is most like other greetings
    known = shown_facts(db, config, chat_id, before)
    if not (chats or known):
        return plans
    clues = clues_of(question, before, zone)
    query = question_vector(db, config, question)
    facts = [line for line in _facts(db, known, clues, query) if line.score >= LEAST_SCORE]
    told = {message for line in (*facts, *plans) for message in line.messages}
    passages = [
        line
        for line in _passages(db, config, chats, clues, query, asked)
        if told.isdisjoint(line.messages)
    ]
    likeliest = sorted([*facts, *passages], key=lambda line: line.score, reverse=True)
    return [*likeliest[: config.memory.lines], *plans]


def _passages(
    db: Database,
    config: Config,
    chats: Sequence[int],
    clues: Clues,
    query: "Query | None",
    asked: Asked | None,
) -> Iterator[Line]:
    near = search(db, config, chats, clues, query, most=LOOKED_THROUGH)
    passages = [one for one in near if seems_to_answer(one, clues, asked)]
    outdated: set[int] = set()
    if not clues.is_about_past:
        ids = (message.id for found in passages for message in found.passage.messages)
        outdated = outdated_messages(db, ids, clues.at)
    for found in passages:
        line = _line(found, clues, outdated)
        if line is not None and says_something(line.text):
            yield line


def _line(found: Found, clues: Clues, outdated: Container[int]) -> Line | None:
    """The owner's own words of the passage; the friend's where there are none, and where the
    question is about the friend and they say something. None where somebody only asks, and where
    the messages are `outdated`.
    """
    messages = [message for message in found.passage.messages if message.id not in outdated]
    own = [message for message in messages if message.origin == "owner"]
    theirs = [message for message in messages if message.origin != "owner"]
    told = [message for message in theirs if asks_for_fact(message.text) is None]
    is_theirs = not own or (clues.is_about_asker and bool(told))
    shown = told if is_theirs else own
    if not shown:
        return None
    text = " ".join(" ".join(message.text.split()) for message in shown)
    ids = tuple(message.id for message in shown)
    speaker: Speaker = "friend" if is_theirs else "owner"
    return Line(text, ids, shown[-1].sent_at, "passage", speaker, found.score)


def _facts(
    db: Database, facts: Sequence[Fact], clues: Clues, query: "Query | None"
) -> Iterator[Line]:
    """As lines, each with how well it answers. `shown_facts` says which may be shown in a chat."""
    likeness: dict[int, float] = {}
    if query is not None and (vectors := vectors_of_facts(db, (fact.id for fact in facts))):
        from twin.memory.vectors import unpacked  # numpy: the commands need no numbers

        likenesses = query.likenesses(unpacked([*vectors.values()]))
        likeness = dict(zip(vectors, map(float, likenesses), strict=True))
    for fact in facts:
        times = fact.said_at, fact.said_at
        yield fact_line(fact, score_of(fact.text, times, likeness.get(fact.id), clues))
