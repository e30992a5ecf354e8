"""Look up what the twin is shown of earlier: the one way in, for answers and samples alike."""

from collections.abc import Iterator
from datetime import tzinfo

from sqlite_utils import Database

from storage.fact_vectors import vectors_of_facts
from storage.people import chats_of_person
from twin.config.schema import Config
from twin.memory.facts import fact_line, shown_facts
from twin.memory.line import Line, Speaker
from twin.memory.plans import plans_of
from twin.memory.ranking import Found, score_of, share_of
from twin.memory.search import question_vector, search
from twin.memory.words import words_of


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
    time (UTC milliseconds), of facts, and behind them the plans. Without a chat there are none.

    It may take 50 ms: not for the event loop.
    """
    if not config.memory.enabled or chat_id is None:
        return []
    facts = list(_facts(db, config, chat_id, question, before))
    plans = _plans(db, config, chat_id, before, zone)
    told = {message for line in (*facts, *plans) for message in line.messages}
    passages = _passages(db, config, chat_id, question, before)
    lines = [*facts, *(line for line in passages if told.isdisjoint(line.messages))]
    likeliest = sorted(lines, key=lambda line: line.score, reverse=True)[: config.memory.lines]
    return [*likeliest, *plans]


def _plans(
    db: Database, config: Config, chat_id: int, before: int, zone: tzinfo | None
) -> list[Line]:
    if "chat" not in config.memory.scopes:
        return []
    return plans_of(db, config, chats_of_person(db, chat_id), before, zone)


def _passages(
    db: Database, config: Config, chat_id: int, question: str, before: int
) -> Iterator[Line]:
    if "chat" not in config.memory.scopes:
        return
    chats = chats_of_person(db, chat_id)
    for found in search(db, config, chats, question, before=before, most=config.memory.lines):
        yield _line(found)


def _line(found: Found) -> Line:
    """The owner's own words of the passage, or the friend's where there are none."""
    messages = found.passage.messages
    own = [message for message in messages if message.origin == "owner"]
    shown = own or messages
    text = " ".join(" ".join(message.text.split()) for message in shown)
    ids = tuple(message.id for message in shown)
    speaker: Speaker = "owner" if own else "friend"
    return Line(text, ids, shown[-1].sent_at, "passage", speaker, found.score)


def _facts(
    db: Database, config: Config, chat_id: int, question: str, before: int
) -> Iterator[Line]:
    """The facts that answer it. The statement behind `shown_facts` says which may be shown here."""
    facts = shown_facts(db, config, chat_id, before)
    query = question_vector(db, config, question) if facts else None
    likeness: dict[int, float] = {}
    if query is not None and (vectors := vectors_of_facts(db, (fact.id for fact in facts))):
        from twin.memory.vectors import unpacked  # numpy: the commands need no numbers

        likeness = dict(
            zip(vectors, map(float, unpacked([*vectors.values()]) @ query), strict=True)
        )
    words = words_of(question)
    for fact in facts:
        share = share_of(words, fact.text)
        score = score_of(likeness.get(fact.id), share, before - fact.said_at)
        if score is not None:
            yield fact_line(fact, score)
