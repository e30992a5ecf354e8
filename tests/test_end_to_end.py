"""The demo with the packaged model, from the sample chats to an answer, in a few steps."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import bot
from storage.adapters import list_adapters
from storage.database import open_database
from tests.ports import free_port
from tests.twin.engine.asking import greedy, said
from twin.config.load import load_config
from twin.engine import runtime
from twin.engine.model import load_torch_model
from twin.engine.openvino_model import OpenVinoModel

pytestmark = pytest.mark.model

PROJECT = Path(bot.__file__).parent

SETTINGS = """
paths.data = "."
owner.name = "Sam"
dataset = {{ max_samples = 60, held_out = 0.2 }}
train = {{ batch_size = 4, max_tokens = 96 }}
judge = {{ prompts = 5, min_stop_share = 0.0, max_extra_repeats = 1.0 }}
reply = {{ quiet_seconds = 0.1, max_tokens = 16, chars_per_second = 1000 }}
policy.quiet_hours = ""
schedule.enabled = false
web.port = {port}
"""


def demo(folder: Path) -> tuple[dict[str, Any], str]:
    command = [sys.executable, "bot.py", "demo", "--once", "--json", "--folder", str(folder)]
    ended = subprocess.run(
        command, cwd=PROJECT, capture_output=True, text=True, encoding="utf-8", timeout=600
    )
    assert ended.returncode == 0, ended.stderr
    document: dict[str, Any] = json.loads(ended.stdout)
    return document, ended.stderr


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Of one demo for all tests: unpacking the model takes longer than most of them."""
    folder = tmp_path_factory.mktemp("demo")
    (folder / "config.toml").write_text(SETTINGS.format(port=free_port()), encoding="utf-8")
    return folder


def _is_for_the_owner_alone(folder: Path) -> None:
    """Whatever bot and trainer wrote."""
    written = [path for path in folder.rglob("*") if path.name != "config.toml"]
    assert written
    assert [path for path in written if os.name == "posix" and path.stat().st_mode & 0o077] == []


def test_from_a_chat_history_to_an_answer(folder: Path) -> None:
    document, told = demo(folder)
    assert document["answer"].strip()
    assert "Imported 44817 messages" in told
    assert re.search(r"training (\d+)/\1\b", told)
    assert "not seen in training" in told
    db = open_database(folder / "twin.db")
    [adapter] = list_adapters(db)
    result = json.loads(adapter.metrics or "")
    assert adapter.status == "live"
    assert result["loss"] < result["base_loss"]
    said = [row["text"] for row in db["messages"].rows_where("origin = 'twin'")]
    assert "\n".join(said) == document["answer"]

    _is_for_the_owner_alone(folder)

    again, told = demo(folder)
    assert again["answer"].strip()
    assert "training" not in told
    assert len(list_adapters(db)) == 1
    db.close()


def test_openvino_answers_as_torch_does(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text(
        'model = { device = "cpu", dtype = "float32", compress = "off" }\n'
        f"paths.data = {str(folder)!r}\n"
    )
    config = load_config(tmp_path / "config.toml")
    batch = [said("hello there"), said("what is 2+2? explain"), said("hi", "hello!", "and you?")]
    fast, exact = runtime.load_model(config, None), load_torch_model(config, None)
    assert isinstance(fast, OpenVinoModel)
    assert greedy(fast, batch) == greedy(exact, batch)
