import random
from pathlib import Path

import pytest
from sqlite_utils import Database

from storage.adapters import promote
from storage.blind_test import record_choice
from storage.chats import Chat, upsert_chat
from storage.database import open_database
from storage.messages import NewMessage, Origin, log_message
from tests.registry import enter_adapter
from tests.twin.fakes import FakeEngine, config_in
from twin.blind.blind_test import MOST_PAIRS, BlindTest
from twin.blind.moments import moments_of
from twin.blind_score import LEAST, blind_document, score_for_auto
from twin.config.schema import Config, MemorySettings
from twin.engine.base import EngineUnavailable
from twin.memory import conversation
from twin.memory.line import Line

HOUR = 3_600_000
UNTIL = 1_700_000_000_000  # the newest answer that the adapter learnt


@pytest.fixture
def config(tmp_path: Path) -> Config:
    return config_in(tmp_path)


@pytest.fixture
def db(config: Config) -> Database:
    return open_database(config.database)


@pytest.fixture
def engine(db: Database) -> FakeEngine:
    enter_adapter(db, "one", trained_until=UNTIL)
    promote(db, "one")
    engine = FakeEngine()
    engine.adapter = "one"
    return engine


@pytest.fixture
def test(config: Config, db: Database, engine: FakeEngine) -> BlindTest:
    return BlindTest(config, db, engine, dice=random.Random(1))


def chat_named(db: Database, name: str, kind: str = "direct") -> Chat:
    return upsert_chat(db, "web", name, name, kind=kind)


def talk(db: Database, chat: Chat, at: int, *said: tuple[Origin, str]) -> None:
    """One conversation, a minute between messages."""
    for place, (origin, text) in enumerate(said):
        kind, text = ("image", "") if text == "[image]" else ("text", text)
        message = NewMessage(chat.id, origin, text, UNTIL + at * HOUR + place * 60_000, kind)
        log_message(db, message)


def answers_in(db: Database, config: Config, chat: Chat) -> list[list[str]]:
    adapter = enter_adapter(db, "any", trained_until=UNTIL)
    return [[one.text for one in each.answer] for each in moments_of(db, config, chat, adapter)]


def test_moments_are_answers_in_words_that_the_adapter_has_not_learnt(
    db: Database, config: Config
) -> None:
    ann = chat_named(db, "Ann")
    talk(db, ann, -5, ("peer", "old?"), ("owner", "learnt"))
    talk(db, ann, 5, ("peer", "dinner?"), ("peer", "or not"), ("owner", "yes"), ("owner", "at 7"))
    talk(db, ann, 10, ("peer", "look"), ("owner", "[image]"))
    talk(db, ann, 15, ("peer", "hi"), ("twin", "hello"), ("peer", "you?"), ("owner", "me"))
    talk(db, ann, 20, ("owner", "anybody?"), ("owner", "hello?"))
    talk(db, ann, 25, ("peer", "unanswered"))
    talk(db, ann, 40, ("owner", "new topic"))
    assert answers_in(db, config, ann) == [["yes", "at 7"], ["me"]]


def test_a_group_has_none(db: Database, config: Config) -> None:
    club = chat_named(db, "Club", "group")
    talk(db, club, 5, ("peer", "dinner?"), ("owner", "yes"))
    assert answers_in(db, config, club) == []


async def test_a_pair_is_made_when_none_waits(
    db: Database, test: BlindTest, engine: FakeEngine
) -> None:
    ann = chat_named(db, "Ann")
    talk(db, ann, 5, ("peer", "dinner?"), ("owner", "yes"))
    talk(db, ann, 20, ("peer", "when?"), ("owner", "at 7"))
    engine.enqueue("who knows\n\nlater", "maybe")
    first = await test.next_pair("owner")
    assert first is not None
    assert set(first.answers) in ({"who knows\nlater", "at 7"}, {"who knows\nlater", "yes"})
    assert await test.next_pair("owner") == first  # it waits
    [prompt] = engine.asked
    assert first.question[-1].text in prompt[-1]["content"]
    real = next(each for each in first.answers if each in ("yes", "at 7"))
    assert not any(real in turn["content"] for turn in prompt[1:])
    assert engine.limits != [None]  # behind what friends wait for
    record_choice(db, first.id, "owner", 0, now=1)
    second = await test.next_pair("owner")
    assert second is not None
    assert second.id != first.id
    record_choice(db, second.id, "owner", 0, now=1)
    assert await test.next_pair("owner") is None
    assert (await test.next_pair("friend", ann.id)) == first


async def test_a_long_conversation_is_followed_to_its_beginning_as_by_the_bot(
    db: Database, config: Config, engine: FakeEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    enter_adapter(db, "knowing", rules="sessions", memory=True, trained_until=UNTIL)
    engine.adapter = "knowing"
    looked_up: list[tuple[str, int]] = []

    def look_up(
        _db: Database, _config: Config, _chat: int, question: str, *, before: int
    ) -> list[Line]:
        looked_up.append((question, before))
        return []

    monkeypatch.setattr(conversation, "look_up", look_up)
    ann = chat_named(db, "Ann")
    exchange: tuple[tuple[Origin, str], ...] = (("peer", "and then?"), ("owner", "home"))
    talk(db, ann, -5, ("peer", "hello?"), ("owner", "hi"), *150 * exchange)
    remembering = config.model_copy(update={"memory": MemorySettings(enabled=True)})
    assert await BlindTest(remembering, db, engine).next_pair("friend", ann.id) is not None
    assert looked_up[-1] == ("hello?", UNTIL - 5 * HOUR)
    assert {before for _, before in looked_up} == {UNTIL - 5 * HOUR}


async def test_no_pair_tells_the_answer_of_another(
    db: Database, test: BlindTest, engine: FakeEngine
) -> None:
    ann = chat_named(db, "Ann")
    talk(db, ann, 5, ("peer", "and?"), ("owner", "yes"), ("peer", "when?"), ("owner", "at 7"))
    first = await test.next_pair("friend", ann.id)
    assert first is not None
    record_choice(db, first.id, "friend", 0, now=1)
    assert await test.next_pair("friend", ann.id) is None
    enter_adapter(db, "two", trained_until=UNTIL)
    engine.adapter = "two"
    assert await test.next_pair("friend", ann.id) is None  # they have seen both answers


async def test_what_another_chat_said_is_not_shown(
    db: Database, test: BlindTest, engine: FakeEngine
) -> None:
    ann, ben = chat_named(db, "Ann"), chat_named(db, "Ben")
    secret = "the surprise party for ann is on friday at the old harbour"
    talk(db, ben, 1, ("peer", secret))
    talk(db, ann, 5, ("peer", "friday?"), ("owner", "no"))
    engine.enqueue(secret)
    assert await test.next_pair("friend", ann.id) is None
    assert await test.next_pair("friend", ann.id) is None
    assert len(engine.asked) == 1  # the same moment is not tried again


async def test_answers_of_no_use_make_no_pair(
    db: Database, test: BlindTest, engine: FakeEngine
) -> None:
    ann = chat_named(db, "Ann")
    for at in (1, 10, 20):
        talk(db, ann, at, ("peer", f"dinner {at}?"), ("owner", "yes"))
    engine.enqueue("yes", RuntimeError("no memory"), " \n")
    assert await test.next_pair("owner", ann.id) is None
    assert len(engine.asked) == 3


async def test_a_moment_is_tried_again_when_something_answers(
    db: Database, test: BlindTest, engine: FakeEngine
) -> None:
    ann = chat_named(db, "Ann")
    talk(db, ann, 1, ("peer", "dinner?"), ("owner", "yes"))
    engine.enqueue(EngineUnavailable("http://gpu fails (HTTP 500)", "HTTP 500"), "sure")
    assert await test.next_pair("owner", ann.id) is None
    assert await test.next_pair("owner", ann.id) is not None


async def test_only_so_many_pairs_are_made_of_a_chat(
    db: Database, test: BlindTest, engine: FakeEngine
) -> None:
    ann = chat_named(db, "Ann")
    for at in range(MOST_PAIRS + 3):
        talk(db, ann, 5 + 10 * at, ("peer", f"dinner {at}?"), ("owner", f"yes {at}"))
    while (pair := await test.next_pair("friend", ann.id)) is not None:
        record_choice(db, pair.id, "friend", 0, now=1)
    assert len(engine.asked) == MOST_PAIRS


async def test_the_base_and_an_adapter_that_must_go_are_not_judged(
    db: Database, test: BlindTest, engine: FakeEngine
) -> None:
    ann = chat_named(db, "Ann")
    talk(db, ann, 5, ("peer", "dinner?"), ("owner", "yes"))
    db.execute("UPDATE adapters SET forgotten_at = 1")
    assert await test.next_pair("owner") is None
    engine.adapter = None
    assert await test.next_pair("owner") is None
    assert engine.asked == []


def judged(db: Database, adapter: str, chat: Chat, answers: int, taken: int) -> None:
    [(number,)] = db.execute("SELECT id FROM adapters WHERE name = ?", [adapter]).fetchall()
    for place in range(answers):
        [(pair,)] = db.execute(
            "INSERT INTO blind_pairs (chat_id, adapter_id, twin, twin_first, made_at) "
            "VALUES (?, ?, '', 1, 1) RETURNING id",
            [chat.id, number],
        ).fetchall()
        record_choice(db, pair, "friend", int(place >= taken), now=1)


def test_the_score_of_a_chat_is_of_the_newest_adapter_with_enough_answers(db: Database) -> None:
    ann, ben = chat_named(db, "Ann"), chat_named(db, "Ben")
    for name in ("one", "two", "three"):
        enter_adapter(db, name)
    assert score_for_auto(db, ann.id) is None
    judged(db, "one", ann, 3, 1)
    score = score_for_auto(db, ann.id)
    assert score is not None
    assert score.n == 3
    judged(db, "two", ann, LEAST, 4)
    judged(db, "three", ann, LEAST - 1, 0)
    judged(db, "three", ben, LEAST, LEAST)
    score = score_for_auto(db, ann.id)
    assert score is not None
    assert (score.n, score.share) == (LEAST, 0.4)
    assert (round(score.low, 3), round(score.high, 3)) == (0.168, 0.687)


def test_an_adapters_score_is_told_by_chat_and_in_all(db: Database) -> None:
    ann, ben = chat_named(db, "Ann"), chat_named(db, "Ben")
    enter_adapter(db, "one")
    assert blind_document(db, "one") is None
    judged(db, "one", ann, 4, 1)
    judged(db, "one", ben, 6, 4)
    document = blind_document(db, "one")
    assert document is not None
    assert (document["n"], document["share"]) == (10, 0.5)
    assert [(one["chat"], one["n"], one["share"]) for one in document["chats"]] == [
        ("Ann", 4, 0.25),
        ("Ben", 6, 4 / 6),
    ]
