import time
from pathlib import Path

from filelock import FileLock

from tests.twin.fakes import config_in
from twin.engine.answering import answering, wait_for_replies


def test_a_training_waits_while_a_reply_is_computed_and_not_for_ever(tmp_path: Path) -> None:
    config = config_in(tmp_path)
    begun = time.monotonic()
    with answering(config):
        wait_for_replies(config, 0.05)
        waited = time.monotonic() - begun
    assert waited >= 0.05
    with FileLock(config.path_of("answering.lock"), timeout=0):
        pass  # nobody holds it any more


def test_a_reply_waits_for_nobody(tmp_path: Path) -> None:
    config = config_in(tmp_path)
    with FileLock(config.path_of("answering.lock")), answering(config):
        pass
    missing = config_in(tmp_path / "gone" / "deeper")
    (tmp_path / "gone").write_text("no folder")
    with answering(missing):
        wait_for_replies(missing, 0.0)
