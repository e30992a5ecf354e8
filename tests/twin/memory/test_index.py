"""Passages are made newest first, in batches of which none is lost."""

import json

import pytest
from filelock import FileLock
from sqlite_utils import Database

import bot
from storage import passages
from storage.chats import upsert_chat
from storage.errors import TwinError
from storage.messages import NewMessage, log_message, log_messages
from tests.twin.memory.fake_model import FakeModel
from twin.config.schema import Config
from twin.memory import index
from twin.memory.index import LOCK_FILE, IndexedElsewhere, bring_up_to_date

HOUR = 3_600_000


def talk(db: Database, name: str, hours: range) -> int:
    """A passage every tenth hour."""
    chat = upsert_chat(db, "web", name, name).id
    log_messages(db, [NewMessage(chat, "owner", f"{name}{at}", at * 10 * HOUR) for at in hours])
    return chat


def made(db: Database, model: FakeModel) -> list[str]:
    rows = db.execute("SELECT vector FROM passages ORDER BY id").fetchall()
    return [model.made[vector] for (vector,) in rows]


def keep(config: Config, most: int) -> Config:
    memory = config.memory.model_copy(update={"passages": most})
    return config.model_copy(update={"memory": memory})


def test_the_newest_chat_and_its_newest_words_come_first(
    db: Database, config: Config, model: FakeModel
) -> None:
    talk(db, "ann", range(3))
    talk(db, "ben", range(1, 4))
    assert bring_up_to_date(db, config).passages == 6
    assert made(db, model) == ["ben3", "ben2", "ben1", "ann2", "ann1", "ann0"]


def test_of_a_chat_only_so_many_are_kept_the_newest(
    db: Database, config: Config, model: FakeModel
) -> None:
    chat = talk(db, "ann", range(5))
    bring_up_to_date(db, keep(config, 2))
    log_message(db, NewMessage(chat, "owner", "newest", 999 * HOUR))
    bring_up_to_date(db, keep(config, 2))
    assert sorted(made(db, model)) == ["ann4", "newest"]
    bring_up_to_date(db, keep(config, 4))
    assert sorted(made(db, model)) == ["ann2", "ann3", "ann4", "newest"]


def test_who_is_killed_goes_on_where_it_was(
    db: Database, config: Config, model: FakeModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(index, "_BATCH", 2)
    talk(db, "ann", range(7))
    seen: list[passages.Progress] = []
    bring_up_to_date(db, config, on_progress=seen.append, stop=lambda: len(seen) == 2)
    assert seen[-1] == passages.progress(db) == (4, 1, 3)
    model.embedded.clear()
    assert bring_up_to_date(db, config) == (7, 0, 0)
    assert model.embedded == ["ann2", "ann1", "ann0"]
    assert bring_up_to_date(db, config) == (7, 0, 0)
    assert len(model.embedded) == 3


def test_what_comes_meanwhile_is_indexed_too(
    db: Database, config: Config, model: FakeModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(index, "_BATCH", 2)
    chat = talk(db, "ann", range(4))
    more = iter(["fresh"])

    def log_one(_: passages.Progress) -> None:
        for text in more:
            log_message(db, NewMessage(chat, "owner", text, 999 * HOUR))

    assert bring_up_to_date(db, config, on_progress=log_one) == (5, 0, 0)
    assert sorted(model.embedded) == ["ann0", "ann1", "ann2", "ann3", "fresh"]


def test_one_process_at_a_time(db: Database, config: Config, model: FakeModel) -> None:
    talk(db, "ann", range(1))
    with FileLock(config.path_of(LOCK_FILE)), pytest.raises(IndexedElsewhere, match="status"):
        bring_up_to_date(db, config)
    assert bring_up_to_date(db, config).passages == 1


def test_without_a_model_nothing_is_made(
    db: Database, config: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    talk(db, "ann", range(1))
    monkeypatch.setattr(index, "embeddings_of", lambda _: "")
    assert bring_up_to_date(db, config) == (0, 1, 0)
    monkeypatch.setattr(index, "embeddings_of", lambda _: "/no/such/model")
    monkeypatch.setattr(index, "embed", lambda *_, **__: None)
    with pytest.raises(TwinError, match="can't be used, so words alone"):
        bring_up_to_date(db, config)
    assert passages.progress(db).passages == 0


def test_by_hand(
    db: Database, config: Config, model: FakeModel, capsys: pytest.CaptureFixture[str]
) -> None:
    talk(db, "ann", range(3))
    config.path.write_text('[paths]\ndata = "."\n[memory]\nenabled = true\n')
    assert bot.main(["memory", "index", "--json", "--config", str(config.path)]) == 0
    done = {"passages": 3, "stale_chats": 0, "missing": 0}
    assert json.loads(capsys.readouterr().out) == done
