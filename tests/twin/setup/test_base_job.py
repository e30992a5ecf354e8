"""Another base model is fetched and checked beside the bot, and used only if it can be."""

import asyncio
import threading
from pathlib import Path
from typing import Any

import pytest

from storage.database import open_database
from storage.errors import InputError, TwinError
from tests.newcomer import COMPUTER
from tests.tiny import tiny_model
from twin.config.load import DEFAULT_FILE, load_config
from twin.config.schema import ModelSettings
from twin.engine.bases.fetch import FetchProgress
from twin.engine.bases.transfer import FetchCancelledError
from twin.setup.base_job import BaseJob


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "config.toml"
    path.write_bytes(DEFAULT_FILE.read_bytes())
    return path


async def ended(job: BaseJob) -> str:
    while job.state.is_busy:  # noqa: ASYNC110 (the pages look at it in the same way)
        await asyncio.sleep(0.01)
    return job.state.phase


async def test_one_of_the_owners_own_is_used_once_it_was_checked(
    file: Path, tmp_path: Path
) -> None:
    job = BaseJob(file)
    tiny_model(tmp_path / "mine")
    job.use("mine")
    with pytest.raises(InputError, match="mine is still coming"):
        job.use("qwen3-0.6b")
    assert await ended(job) == "done"
    assert load_config(file).model.base == "mine"
    job.use("nothing/at/all")
    assert await ended(job) == "failed"
    assert "nothing/at/all" in str(job.state.error)
    assert load_config(file).model.base == "mine"


@pytest.mark.parametrize(
    "base",
    ["qwen3-0.6b", "HuggingFaceTB/SmolLM2-135M-Instruct"],  # whose packaged weights are others
)
async def test_what_has_to_come_comes_with_its_progress_and_can_be_stopped(
    base: str, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    came = threading.Event()

    def fetch(config: Any, base: str, told: Any, cancel: threading.Event, hub: str | None) -> Path:
        told(FetchProgress(1, 4, f"{base} from {hub}", 2.0))
        came.set()
        assert cancel.wait(30)
        raise FetchCancelledError("ended")

    monkeypatch.setattr("twin.setup.base_job.fetch_base", fetch)
    monkeypatch.setattr("twin.setup.base_job.local_base", lambda *_: None)
    job = BaseJob(file)
    job.use(base, "modelscope")
    await asyncio.to_thread(came.wait, 30)
    assert job.progress == FetchProgress(1, 4, f"{base} from modelscope", 2.0)
    job.cancel()
    assert await ended(job) == "idle"
    assert load_config(file).model == ModelSettings()


async def test_a_fault_of_ours_is_told_and_ends_the_job(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fetch(*_: object) -> Path:
        raise ZeroDivisionError

    monkeypatch.setattr("twin.setup.base_job.fetch_base", fetch)
    job = BaseJob(file)
    job.use("qwen3-0.6b")
    assert (await ended(job), str(job.state.error)) == (
        "failed",
        "ZeroDivisionError; the log says more",
    )


async def test_the_machine_is_measured_once(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    measured: list[object] = []

    def measure(config: object) -> object:
        measured.append(config)
        if len(measured) == 1:
            raise TwinError("torch can't be used")
        return COMPUTER

    monkeypatch.setattr("twin.setup.base_job.measure_machine", measure)
    monkeypatch.setattr("twin.engine.bases.offers.local_base", lambda *_: None)
    database, job = load_config(file).database, BaseJob(file)
    open_database(database).close()
    with pytest.raises(TwinError):
        await job.offers(database)
    found = await asyncio.gather(job.offers(database), job.offers(database))
    assert found[0] == found[1]
    assert found[0][0].base.name == "smollm2-135m-instruct"
    assert len(measured) == 2
