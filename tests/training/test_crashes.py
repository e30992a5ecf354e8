import json
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlite_utils import Database

from storage.adapters import list_adapters, live_adapter
from storage.chats import upsert_chat
from storage.database import open_database
from storage.messages import NewMessage, log_message
from storage.runs import latest_run
from tests.tiny import tiny_model
from tests.training.crash import STEPS
from training.run import run_training
from twin.config import Config, load_config
from twin.engine.model import load_voice

PROJECT = Path(__file__).resolve().parents[2]
MINUTE = 60_000
SETTINGS = """
model = {{ base = {base!r}, dtype = "float32", device = "cpu" }}
train = {{ batch_size = 4, save_steps = 2, min_samples = 4, learning_rate = 0.01, keep = 1 }}
reply = {{ max_tokens = 4 }}
judge = {{ prompts = 2, min_stop_share = 0.0, max_extra_repeats = 1.0, canaries = 0 }}
"""


def talk(db: Database, start: int, pairs: int) -> None:
    chat = upsert_chat(db, "test", "Ann", "Ann").id
    for number in range(start, start + pairs):
        log_message(db, NewMessage(chat, "peer", f"hello {number}", number * MINUTE))
        log_message(db, NewMessage(chat, "owner", "see you tomorrow :)", number * MINUTE + 1000))


@pytest.fixture(scope="module")
def trained_twice(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A twin with a live adapter, one that was live before, and new messages."""
    folder = tmp_path_factory.mktemp("twin")
    base = tiny_model(folder / "base")
    (folder / "config.toml").write_text(SETTINGS.format(base=str(base)), encoding="utf-8")
    config = load_config(folder / "config.toml")
    db = open_database(config.database)
    for start in (0, 40):
        talk(db, start, 40)
        assert run_training(config, db, "test", show=False)["verdict"]["promoted"]
    talk(db, 80, 40)
    db.conn.close()
    return folder


@pytest.fixture
def config(trained_twice: Path, tmp_path: Path) -> Config:
    shutil.copytree(trained_twice, tmp_path / "twin")
    return load_config(tmp_path / "twin" / "config.toml")


@pytest.fixture
def db(config: Config) -> Iterator[Database]:
    database = open_database(config.database)
    yield database
    database.conn.close()


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no kill -9")
@pytest.mark.parametrize("step", STEPS)
def test_killed_at_any_step_of_a_promotion_a_working_adapter_is_live(
    config: Config, db: Database, step: str
) -> None:
    before = live_adapter(db)
    killed = subprocess.run(
        [sys.executable, "-m", "tests.training.crash", str(config.path), step],
        cwd=PROJECT,
        capture_output=True,
        check=False,
    )
    assert killed.returncode == -signal.SIGKILL, killed.stderr.decode()
    after = live_adapter(db)
    assert before is not None
    assert after is not None
    run = latest_run(db)
    assert run is not None
    # The verdict and the end of the run are one write.
    assert (after.id != before.id) is (run.state == "done")
    assert load_voice(config, config.path_of(after.path)).adapter == after.name

    result = run_training(config, db, "after the kill", show=False)
    live = live_adapter(db)
    assert live is not None
    assert load_voice(config, config.path_of(live.path)).adapter == live.name
    assert result["loss"] == pytest.approx(live_loss(live.metrics))
    assert [path.name for path in (config.data / "adapters").iterdir() if path.name[0] == "."] == []
    kept = {a.path for a in list_adapters(db) if a.status != "pruned"}
    assert {f"adapters/{path.name}" for path in (config.data / "adapters").iterdir()} == kept


def live_loss(metrics: str | None) -> float:
    return float(json.loads(metrics or "{}")["loss"])
