"""Several twins on one machine: their trainings come one after the other."""

import logging
import os
import signal
import stat
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from training.scheduling.turn import Line, my_turn

OWNER = """
import sys, time
from training.scheduling.turn import my_turn
def told(waits):
    if waits:
        print("waits", flush=True)
with my_turn("cpu", told, sleep=lambda _: time.sleep(0.02)):
    print("trains", flush=True)
    sys.stdin.readline()
print("is done", flush=True)
"""


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("TWIN_TURNS", str(tmp_path / "turns"))
    return tmp_path / "turns"


@contextmanager
def owner() -> Iterator["subprocess.Popen[str]"]:
    """A trainer of an owner's, that trains until it is told to end."""
    command = [sys.executable, "-c", OWNER]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    with subprocess.Popen(command, text=True, **pipes) as process:  # type: ignore[call-overload]
        try:
            yield process
        finally:
            process.kill()


def says(process: "subprocess.Popen[str]") -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


def end(process: "subprocess.Popen[str]") -> None:
    assert process.stdin is not None
    process.stdin.write("\n")
    process.stdin.flush()
    assert says(process) == "is done"


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no kill -9")
def test_five_owners_train_in_the_order_in_which_they_came_and_the_killed_hold_nobody_up(
    folder: Path,
) -> None:
    with ExitStack() as all_of_them:
        waiting, first = list[subprocess.Popen[str]](), all_of_them.enter_context(owner())
        assert says(first) == "trains"
        for _ in range(4):
            waiting.append(all_of_them.enter_context(owner()))
            assert says(waiting[-1]) == "waits"
        second, killed, third, late = waiting
        for dead in (killed, first):  # one that waits, and the one that trains
            os.kill(dead.pid, signal.SIGKILL)
            dead.wait()
        assert says(second) == "trains"
        end(second)
        assert says(third) == "trains"
        end(third)
        assert says(late) == "trains"
        end(late)
    assert sorted(path.name for path in (folder / "cpu").iterdir()) == ["folder.lock"]


def test_nobody_is_overtaken(tmp_path: Path) -> None:
    line = Line(tmp_path)
    with ExitStack() as later:
        with line.place() as first, line.place() as second:
            third = later.enter_context(line.place())
            assert [line.has_before(each) for each in (first, second, third)] == [False, True, True]
        with line.place() as fourth:  # whoever was done comes again behind them
            assert not line.has_before(third)
            assert line.has_before(fourth)
    assert not line.has_before(fourth + 1)


def test_two_processors_have_a_line_each(folder: Path) -> None:
    told: list[bool] = []
    with my_turn("cuda", told.append), my_turn("cuda:1", told.append):
        assert told == [False, False]
        waits: list[bool] = []
        with pytest.raises(KeyboardInterrupt), my_turn("cuda:0", waits.append, _no_patience):
            pytest.fail("it is somebody else's turn")
        assert waits == [True]
    assert {path.name for path in folder.iterdir()} == {"cuda-0", "cuda-1"}


def _no_patience(seconds: float) -> None:
    raise KeyboardInterrupt


@pytest.mark.skipif(os.name != "posix", reason="modes")
def test_other_accounts_of_the_machine_stand_in_the_same_line(folder: Path) -> None:
    umask = os.umask(0o077)
    try:
        with my_turn("cpu", lambda _: None):
            made = [folder, *folder.rglob("*")]
            modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in made}
    finally:
        os.umask(umask)
    assert modes == {"turns": 0o777, "cpu": 0o777, "folder.lock": 0o666, "1.turn": 0o666}


@pytest.mark.parametrize("what", ["a file", "a link", "no such folder", "a folder as a place"])
def test_a_folder_that_can_not_be_used_costs_no_night(
    folder: Path,
    tmp_path: Path,
    what: str,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    match what:
        case "a file":
            folder.touch()
        case "a link":
            (tmp_path / "private").mkdir()
            folder.symlink_to(tmp_path / "private")
        case "no such folder":
            monkeypatch.setenv("TWIN_TURNS", str(tmp_path / "missing" / "turns"))
        case _:
            (folder / "cpu" / "1.turn").mkdir(parents=True)
    with caplog.at_level(logging.WARNING), my_turn("cpu", lambda _: None):
        assert "does not wait for other twins' trainings" in caplog.text
    assert not list(tmp_path.glob("private/*"))
