"""Two bots on one folder."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from storage.errors import TwinError
from twin.one_bot import bot_process, one_bot

HOLD = """
import sys
from pathlib import Path
from twin.one_bot import one_bot
with one_bot(Path(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.readline()
"""


@pytest.mark.slow
def test_a_second_bot_is_refused_and_told_which_process_is_the_first(tmp_path: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as first:
        assert first.stdout is not None
        assert first.stdout.readline() == b"held\n"
        with pytest.raises(TwinError, match=f"process {first.pid}"), one_bot(tmp_path):
            pass
        assert bot_process(tmp_path) == first.pid
        first.kill()
    # Its lock died with it, although it could not say so.
    assert bot_process(tmp_path) is None
    with one_bot(tmp_path):
        assert bot_process(tmp_path) == os.getpid()
    assert bot_process(tmp_path) is None


def test_a_folder_that_is_not_there_has_no_bot(tmp_path: Path) -> None:
    assert bot_process(tmp_path / "none") is None
    assert not (tmp_path / "none").exists()
