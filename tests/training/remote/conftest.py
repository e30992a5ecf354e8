import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.training.remote.sshd import HOST, Sshd, sshd
from twin.config.schema import Config

ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sshd]:
    with sshd(tmp_path_factory.mktemp("sshd")) as running:
        yield running


@dataclass(frozen=True, slots=True)
class Box:
    """The other machine. `temporary`: where it keeps what is sent; `command`: its program."""

    temporary: Path
    command: str


@pytest.fixture
def box(server: Sshd, tmp_path: Path, tiny_base: Path, monkeypatch: pytest.MonkeyPatch) -> Box:
    """It has settings of its own, and no chats."""
    monkeypatch.setenv("PATH", f"{server.bin}{os.pathsep}{os.environ['PATH']}")
    own, temporary = tmp_path / "box" / "config.toml", tmp_path / "box" / "tmp"
    temporary.mkdir(parents=True)
    model = f'{{ base = {str(tiny_base)!r}, dtype = "float32", device = "cpu" }}'
    own.write_text(f"model = {model}\n", encoding="utf-8")
    kept = ("TWIN_TURNS", "HF_HOME", "HF_HUB_OFFLINE")
    variables: dict[str, object] = {name: os.environ[name] for name in kept} | {
        "TWIN_CONFIG": own,
        "TMPDIR": temporary,
        "PYTHONPATH": ROOT,
        "OMP_NUM_THREADS": 1,
    }
    shell = " ".join(f"{name}={value}" for name, value in variables.items())
    return Box(temporary, f"{shell} {sys.executable} {ROOT}/bot.py")


@pytest.fixture
def sending(box: Box, config: Config) -> Config:
    """This twin's settings: its nights are trained on the box."""
    train = config.train.model_copy(update={"on": HOST, "on_command": box.command})
    return config.model_copy(update={"train": train})
