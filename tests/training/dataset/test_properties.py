"""Whatever was said by whom and when: what must hold of the samples and of their report."""

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from sqlite_utils import Database

from storage.chats import upsert_chat, upsert_contact
from storage.database import open_database
from storage.messages import KINDS, NewMessage, Origin, log_messages
from training.dataset.build import Built, build
from training.dataset.export import Export
from training.dataset.message_report import FATES
from training.dataset.samples import Sample
from twin.config.load import load_config
from twin.config.schema import Config

pytestmark = pytest.mark.slow

MINUTE = 60_000
MARK = re.compile(r"c(\d+)(peer|owner|twin)m\d+")  # unique: the chat, whose words, which message
WORDS = (
    *("{}", "好的 {}", "ok {}\nand {}!", "call +1 650 253 0000 {}"),
    *("{} https://example.com/{}", "{} " * 90),
)
KINDS_OF_CHATS = ("direct", "direct", "group")


class Said(NamedTuple):
    chat: int
    origin: Origin
    minute: int
    words: str
    kind: str = "text"
    recalled: bool = False
    quotes: int | None = None  # the message so many places before


said = st.builds(
    Said,
    chat=st.integers(0, 2),
    origin=st.sampled_from(("peer", "owner", "twin")),
    minute=st.integers(0, 12) | st.integers(0, 3000) | st.sampled_from((44_000, 90_000)),
    words=st.sampled_from((*WORDS, "", " \n")),
    kind=st.just("text") | st.sampled_from(KINDS),
    recalled=st.sampled_from((False, False, False, True)),
    quotes=st.none() | st.integers(1, 5),
)
TURNS: tuple[tuple[Origin, int, int | None], ...] = (
    ("peer", 0, None),
    ("owner", 1, None),
    ("peer", 2, None),
    ("twin", 3, None),
    ("peer", 4, None),
    ("owner", 5, None),
    ("owner", 900, 1),
    ("owner", 901, None),
)
TALK = [
    Said(chat, origin, minute, "{}", quotes=quotes)
    for chat in (0, 1)
    for origin, minute, quotes in TURNS
]


@pytest.fixture(scope="module")
def config(tmp_path_factory: pytest.TempPathFactory) -> Config:
    path = tmp_path_factory.mktemp("twin") / "config.toml"
    path.write_text("dataset.silence_minutes = 30.0", encoding="utf-8")
    return load_config(path)


@pytest.fixture(scope="module")
def db(config: Config) -> Iterator[Database]:
    """One for all examples: making it takes longer than all that is asked of it."""
    database = open_database(config.database)
    yield database
    database.conn.close()


@contextmanager
def logged(db: Database, messages: Sequence[Said]) -> Iterator[None]:
    """These messages, of two friends and a room, for as long as it is open; all words marked."""
    db.execute("BEGIN")
    try:
        chats = [
            upsert_chat(db, "test", f"{number}", f"{number}", kind=kind).id
            for number, kind in enumerate(KINDS_OF_CHATS)
        ]
        friend = upsert_contact(db, "test", "ann", "Ann")
        log_messages(db, [_message(at, chats, friend, m) for at, m in enumerate(messages)])
        yield
    finally:
        db.execute("ROLLBACK")


def _message(at: int, chats: Sequence[int], friend: int, said: Said) -> NewMessage:
    chat = chats[said.chat]
    return NewMessage(
        chat,
        said.origin,
        said.words.replace("{}", f"c{chat}{said.origin}m{at}"),
        said.minute * MINUTE,
        said.kind,
        sender_id=friend if said.origin == "peer" else None,
        external_id=f"{at}",
        reply_to=None if said.quotes is None else f"{at - said.quotes}",
        recalled_at=1 if said.recalled else None,
    )


def marks(*texts: str) -> list[re.Match[str]]:
    return [match for text in texts for match in MARK.finditer(text)]


def answers_in(path: Path) -> list[str]:
    """Every answer that is learnt from an exported file."""
    rows = json.loads(path.read_text(encoding="utf-8"))
    if any("conversations" in row for row in rows):
        turns = [turn for row in rows for turn in row["conversations"]]
        return [turn["value"] for turn in turns if turn["from"] == "gpt"]
    return [
        answer
        for row in rows
        for answer in (*(pair[1] for pair in row.get("history", [])), row["output"])
    ]


def everything_is_counted_once(built: Built, messages: Sequence[Said]) -> None:
    report, messages_by = built.report, built.messages
    assert messages_by is not None
    dropped = sum(report["dropped"].values())
    assert report["messages"] == len(messages)
    assert report["target"] + report["context"] + dropped == len(messages)
    for groups in (messages_by.by_chat().values(), messages_by.by_month().values()):
        for fate in FATES:
            assert sum(group[fate] for group in groups) == messages_by.total(fate)
    by_chat = [sum(group.values()) for group in messages_by.by_chat().values()]
    spoken_in = [each.chat for each in messages]
    assert sorted(by_chat) == sorted(spoken_in.count(chat) for chat in set(spoken_in))


def fates_are_those_of_the_samples(
    built: Built, samples: Sequence[Sample], messages: Sequence[Said], wordless: int
) -> None:
    """What is a target is in an answer; what is a target or context is shown, and nothing else.

    So many messages without words may be among them.
    """
    learnt = {mark[0] for sample in samples for mark in marks(sample.output)}
    shown = {mark[0] for sample in samples for mark in marks(*_texts(sample))}
    report = built.report
    assert 0 <= report["target"] - len(learnt) <= wordless
    if all(each.quotes is None for each in messages):  # a quoted one is shown in a second place
        assert 0 <= report["target"] + report["context"] - len(shown) <= wordless


def _texts(sample: Sample) -> list[str]:
    return [sample.input, sample.output, *(text for pair in sample.history for text in pair)]


def nothing_crosses(samples: Iterable[Sample]) -> None:
    for sample in samples:
        shown = marks(sample.instruction, *_texts(sample))
        assert {int(mark[1]) for mark in shown} <= {sample.chat_id}
        assert {mark[2] for mark in marks(sample.output)} <= {"owner"}
        assert {mark[2] for mark in marks(sample.input)} <= {"peer"}


@pytest.mark.parametrize("rules", ["sessions", "classic"])
@settings(max_examples=150, deadline=None)
@given(messages=st.lists(said, max_size=40))
@example(messages=TALK)
@example(messages=TALK[::-1])
@example(messages=[each._replace(quotes=None) for each in TALK])
@example(messages=[])
def test_every_message_has_one_fate_and_its_own_chat(
    config: Config, db: Database, rules: str, messages: list[Said]
) -> None:
    with logged(db, messages), TemporaryDirectory() as folder:
        built = build(db, config.with_rules(rules))
        samples = [*built.train, *built.held_out]
        everything_is_counted_once(built, messages)
        # A classic burst holds its blank messages too.
        wordless = sum(not m.words.strip() for m in messages) if rules == "classic" else 0
        fates_are_those_of_the_samples(built, samples, messages, wordless)
        nothing_crosses(samples)
        lines = [line for sample in samples for line in sample.output.split("\n") if marks(line)]
        assert len(lines) == len(set(lines))
        for format in ("alpaca", "sharegpt") if samples else ():
            path = Path(folder, f"{format}.json")
            Export(path, format).write(samples)
            assert sorted(answers_in(path)) == sorted(sample.output for sample in samples)
