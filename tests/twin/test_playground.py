from pathlib import Path

import pytest
from sqlite_utils import Database

from storage.chats import get_chat, set_note, upsert_chat
from storage.database import open_database
from storage.errors import TwinError
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
def stand(config: Config, db: Database, engine: FakeEngine) -> Playground:
    return Playground(config, db, engine)


def adapter(db: Database, name: str) -> ComparedModel:
    return ComparedModel(adapter=enter_adapter(db, name, rules="sessions"))


async def test_each_voice_goes_on_with_its_own_answers(
    stand: Playground, db: Database, engine: FakeEngine
) -> None:
    trial, one = SideBySide(stand), adapter(db, "one")
    engine.enqueue("live 1", "base 1", "one 1", "live 2")
    heard = [await trial.ask(who, "hi") for who in (LIVE, BASE, one)]
    assert [each.reply.text for each in heard] == ["live 1", "base 1", "one 1"]
    assert engine.others == [None, "one"]
    await trial.ask(LIVE, "and?")
    assert [turn["content"] for turn in engine.asked[-1][1:]] == ["hi", "live 1", "and?"]
    assert db.execute("SELECT COUNT(*) FROM messages").fetchone()[0] == 0
    assert db.execute("SELECT COUNT(*) FROM outbox").fetchone()[0] == 0


async def test_the_friends_note_and_past_are_what_the_model_is_shown(
    stand: Playground, db: Database, engine: FakeEngine
) -> None:
    chat = upsert_chat(db, "test", "ann", "Ann")
    set_note(db, chat.id, "plays chess")
    log_message(db, NewMessage(chat.id, "peer", "long ago", YEARS_AGO))
    log_message(db, NewMessage(chat.id, "peer", "a rook?", YEARS_AGO + 9 * 3_600_000))
    log_message(db, NewMessage(chat.id, "owner", "two", YEARS_AGO + 9 * 3_600_000 + 1))
    ann = get_chat(db, chat.id)
    await SideBySide(stand, ann, with_past=True).ask(LIVE, "sure?")
    system, *rest = engine.asked[-1]
    assert "plays chess" in system["content"]
    assert [turn["content"] for turn in rest] == ["a rook?", "two", "sure?"]
    await SideBySide(stand, ann).ask(LIVE, "sure?")
    assert [turn["content"] for turn in engine.asked[-1][1:]] == ["sure?"]


async def test_what_is_loaded_is_asked_before_what_has_to_be(
    stand: Playground, db: Database
) -> None:
    trial, one = SideBySide(stand), adapter(db, "one")
    voices = [one, BASE, LIVE]
    assert trial.in_order(voices) == [LIVE, BASE, one]
    for who in trial.in_order(voices):
        await trial.ask(who, "hi")
    assert trial.in_order(voices) == [LIVE, one, BASE]


async def test_what_the_guard_would_hold_back_is_said(
    stand: Playground, engine: FakeEngine
) -> None:
    engine.enqueue("my card is 4111 1111 1111 1111", "fine")
    trial = SideBySide(stand)
    assert (await trial.ask(LIVE, "hi")).held_back == "a card number"
    assert (await trial.ask(LIVE, "hi")).held_back is None


async def test_a_voice_that_fails_is_one_line_without_the_words(
    stand: Playground, db: Database, engine: FakeEngine, caplog: pytest.LogCaptureFixture
) -> None:
    one = adapter(db, "one")
    engine.refuse["one"] = TwinError("one: made for another base")
    with pytest.raises(TwinError, match="another base"):
        await SideBySide(stand).ask(one, "hi")
    engine.enqueue(RuntimeError("my secret"))
    with pytest.raises(TwinError, match=r"generating failed \(RuntimeError\)"):
        await SideBySide(stand).ask(LIVE, "my secret")
    assert "secret" not in caplog.text


def test_the_last_to_leave_gives_the_memory_back(stand: Playground, engine: FakeEngine) -> None:
    stand.enter()
    stand.enter()
    stand.leave()
    assert engine.forgot == 0
    stand.leave()
    assert engine.forgot == 1
