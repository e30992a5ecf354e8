"""Ask a labelled set: how often the answering message is found, and what else would be shown.

The chats of the file are laid into a database of their own, which is thrown away.
"""

import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlite_utils import Database

from storage.chats import upsert_chat, upsert_contact
from storage.database import open_database, transaction
from storage.messages import NewMessage, log_messages
from storage.passages import Progress
from storage.people import chats_of_person, link_chats
from twin.clock import zone_of
from twin.config.schema import Config
from twin.memory.clues import clues_of
from twin.memory.index import bring_up_to_date
from twin.memory.labelled import LabelledChat, LabelledMessage, LabelledSet, Question
from twin.memory.lookup import look_up
from twin.memory.search import question_vector, search

AT = (1, 5, 10)  # recall among so many
_PLATFORM = "labelled"


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of a question. `rank`: of the first passage that answers it, from 1; None where it
    is not among the first ten. `rank_by_words`: the same by words alone. `shown`: the messages that
    the model would be shown besides plans, `likeness` of the best; `leaked`: those of chats with
    others, plans too.
    """

    question: Question
    rank: int | None
    rank_by_words: int | None
    shown: tuple[str, ...]
    likeness: float
    is_answer_shown: bool
    leaked: tuple[str, ...]


def check(
    labelled: LabelledSet, config: Config, on_progress: Callable[[Progress], None] = lambda _: None
) -> list[Answer]:
    """Ask all questions, each in its chat. Takes about 20 ms for each passage and question."""
    with _laid_out(labelled, config) as laid:
        bring_up_to_date(laid.db, laid.config, on_progress=on_progress)
        return [_ask(laid, question) for question in labelled.questions]


def figures(answers: Sequence[Answer]) -> dict[str, Any]:
    """The figures of docs/memory.md. Shares are 0 to 1, None of no questions."""
    answerable = [one for one in answers if one.question.answers]
    rest = [one for one in answers if not one.question.answers]
    return {
        "questions": len(answers),
        "answerable": len(answerable),
        "recall": _recall([one.rank for one in answerable]),
        "recall_by_words": _recall([one.rank_by_words for one in answerable]),
        "by_language": _grouped(answerable, lambda one: one.question.language),
        "by_kind": _grouped(answerable, lambda one: one.question.kind),
        "shown": _share([one.is_answer_shown for one in answerable]),
        "unsupported": {
            "questions": len(rest),
            "nothing_shown": _share([not one.shown for one in rest]),
            "something_shown": _share([bool(one.shown) for one in rest]),
        },
        "leaks": sum(len(one.leaked) for one in answers),
    }


def _recall(ranks: Sequence[int | None]) -> dict[str, float | None]:
    return {str(k): _share([rank is not None and rank <= k for rank in ranks]) for k in AT}


def _share(values: Sequence[bool]) -> float | None:
    return round(sum(values) / len(values), 4) if values else None


def _grouped(
    answers: Sequence[Answer], key: Callable[[Answer], str]
) -> dict[str, dict[str, float | int | None]]:
    groups: dict[str, list[int | None]] = {}
    for one in answers:
        groups.setdefault(key(one), []).append(one.rank)
    return {
        name: {"questions": len(ranks), **_recall(ranks)} for name, ranks in sorted(groups.items())
    }


@dataclass(frozen=True, slots=True)
class _Laid:
    """The database, and how the file calls its chats and messages."""

    db: Database
    config: Config
    chats: Mapping[str, int]
    names: Mapping[int, tuple[str, str]]  # message -> chat and message of the file


@contextmanager
def _laid_out(labelled: LabelledSet, config: Config) -> Iterator[_Laid]:
    with tempfile.TemporaryDirectory() as folder:
        memory = config.memory.model_copy(update={"enabled": True})
        own = config.model_copy(update={"data": Path(folder), "memory": memory})
        db = open_database(own.database)
        try:
            with transaction(db):
                chats = {chat.id: _lay_chat(db, at, chat) for at, chat in enumerate(labelled.chats)}
            _link(db, labelled, chats)
            yield _Laid(db, own, chats, _names(db, labelled, chats))
        finally:
            db.close()


def _lay_chat(db: Database, number: int, chat: LabelledChat) -> int:
    """The chat's row id. Ids of the file may hold what a database can't: places stand for them."""
    kind = "group" if chat.is_group else "direct"
    row = upsert_chat(db, _PLATFORM, str(number), chat.name, kind=kind)
    names = sorted({one.sender for one in chat.messages if one.origin == "peer"})
    senders = {
        name: upsert_contact(db, _PLATFORM, f"{number} {at}", name) for at, name in enumerate(names)
    }
    log_messages(db, (_row(one, row.id, place, senders) for place, one in enumerate(chat.messages)))
    return row.id


def _row(one: LabelledMessage, chat_id: int, place: int, senders: Mapping[str, int]) -> NewMessage:
    return NewMessage(
        chat_id,
        one.origin,
        one.text,
        one.sent_at,
        source="import",
        sender_id=senders.get(one.sender),
        external_id=str(place),
    )


def _link(db: Database, labelled: LabelledSet, chats: Mapping[str, int]) -> None:
    first: dict[str, int] = {}
    for chat in labelled.chats:
        if chat.person and first.setdefault(chat.person, chats[chat.id]) != chats[chat.id]:
            link_chats(db, first[chat.person], chats[chat.id])


def _names(
    db: Database, labelled: LabelledSet, chats: Mapping[str, int]
) -> dict[int, tuple[str, str]]:
    of_row = {chats[chat.id]: chat for chat in labelled.chats}
    rows = db.execute("SELECT id, chat_id, external_id FROM messages")
    return {
        number: (of_row[chat].id, of_row[chat].messages[int(place)].id)
        for number, chat, place in rows.fetchall()
    }


def _ask(laid: _Laid, question: Question) -> Answer:
    chat = laid.chats[question.chat]
    lines = look_up(laid.db, laid.config, chat, question.text, before=question.asked_at)
    likely = [line for line in lines if line.kind != "plan"]
    shown = [laid.names[number] for line in likely for number in line.messages]
    all_shown = [laid.names[number] for line in lines for number in line.messages]
    chats = chats_of_person(laid.db, chat)
    own = {name for name, number in laid.chats.items() if number in chats}
    return Answer(
        question,
        _rank(laid, laid.config, chats, question),
        _rank(laid, _by_words(laid.config), chats, question),
        tuple(name for _, name in shown),
        max((line.score for line in likely), default=0.0),
        not question.answers.isdisjoint(shown),
        tuple(name for of_chat, name in all_shown if of_chat not in own),
    )


def _rank(laid: _Laid, config: Config, chats: Sequence[int], question: Question) -> int | None:
    """The place of the first passage that answers, from 1."""
    clues = clues_of(question.text, question.asked_at, zone_of(config.schedule))
    query = question_vector(laid.db, config, question.text)
    found = search(laid.db, config, chats, clues, query, most=max(AT))
    for place, one in enumerate(found, start=1):
        names = {laid.names[message.id] for message in one.passage.messages}
        if not question.answers.isdisjoint(names):
            return place
    return None


def _by_words(config: Config) -> Config:
    return config.model_copy(update={"memory": config.memory.model_copy(update={"embeddings": ""})})
