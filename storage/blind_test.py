"""The blind test: the owner's answer and the twin's to one message, and which one people took."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

from sqlite_utils import Database

from storage.database import transaction
from storage.errors import InputError
from storage.messages import COLUMNS, Message, message_of, messages_with_ids
from storage.reasons import ErrorReason

Person = Literal["owner", "friend"]
Part = Literal["context", "question", "answer"]


class Moment(NamedTuple):
    """A place in a chat where the owner answered: what came before, what was asked, the answer."""

    context: Sequence[Message]
    question: Sequence[Message]
    answer: Sequence[Message]

    @property
    def messages(self) -> set[int]:
        """The ids of all of them."""
        return {one.id for part in self for one in part}


@dataclass(frozen=True, slots=True)
class BlindPair:
    """What a person is shown. `answers`: the owner's and the twin's, in the order of the pair."""

    id: int
    chat_id: int
    context: Sequence[Message]
    question: Sequence[Message]
    answers: tuple[str, str]


class Tally(NamedTuple):
    """How often people who judged an adapter's answers in a chat took the twin's for the real."""

    adapter_id: int
    adapter: str
    chat_id: int
    answers: int
    taken: int


def add_pair(
    db: Database, adapter_id: int, moment: Moment, twin: str, *, twin_first: bool, now: int
) -> bool:
    """Store a pair; False when a message of it was changed or its adapter marked meanwhile."""
    parts: dict[Part, Sequence[Message]] = {
        "context": moment.context,
        "question": moment.question,
        "answer": moment.answer,
    }
    with transaction(db):
        if not _is_as_read(db, [one for part in parts.values() for one in part], adapter_id):
            return False
        chat_id = moment.answer[0].chat_id
        row = db.execute(
            "INSERT INTO blind_pairs (chat_id, adapter_id, twin, twin_first, made_at) "
            "VALUES (?, ?, ?, ?, ?) RETURNING id",
            [chat_id, adapter_id, twin, twin_first, now],
        ).fetchone()
        db.conn.executemany(
            "INSERT INTO blind_messages VALUES (?, ?, ?)",
            [(row[0], one.id, part) for part, messages in parts.items() for one in messages],
        )
    return True


def _is_as_read(db: Database, messages: Sequence[Message], adapter_id: int) -> bool:
    row = db.execute(
        "SELECT 1 FROM adapters WHERE id = ? AND forgotten_at IS NULL", [adapter_id]
    ).fetchone()
    now = {each.id: each for each in messages_with_ids(db, [each.id for each in messages])}
    return row is not None and all(now.get(each.id) == each for each in messages)


def drop_unjudged(db: Database, adapter_id: int) -> None:
    """Delete the pairs of other adapters that nobody has judged: those are of no use any more."""
    db.execute(
        "DELETE FROM blind_pairs WHERE adapter_id != ? "
        "AND id NOT IN (SELECT pair_id FROM blind_answers)",
        [adapter_id],
    )


def count_pairs(db: Database, adapter_id: int, chat_id: int) -> int:
    """How many pairs of the adapter there are of that chat."""
    row = db.execute(
        "SELECT COUNT(*) FROM blind_pairs WHERE adapter_id = ? AND chat_id = ?",
        [adapter_id, chat_id],
    ).fetchone()
    return int(row[0])


def shown_messages(db: Database, chat_id: int) -> set[int]:
    """Every message of the chat that a pair shows, of any adapter."""
    rows = db.execute(
        "SELECT m.message_id FROM blind_messages m JOIN blind_pairs p ON p.id = m.pair_id "
        "WHERE p.chat_id = ?",
        [chat_id],
    )
    return {message_id for (message_id,) in rows}


def next_pair(
    db: Database, adapter_id: int, who: Person, chat_id: int | None = None
) -> BlindPair | None:
    """The oldest of the adapter's pairs, of that chat or of any, that they have not judged."""
    row = db.execute(
        "SELECT id, chat_id, twin, twin_first FROM blind_pairs p WHERE adapter_id = :adapter "
        "AND (:chat IS NULL OR chat_id = :chat) AND NOT EXISTS "
        "(SELECT 1 FROM blind_answers a WHERE a.pair_id = p.id AND a.who = :who) "
        "ORDER BY id LIMIT 1",
        {"adapter": adapter_id, "chat": chat_id, "who": who},
    ).fetchone()
    return _pair(db, *row) if row else None


def _pair(db: Database, number: int, chat_id: int, twin: str, twin_first: int) -> BlindPair:
    real = "\n".join(one.text for one in _part(db, number, "answer"))
    answers = (twin, real) if twin_first else (real, twin)
    context, question = _part(db, number, "context"), _part(db, number, "question")
    return BlindPair(number, chat_id, context, question, answers)


def _part(db: Database, number: int, part: Part) -> list[Message]:
    rows = db.execute(
        f"SELECT {COLUMNS} FROM messages WHERE id IN "
        "(SELECT message_id FROM blind_messages WHERE pair_id = ? AND part = ?) "
        "ORDER BY sent_at, id",
        [number, part],
    )
    return [message_of(row) for row in rows.fetchall()]


def record_choice(
    db: Database, number: int, who: Person, place: int, *, now: int, chat_id: int | None = None
) -> None:
    """Note which answer of a pair they took for the owner's: 0 the first, 1 the second.

    The first choice of a person counts. `chat_id`: the only chat whose pairs they may judge.
    Raises InputError where there is no such pair.
    """
    with transaction(db):
        row = db.execute(
            "SELECT twin_first FROM blind_pairs WHERE id = :pair "
            "AND (:chat IS NULL OR chat_id = :chat)",
            {"pair": number, "chat": chat_id},
        ).fetchone()
        if row is None:
            raise InputError(
                "this pair is gone: a message of it was changed or deleted; judge the next one",
                reason=ErrorReason.NO_PAIR,
            )
        db.execute(
            "INSERT INTO blind_answers (pair_id, who, took_twin, at) VALUES (?, ?, ?, ?) "
            "ON CONFLICT DO NOTHING",
            [number, who, (place == 0) == bool(row[0]), now],
        )


def tallies(db: Database) -> list[Tally]:
    """One for each adapter and chat that anybody judged; the newest adapter first."""
    rows = db.execute(
        "SELECT a.id, a.name, p.chat_id, COUNT(*), SUM(b.took_twin) FROM blind_answers b "
        "JOIN blind_pairs p ON p.id = b.pair_id JOIN adapters a ON a.id = p.adapter_id "
        "GROUP BY a.id, p.chat_id ORDER BY a.id DESC, p.chat_id"
    )
    return [Tally(*row) for row in rows]


def count_judged(db: Database, chat_id: int, who: Person) -> int:
    """How many pairs of the chat they have judged."""
    row = db.execute(
        "SELECT COUNT(*) FROM blind_answers b JOIN blind_pairs p ON p.id = b.pair_id "
        "WHERE p.chat_id = ? AND b.who = ?",
        [chat_id, who],
    ).fetchone()
    return int(row[0])
