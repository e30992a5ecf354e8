import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from filelock import FileLock
from sqlite_utils import Database

from storage.adapters import find_adapter, list_adapters, live_adapter
from storage.errors import InputError, TwinError
from storage.reasons import RunEnd
from storage.run_progress import PLANNED
from storage.runs import curve, latest_run
from training import run, train
from training.__main__ import main
from training.evaluation.evaluate import evaluate_adapter
from training.evaluation.promotion_gate import NOTHING_HELD_OUT, verdict_of
from training.trainer import LOG_STEPS, RunRecorder
from twin.config.schema import Config
from twin.engine.model import load_torch_model

pytestmark = pytest.mark.slow


def trained(config: Config, db: Database, **more: Any) -> dict[str, Any]:
    return run.run_training(config, db, "test", show=False, **more)


def changed(config: Config, section: str, **values: object) -> Config:
    return config.model_copy(update={section: getattr(config, section).model_copy(update=values)})


def test_a_run_lowers_the_held_out_loss_and_its_adapter_goes_live(
    chats: Database, config: Config
) -> None:
    result = trained(changed(config, "train", epochs=4.0, seed=1), chats)
    assert result["loss"] < result["base_loss"] - 0.5
    assert result["steps"] == 36
    assert result["tokens_per_second"] > 0
    adapter = live_adapter(chats)
    assert adapter is not None
    assert (adapter.name, adapter.run_id) == (result["adapter"], result["run"])
    files = {path.name for path in (config.data / adapter.path).iterdir()}
    assert {"adapter_model.safetensors", "adapter_config.json"} <= files
    assert not list(config.data.rglob("*.bin"))
    run = latest_run(chats)
    assert run is not None
    assert len(result.pop("examples")) == 4
    assert (run.state, json.loads(run.result or "")) == ("done", result)
    curve = {(row["step"], row["name"]) for row in chats["training_metrics"].rows}
    assert {(0, "held_out_loss"), (36, "held_out_loss"), (5, "loss"), (0, PLANNED)} <= curve


class Killed(Exception):
    pass


def die_at(step: int, monkeypatch: pytest.MonkeyPatch) -> None:
    def on_step_begin(self: RunRecorder, args: Any, state: Any, control: Any, **_: Any) -> None:
        if state.global_step == step:
            raise Killed

    monkeypatch.setattr(RunRecorder, "on_step_begin", on_step_begin, raising=False)


def weights(config: Config, path: str) -> bytes:
    return (config.data / path / "adapter_model.safetensors").read_bytes()


def test_a_killed_run_goes_on_at_its_checkpoint_and_learns_the_same(
    chats: Database, config: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = changed(config, "train", epochs=2.0)
    trained(config, chats)
    die_at(13, monkeypatch)
    with pytest.raises(Killed):
        trained(config, chats)
    failed = latest_run(chats)
    assert failed is not None
    assert failed.state == "failed"
    # A checkpoint that was being written when the power went is passed over.
    torn = config.data / "runs" / str(failed.id) / "checkpoint-14"
    torn.mkdir()
    (torn / "trainer_state.json").write_text("{")
    monkeypatch.undo()
    result = trained(config, chats)
    assert (result["run"], result["resumed"], result["steps"]) == (failed.id, True, 18)
    resumed, whole = list_adapters(chats)
    assert weights(config, resumed.path) == weights(config, whole.path)
    assert not (config.data / "runs" / str(failed.id)).exists()


def test_other_data_or_settings_start_a_new_run(
    chats: Database, config: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    die_at(5, monkeypatch)
    with pytest.raises(Killed):
        trained(config, chats)
    monkeypatch.undo()
    result = trained(changed(config, "train", rank=4), chats)
    assert (result["run"], result["resumed"]) == (2, False)
    assert not (config.data / "runs" / "1").exists()


def test_a_checkpoint_that_does_not_load_is_given_up(
    chats: Database, config: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    die_at(5, monkeypatch)
    with pytest.raises(Killed):
        trained(config, chats)
    monkeypatch.undo()
    (config.data / "runs/1/checkpoint-4/optimizer.pt").write_bytes(b"torn")
    with pytest.raises(Exception):  # noqa: B017, PT011 (whatever the library says)
        trained(config, chats)
    assert trained(config, chats)["resumed"] is False


def test_too_little_data_is_told_with_counts(db: Database, config: Config) -> None:
    with pytest.raises(InputError, match=r"0 samples to train on from 0 messages in 0 chats"):
        trained(config, db)
    run = latest_run(db)
    assert run is not None
    assert run.error == RunEnd.FEW_SAMPLES.of(f"0 < {config.train.min_samples}")


def test_a_missing_base_is_told(chats: Database, config: Config) -> None:
    with pytest.raises(InputError, match="no such folder"):
        trained(changed(config, "model", base="nowhere"), chats)
    with pytest.raises(InputError, match="no such layers"):
        trained(changed(config, "train", targets=("query",)), chats)


def test_answers_end_at_the_template_s_end_token_whatever_the_base_names(
    chats: Database, config: Config, tiny_base: Path, tmp_path: Path
) -> None:
    base = tmp_path / "other ends"
    shutil.copytree(tiny_base, base)
    (base / "generation_config.json").write_text('{"eos_token_id": 7}', encoding="utf-8")
    result = trained(changed(config, "model", base=str(base)), chats, max_steps=1)
    assert result["steps"] == 1


@pytest.mark.parametrize("steps", [2, LOG_STEPS, LOG_STEPS + 1])
def test_whoever_watches_sees_the_last_step(chats: Database, config: Config, steps: int) -> None:
    result = trained(config, chats, max_steps=steps)
    assert curve(chats, result["run"], "loss")[-1][0] == steps


def test_one_run_at_a_time(chats: Database, config: Config) -> None:
    with FileLock(config.data / "train.lock"), pytest.raises(TwinError, match="another training"):
        trained(config, chats)
    assert latest_run(chats) is None


@pytest.mark.parametrize(
    "error",
    [
        OSError(28, "No space left on device"),
        RuntimeError("[enforce fail at inline_container.cc:664] . unexpected pos"),
    ],
)
def test_a_full_disk_is_told_and_leaves_no_adapter(
    chats: Database, config: Config, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    def full(*_: object) -> None:
        raise error

    monkeypatch.setattr(train, "save_adapter", full)
    with pytest.raises(TwinError, match="free some disk space"):
        trained(config, chats)
    assert list_adapters(chats) == []
    run = latest_run(chats)
    assert run is not None
    assert run.state == "failed"


def test_an_alpaca_file_and_max_steps(db: Database, config: Config, tmp_path: Path) -> None:
    path = tmp_path / "rows.json"
    rows = [{"instruction": f"who are you {n}", "input": "", "output": "Sam"} for n in range(12)]
    path.write_text(json.dumps(rows), encoding="utf-8")
    result = trained(config, db, alpaca=path, max_steps=2)
    assert (result["steps"], result["samples"]) == (2, 11)


def test_the_process_prints_one_document(
    chats: Database,
    config: Config,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # What main does to its own process must not stay with the tests'.
    monkeypatch.setattr("signal.signal", lambda *_: None)
    lowered = []
    monkeypatch.setattr("training.__main__.lower_priority", lambda: lowered.append(1))
    assert main(["--config", str(config.path), "--max-steps", "1", "--json"]) == 0
    assert lowered == []  # somebody waits for it
    result = json.loads(capsys.readouterr().out)
    assert {"run", "adapter", "base_loss", "loss", "steps", "tokens_per_second", "seconds"} <= set(
        result
    )
    assert main(["--config", "nowhere.toml"]) == 2
    assert "nowhere.toml" in capsys.readouterr().err


def test_without_held_out_samples_there_is_no_loss(chats: Database, config: Config) -> None:
    config = changed(config, "dataset", held_out=0.0)
    result = trained(config, chats, max_steps=1)
    assert (result["base_loss"], result["loss"]) == (None, None)
    assert result["verdict"] == verdict_of(NOTHING_HELD_OUT).document()
    adapter = find_adapter(chats, result["adapter"])
    assert adapter.status == "rejected"
    assert load_torch_model(config, config.data / adapter.path).adapter == adapter.name
    with pytest.raises(InputError, match="no held-out samples"):
        evaluate_adapter(config, chats, adapter.name, show=False)


def test_questions_about_memory_are_learnt_besides_the_answers(
    chats: Database, config: Config
) -> None:
    memory = {"embeddings": "", "extract": "off", "question_share": 0.15}
    remembering = changed(config, "memory", enabled=True, **memory)
    unjudged = changed(remembering, "dataset", held_out=0.0)  # which is most of the time
    result = trained(unjudged, chats, max_steps=1)
    adapter = find_adapter(chats, result["adapter"])
    metrics = json.loads(adapter.metrics or "{}")
    assert (metrics["samples"], metrics["memory_questions"]) == (40, 7)
    assert adapter.memory
    assert {"bringing memory up to date", "looking up memory"} <= result["phases"].keys()
