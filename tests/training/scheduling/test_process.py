import itertools
import subprocess
import sys
from pathlib import Path

import pytest

from training.scheduling.trainer_process import trainer_command
from twin.child_process import process_options

pytestmark = pytest.mark.slow

PRIORITY = """
import os
from twin.child_process import lower_priority
before = os.nice(0)
lower_priority()
print(min(before + 10, 19) == os.nice(0), os.sched_getscheduler(0) == os.SCHED_IDLE)
"""


def test_the_night_and_the_reason_go_to_the_trainer() -> None:
    command = trainer_command(Path("config.toml"), "catching up: 4 days", "2026-01-10")
    assert command[1:3] == ["-m", "training"]
    pairs = dict(itertools.pairwise(command))
    assert pairs["--night"] == "2026-01-10"
    assert pairs["--reason"] == "catching up: 4 days"
    assert Path(pairs["--config"]).is_absolute()
    assert "--night" not in trainer_command(Path("config.toml"), "test")


@pytest.mark.skipif(sys.platform != "linux", reason="SCHED_IDLE")
def test_replies_go_first() -> None:
    options = process_options() | {"stdout": subprocess.PIPE}
    ended = subprocess.run([sys.executable, "-c", PRIORITY], check=True, **options)
    assert ended.stdout.split() == [b"True", b"True"]
