"""Whatever is done to the log, index and passages are as if they were made from it just now."""

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlite_utils import Database

from storage import passages, stale_chats
from storage.chat_deletion import forget_chat
from storage.chats import upsert_chat
from storage.clock_jumps import move_times
from storage.database import open_database, transaction
from storage.edits import change_wording
from storage.errors import InputError
from storage.importers.merge_logged import LoggedDouble, merge_chats
from storage.messages import NewMessage, Origin, log_live, log_messages, mark_recalled
from storage.people import link_chats, unlink_chat
from storage.search import create_message_index
from storage.unfinished_import import piece, whole_or_not
from tests.twin.fakes import config_in
from tests.twin.memory.fake_model import FakeModel
from twin.config.schema import Config
from twin.memory.index import bring_up_to_date

pytestmark = pytest.mark.slow

MINUTE = 60_000
NOW = 10_000 * MINUTE
CHATS = ("ann", "ben", "cid")
AT_FIRST: tuple[Origin, ...] = ("peer", "owner", "twin", "peer", "owner")
Step = Callable[["Log"], None]


class Log:
    """A small log of three chats, to which things happen."""

    def __init__(self, db: Database, config: Config) -> None:
        self.db, self.config, self._said = db, config, 0

    def chat(self, number: int) -> int:
        return upsert_chat(self.db, "web", CHATS[number], CHATS[number]).id

    def message(self, number: int, origin: Origin, minute: int, source: str = "live") -> NewMessage:
        self._said += 1
        key = str(self._said)
        return NewMessage(
            self.chat(number),
            origin,
            f"word{minute % 7} said{key}",
            NOW - minute * MINUTE,
            external_id=key,
            dedupe_key=key,
            source=source,
        )

    def some_id(self, number: int, nth: int) -> str:
        ids = [
            row[0]
            for row in self.db.execute(
                "SELECT external_id FROM messages WHERE chat_id = ? ORDER BY id",
                [self.chat(number)],
            ).fetchall()
        ]
        return ids[nth % len(ids)] if ids else "none"

    def rows(self) -> list[tuple[object, ...]]:
        fields = ", ".join(passages.PassageRow._fields)
        return sorted(self.db.execute(f"SELECT {fields} FROM passages").fetchall())

    def words(self) -> list[tuple[object, ...]]:
        """Every word of the index, with its message, column and place."""
        name = "temp.words"
        self.db.execute(f"DROP TABLE IF EXISTS {name}")
        self.db.execute(
            f"CREATE VIRTUAL TABLE {name} USING fts5vocab(main, messages_fts, instance)"
        )
        return sorted(self.db.execute(f"SELECT * FROM {name}").fetchall())


numbers = st.integers(0, len(CHATS) - 1)
minutes = st.integers(0, 400)
origins: st.SearchStrategy[Origin] = st.sampled_from(("peer", "owner", "twin"))


@st.composite
def live(draw: st.DrawFn) -> Step:
    said = draw(numbers), draw(origins), draw(minutes)

    def run(log: Log) -> None:
        log_live(log.db, log.message(*said), now=NOW)

    return run


@st.composite
def imported(draw: st.DrawFn) -> Step:
    """In two pieces, between which the index may be made; it may fail at its end."""
    said = draw(st.lists(st.tuples(numbers, origins, minutes), min_size=2, max_size=8))
    fails, looks = draw(st.booleans()), draw(st.booleans())

    def run(log: Log) -> None:
        rows = [log.message(*one, source="import:test") for one in said]
        with whole_or_not(log.db):
            for part in (rows[:2], rows[2:]):
                with piece(log.db):
                    log_messages(log.db, part)
                if looks:
                    bring_up_to_date(log.db, log.config)
            if fails:
                raise InputError("stop")

    def survive(log: Log) -> None:
        with suppress(InputError):
            run(log)

    return survive


@st.composite
def changed(draw: st.DrawFn) -> Step:
    which, nth, minute = draw(numbers), draw(st.integers(0, 50)), draw(minutes)
    how = draw(st.sampled_from(["recalled", "edited", "blank", "deleted", "moved in time"]))

    def run(log: Log) -> None:
        chat, key = log.chat(which), log.some_id(which, nth)
        if how == "recalled":
            mark_recalled(log.db, chat, key, NOW)
        elif how == "edited":
            change_wording(log.db, chat, key, f"edited{minute}", at=NOW)
        elif how == "blank":
            change_wording(log.db, chat, key, " ", at=NOW)
        elif how == "deleted":
            log.db.execute(
                "DELETE FROM messages WHERE chat_id = ? AND external_id = ?", [chat, key]
            )
        else:
            move_times(log.db, NOW - minute * MINUTE, 90 * MINUTE)

    return run


@st.composite
def of_chats(draw: st.DrawFn) -> Step:
    one, other = draw(numbers), draw(numbers)
    how = draw(st.sampled_from(["forgotten", "linked", "unlinked", "merged"]))

    def run(log: Log) -> None:
        first, second = log.chat(one), log.chat(other)
        try:
            if how == "forgotten":
                forget_chat(log.db, first)
            elif how == "linked":
                link_chats(log.db, first, second)
            elif how == "unlinked":
                unlink_chat(log.db, first)
            elif first != second:
                merge_chats(log.db, LoggedDouble(first, second, "one", "other"))
        except InputError:
            pass

    return run


@st.composite
def made(draw: st.DrawFn) -> Step:
    """The index is made, or its making is killed after some passages."""
    most = draw(st.sampled_from([0, 1, 99]))

    def run(log: Log) -> None:
        left = iter(range(most))
        bring_up_to_date(log.db, log.config, stop=lambda: next(left, None) is None)

    return run


def check_no_vector_of_other_words(log: Log, model: FakeModel) -> None:
    """At every moment: what a vector was made of is still said, by somebody but the twin."""
    said = {
        (chat, text)
        for chat, text in log.db.execute(
            "SELECT chat_id, text FROM messages WHERE recalled_at IS NULL AND origin != 'twin'"
        ).fetchall()
    }
    for row in map(passages.PassageRow._make, log.rows()):
        lines = model.made[row.vector].split("\n")
        assert {(row.chat_id, line) for line in lines} <= said


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(steps=st.lists(st.one_of(live(), live(), imported(), changed(), of_chats(), made())))
def test_index_and_passages_are_those_of_the_log(
    tmp_path_factory: pytest.TempPathFactory, model: FakeModel, steps: list[Step]
) -> None:
    folder: Path = tmp_path_factory.mktemp("log")
    config = config_in(folder)
    db = open_database(config.database)
    log = Log(db, config)
    log_messages(db, [log.message(nth % 2, AT_FIRST[nth % 5], 40 * nth) for nth in range(10)])
    bring_up_to_date(db, config)
    for step in steps:
        step(log)
        check_no_vector_of_other_words(log, model)
    done = bring_up_to_date(db, config)
    found, words = log.rows(), log.words()
    assert (done.stale_chats, done.missing) == (0, 0)
    with transaction(db):
        db.execute("DELETE FROM passages")
        stale_chats.mark_all(db)
        for kind in ("ai", "ad", "au"):
            db.execute(f"DROP TRIGGER messages_fts_{kind}")
        db.execute("DROP TABLE temp.words")
        db.execute("DROP TABLE messages_fts")
        create_message_index(db)
    bring_up_to_date(db, config)
    assert (found, words) == (log.rows(), log.words())
    db.conn.close()
