from pathlib import Path

import pytest
from sqlite_utils import Database

from storage.chat_deletion import forget_chat
from storage.chats import get_chat, set_note, upsert_chat
from storage.database import open_database
from storage.errors import InputError, TwinError
from storage.messages import NewMessage, log_message
from tests.registry import enter_adapter
from tests.twin.fakes import FakeEngine, config_in
from twin.config.schema import Config, OwnerSettings
from twin.playground import BASE, LIVE, ComparedModel, Playground, SideBySide

YEARS_AGO = 1_500_000_000_000


@pytest.fixture
def config(tmp_path: Path) -> Config:
    return config_in(tmp_path).model_copy(update={"owner": OwnerSettings(name="Wei")})


@pytest.fixture
def db(config: Config) -> Database:
    return open_database(config.database)


@pytest.fixture
def engine() -> FakeEngine:
    return FakeEngine()


@pytest.fixture
def playground(config: Config, db: Database, engine: FakeEngine) -> Playground:
    return Playground(config, db, engine)


def adapter(db: Database, name: str) -> ComparedModel:
    return ComparedModel(adapter=enter_adapter(db, name, rules="sessions"))


async def test_each_model_continues_with_its_own_answers(
    playground: Playground, db: Database, engine: FakeEngine
) -> None:
    comparison, one = SideBySide(playground), adapter(db, "one")
    engine.enqueue("live 1", "base 1", "one 1", "live 2")
    answers = [await comparison.ask(model, "hi") for model in (LIVE, BASE, one)]
    assert [each.reply.text for each in answers] == ["live 1", "base 1", "one 1"]
    assert engine.others == [None, "one"]
    await comparison.ask(LIVE, "and?")
    assert [turn["content"] for turn in engine.asked[-1][1:]] == ["hi", "live 1", "and?"]
    assert db.execute("SELECT COUNT(*) FROM messages").fetchone()[0] == 0
    assert db.execute("SELECT COUNT(*) FROM outbox").fetchone()[0] == 0


async def test_the_friends_note_and_past_are_what_the_model_is_shown(
    playground: Playground, db: Database, engine: FakeEngine
) -> None:
    chat = upsert_chat(db, "test", "ann", "Ann")
    set_note(db, chat.id, "plays chess")
    log_message(db, NewMessage(chat.id, "peer", "long ago", YEARS_AGO))
    log_message(db, NewMessage(chat.id, "peer", "a rook?", YEARS_AGO + 9 * 3_600_000))
    log_message(db, NewMessage(chat.id, "owner", "two", YEARS_AGO + 9 * 3_600_000 + 1))
    ann = get_chat(db, chat.id)
    await SideBySide(playground, ann, with_past=True).ask(LIVE, "sure?")
    system, *rest = engine.asked[-1]
    assert "plays chess" in system["content"]
    assert [turn["content"] for turn in rest] == ["a rook?", "two", "sure?"]
    await SideBySide(playground, ann).ask(LIVE, "sure?")
    assert [turn["content"] for turn in engine.asked[-1][1:]] == ["sure?"]


@pytest.mark.parametrize("newcomer", [None, "ben", "ann too"])
async def test_a_trial_in_a_chat_that_was_forgotten_ends(
    playground: Playground, db: Database, engine: FakeEngine, newcomer: str | None
) -> None:
    ann = upsert_chat(db, "test", "ann", "Ann")
    log_message(db, NewMessage(ann.id, "peer", "a rook?", YEARS_AGO))
    trial = SideBySide(playground, ann, with_past=True)
    upsert_chat(db, "test", "ann", "Anna")  # a new name is no other chat
    await trial.ask(LIVE, "sure?")
    forget_chat(db, ann.id)
    if newcomer:
        assert upsert_chat(db, "test", newcomer, "Ann").id == ann.id
    engine.asked.clear()
    with pytest.raises(InputError, match=f"chat {ann.id}: no such chat"):
        await trial.ask(LIVE, "sure?")
    assert engine.asked == []


async def test_what_is_loaded_is_asked_before_what_has_to_be(
    playground: Playground, db: Database
) -> None:
    comparison, one = SideBySide(playground), adapter(db, "one")
    models = [one, BASE, LIVE]
    assert comparison.in_order(models) == [LIVE, BASE, one]
    for model in comparison.in_order(models):
        await comparison.ask(model, "hi")
    assert comparison.in_order(models) == [LIVE, one, BASE]


async def test_what_the_guard_would_hold_back_is_said(
    playground: Playground, engine: FakeEngine
) -> None:
    engine.enqueue("my card is 4111 1111 1111 1111", "fine")
    comparison = SideBySide(playground)
    assert (await comparison.ask(LIVE, "hi")).held_back == "a card number"
    assert (await comparison.ask(LIVE, "hi")).held_back is None


async def test_a_model_that_fails_is_one_line_without_the_words(
    playground: Playground, db: Database, engine: FakeEngine, caplog: pytest.LogCaptureFixture
) -> None:
    one = adapter(db, "one")
    engine.refuse["one"] = TwinError("one: made for another base")
    with pytest.raises(TwinError, match="another base"):
        await SideBySide(playground).ask(one, "hi")
    engine.enqueue(RuntimeError("my secret"))
    with pytest.raises(TwinError, match=r"generating failed \(RuntimeError\)"):
        await SideBySide(playground).ask(LIVE, "my secret")
    assert "secret" not in caplog.text


def test_the_last_to_leave_gives_the_memory_back(
    playground: Playground, engine: FakeEngine
) -> None:
    playground.enter()
    playground.enter()
    playground.leave()
    assert engine.forgot == 0
    playground.leave()
    assert engine.forgot == 1
