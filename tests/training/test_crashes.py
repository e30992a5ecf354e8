import json
import multiprocessing
import shutil
import signal
import sys
from pathlib import Path

import pytest
from sqlite_utils import Database

from storage.adapters import list_adapters, live_adapter
from storage.database import open_database
from storage.runs import latest_run
from tests.training import crash
from tests.training.tiny_twin import exchange_messages, tiny_twin
from training.run import run_training
from twin.config.load import load_config
from twin.config.schema import Config
from twin.engine.model import load_torch_model

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def trained_twice(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A twin with a live adapter, one that was live before, and new messages."""
    folder = tmp_path_factory.mktemp("twin")
    tiny_twin(folder)
    with (folder / "config.toml").open("a", encoding="utf-8") as settings:
        settings.write("train.keep = 1\njudge.canaries = 0\n")
    config = load_config(folder / "config.toml")
    db = open_database(config.database)
    for start in (0, 40):
        exchange_messages(db, start, 40)
        assert run_training(config, db, "test", show=False)["verdict"]["promoted"]
    exchange_messages(db, 80, 40)
    db.conn.close()
    return folder


@pytest.fixture
def config(trained_twice: Path, tmp_path: Path) -> Config:
    shutil.copytree(trained_twice, tmp_path / "twin")
    return load_config(tmp_path / "twin" / "config.toml")


def exit_code_of_run(config: Config, step: str) -> int | None:
    """Of a process that is killed there. It is forked from one that has imported torch already."""
    processes = multiprocessing.get_context("forkserver")
    processes.set_forkserver_preload([crash.__name__])
    process = processes.Process(target=crash.main, args=(config.path, step))
    process.start()
    process.join()
    return process.exitcode


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no kill -9")
@pytest.mark.parametrize("step", crash.STEPS)
def test_killed_at_any_step_of_a_promotion_a_working_adapter_is_live(
    config: Config, db: Database, step: str
) -> None:
    before = live_adapter(db)
    assert exit_code_of_run(config, step) == -signal.SIGKILL
    after = live_adapter(db)
    assert before is not None
    assert after is not None
    run = latest_run(db)
    assert run is not None
    # The verdict and the end of the run are one write.
    assert (after.id != before.id) is (run.state == "done")
    assert load_torch_model(config, config.path_of(after.path)).adapter == after.name

    result = run_training(config, db, "after the kill", show=False)
    live = live_adapter(db)
    assert live is not None
    assert load_torch_model(config, config.path_of(live.path)).adapter == live.name
    assert result["loss"] == pytest.approx(live_loss(live.metrics))
    assert [path.name for path in (config.data / "adapters").iterdir() if path.name[0] == "."] == []
    kept = {a.path for a in list_adapters(db) if a.status != "pruned"}
    assert {f"adapters/{path.name}" for path in (config.data / "adapters").iterdir()} == kept


def live_loss(metrics: str | None) -> float:
    return float(json.loads(metrics or "{}")["loss"])
