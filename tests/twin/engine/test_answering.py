import time
from pathlib import Path

import pytest
from filelock import FileLock, Timeout

from tests.twin.engine.fake_models import FakeLoader, hold, texts
from tests.twin.fakes import config_in
from twin.engine.answering import answering, wait_for_replies
from twin.engine.local import LocalEngine


async def test_the_engine_says_when_it_computes(tmp_path: Path) -> None:
    loader, config = FakeLoader(), config_in(tmp_path)
    engine, lock = LocalEngine(config, loader), FileLock(config.path_of("answering.lock"))
    await engine.start()
    held = await hold(engine, loader.made["base"])
    with pytest.raises(Timeout), lock.acquire(timeout=0):
        pass
    loader.made["base"].gate.set()
    assert await texts([held]) == ["base:held"]
    with lock.acquire(timeout=0):
        pass
    await engine.stop()


def test_a_training_waits_while_a_reply_is_computed_and_not_for_ever(tmp_path: Path) -> None:
    config = config_in(tmp_path)
    begun = time.monotonic()
    with answering(config):
        wait_for_replies(config, 0.05)
    assert time.monotonic() - begun >= 0.05


def test_a_reply_waits_for_nobody(tmp_path: Path) -> None:
    config = config_in(tmp_path)
    with FileLock(config.path_of("answering.lock")), answering(config):
        pass
    missing = config_in(tmp_path / "gone" / "deeper")
    (tmp_path / "gone").write_text("no folder")
    with answering(missing):
        wait_for_replies(missing, 0.0)
