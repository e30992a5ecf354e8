import json

import pytest
from sqlite_utils import Database

from storage.adapters import list_adapters
from storage.chats import upsert_chat
from storage.errors import InputError
from storage.fact_vectors import facts_without_vector
from storage.messages import NewMessage, Origin, log_message
from storage.runs import runs_of_night
from tests.twin.memory.fake_model import FakeModel
from training.__main__ import main
from training.run import run_training
from twin.config.schema import Config, MemorySettings

pytestmark = pytest.mark.slow


@pytest.fixture(autouse=True)
def lowered(monkeypatch: pytest.MonkeyPatch) -> list[None]:
    """How often its priority was lowered: what main does to its process must not stay."""
    times: list[None] = []
    monkeypatch.setattr("training.__main__.lower_priority", lambda: times.append(None))
    monkeypatch.setattr("signal.signal", lambda *_: None)
    return times


def test_a_night_without_anything_new_is_skipped(
    chats: Database,
    config: Config,
    capsys: pytest.CaptureFixture[str],
    lowered: list[None],
) -> None:
    options = ["--config", str(config.path), "--max-steps", "1"]
    assert main([*options, "--night", "2026-01-10", "--json"]) == 0
    first = json.loads(capsys.readouterr().out)
    assert len(lowered) == 1
    assert main([*options, "--night", "2026-01-11", "--json"]) == 0
    second = json.loads(capsys.readouterr().out)
    assert second == {"run": first["run"] + 1, "skipped": f"unchanged since run: {first['run']}"}
    [done], [skipped] = runs_of_night(chats, "2026-01-10"), runs_of_night(chats, "2026-01-11")
    assert (done.state, skipped.state, skipped.error) == ("done", "skipped", second["skipped"])
    assert main([*options, "--night", "2026-01-12"]) == 0
    assert "skipped: unchanged" in capsys.readouterr().out
    assert len(list_adapters(chats)) == 1
    # By hand it is made all the same.
    assert "adapter" in run_training(config, chats, "manual", max_steps=1, show=False)


def test_a_run_that_failed_is_taken_up_by_the_next_night(
    chats: Database, config: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("training.run.train", stop)
    for night in ("2026-01-10", "2026-01-10", "2026-01-11"):
        with pytest.raises(KeyboardInterrupt):
            run_training(config, chats, "nightly", show=False, night=night)
    assert runs_of_night(chats, "2026-01-10") == []
    [run] = runs_of_night(chats, "2026-01-11")
    assert (run.attempts, run.state) == (1, "failed")


def test_data_that_can_not_be_trained_on_settles_nothing_but_counts(
    db: Database, config: Config
) -> None:
    assert main(["--config", str(config.path), "--night", "2026-01-10"]) == 2
    [run] = runs_of_night(db, "2026-01-10")
    assert (run.state, run.attempts) == ("failed", 1)


@pytest.mark.parametrize(
    ("said", "origin"),
    [("I'm allergic to nuts", "peer"), ("我搬到柏林了", "peer"), ("I live in Oslo", "owner")],
)
def test_what_a_night_reads_of_facts_its_own_samples_find_by_meaning(
    db: Database, config: Config, said: str, origin: Origin, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = FakeModel()
    model.install(monkeypatch)
    ann = upsert_chat(db, "test", "Ann", "Ann").id
    log_message(db, NewMessage(ann, origin, said, 0))
    remembering = config.model_copy(update={"memory": MemorySettings(enabled=True)})
    with pytest.raises(InputError):  # there is too little to train on, which is known then
        run_training(remembering, db, "nightly", show=False)
    assert db["facts"].count == 1
    assert facts_without_vector(db, 10) == []
