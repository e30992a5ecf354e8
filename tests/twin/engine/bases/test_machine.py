"""Measuring this machine."""

import os
import subprocess
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import psutil
import pytest

from storage.database import open_database
from storage.errors import TwinError
from tests.tiny import model_config, tiny_model
from twin.clock import SYSTEM_CLOCK
from twin.dashboard.figures import figures_of
from twin.diagnostics.doctor import diagnose
from twin.engine.base_trial import load_and_try
from twin.engine.bases import limits
from twin.engine.bases.limits import usable_cores, usable_memory
from twin.engine.bases.machine import measure_machine

GB = 10**9
FOUND = (
    '{"device": "cpu", "dtype": "bfloat16", "dtype_bytes": 2, "flops": 2e11, "bandwidth": 1.5e10}'
)


@pytest.fixture(autouse=True)
def eight_cores(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    monkeypatch.setattr(psutil, "cpu_count", lambda logical=True: 16 if logical else 8)
    monkeypatch.setattr(
        psutil, "virtual_memory", lambda: SimpleNamespace(available=20 * GB, total=32 * GB)
    )
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: range(16), raising=False)
    monkeypatch.setattr(limits, "CGROUP", tmp_path)
    return tmp_path


def answers(monkeypatch: pytest.MonkeyPatch, text: str, error: str | None = None) -> None:
    def run(command: list[str], **_: Any) -> SimpleNamespace:
        if error is not None:
            raise subprocess.CalledProcessError(1, command, "", error)
        return SimpleNamespace(stdout=text)

    monkeypatch.setattr(subprocess, "run", run)


def test_one_core_is_measured_and_all_are_counted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers(monkeypatch, f"a line of a library\n{FOUND}\n")
    found = measure_machine(model_config(tmp_path, "x"))
    assert (found.cores, found.flops, found.bandwidth) == (8, 1.6e12, 3e10)
    assert (found.memory_free, found.memory_total) == (20 * GB, 32 * GB)
    assert found.disk_free > 0


@pytest.mark.parametrize("text", ["", "nonsense", "[]", '{"device": "cpu"}'])
def test_a_measurement_that_fails_is_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    answers(monkeypatch, text)
    with pytest.raises(TwinError, match="can't be measured"):
        measure_machine(model_config(tmp_path, "x"))


def test_the_last_line_of_a_traceback_is_the_cause(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers(monkeypatch, "", "Traceback\n  File\nRuntimeError: no NVIDIA driver\n")
    with pytest.raises(TwinError, match=r"can't be measured \(RuntimeError: no NVIDIA driver\)"):
        measure_machine(model_config(tmp_path, "x"))


def test_a_container_has_less_than_its_machine(eight_cores: Path) -> None:
    (eight_cores / "cpu.max").write_text("150000 100000\n")
    (eight_cores / "memory.max").write_text(f"{4 * GB}\n")
    (eight_cores / "memory.current").write_text(f"{3 * GB}\n")
    (eight_cores / "memory.stat").write_text(f"anon 5\ninactive_file {GB}\n")
    assert usable_cores() == 2
    assert usable_memory() == (2 * GB, 4 * GB)


def test_in_a_full_container_no_base_is_tried_and_doctor_and_page_say_so(eight_cores: Path) -> None:
    for name in ("memory.max", "memory.current"):
        (eight_cores / name).write_text(f"{GB}\n")
    config = model_config(eight_cores, tiny_model(eight_cores / "base"))
    open_database(config.database).close()
    assert not load_and_try(config)
    [memory] = [check for check in diagnose(config) if check.name == "memory"]
    assert memory.code == "little_memory"
    assert figures_of(config, SYSTEM_CLOCK).free_memory == 0


@pytest.mark.parametrize("content", ["max 100000", "max", "", "\udcff", "-1 0", "0 0"])
def test_what_limits_nothing(eight_cores: Path, content: str) -> None:
    for name in ("cpu.max", "memory.max", "memory.current"):
        (eight_cores / name).write_bytes(content.encode(errors="surrogateescape"))
    assert usable_cores() == 8
    assert usable_memory() == (20 * GB, 32 * GB)


def test_one_core_at_least(eight_cores: Path) -> None:
    (eight_cores / "cpu.max").write_text("5000 100000")
    assert usable_cores() == 1


@pytest.mark.slow
def test_this_machine(tmp_path: Path) -> None:
    found = measure_machine(model_config(tmp_path, "x", dtype="auto"))
    assert found.device == "cpu"
    assert 1e9 < found.flops < 1e15
    assert 1e8 < found.bandwidth < 1e13
