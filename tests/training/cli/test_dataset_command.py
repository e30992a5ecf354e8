import json
from pathlib import Path

import pytest
from sqlite_utils import Database

import bot
from storage.adapters import live_adapter
from twin.adapter_names import AdapterNames
from twin.config.schema import Config

pytestmark = pytest.mark.slow

Capsys = pytest.CaptureFixture[str]


@pytest.fixture
def trained(chats: Database, config: Config, capsys: Capsys) -> str:
    assert bot.main(["train", "--config", str(config.path), "--json"]) == 0
    result = json.loads(capsys.readouterr().out)
    assert result["verdict"]["promoted"]
    return str(result["adapter"])


def test_training_by_hand_tells_what_came_of_it(
    chats: Database, config: Config, capsys: Capsys
) -> None:
    assert bot.main(["train", "--config", str(config.path)]) == 0
    shown = " ".join(capsys.readouterr().out.split())
    live = live_adapter(chats)
    assert live is not None
    called = AdapterNames(chats, config.schedule).of(live.name)
    assert f"A better twin answers from now on: {called}" in shown


def test_evaluate_shows_everybodys_scores_and_the_gates_word(
    trained: str, config: Config, capsys: Capsys
) -> None:
    assert bot.main(["evaluate", "--config", str(config.path)]) == 0
    shown = capsys.readouterr().out
    assert all(name in shown for name in ("base", "candidate", "person", "It would go live"))
    assert (
        bot.main(["evaluate", trained, "--canaries", "--config", str(config.path), "--json"]) == 0
    )
    document = json.loads(capsys.readouterr().out)
    assert document["adapter"] == trained
    assert document["canaries"] == 0  # too few samples to plant any
    assert document["blind"] is None  # nobody has judged
    assert "answers" not in document


def test_a_broken_adapter_is_not_promoted(trained: str, config: Config, capsys: Capsys) -> None:
    weights = Path(config.data, "adapters", trained, "adapter_model.safetensors")
    weights.write_bytes(weights.read_bytes()[:40])
    assert bot.main(["adapters", "promote", trained, "--config", str(config.path)]) == 1
    assert "not a readable adapter" in capsys.readouterr().err
    assert bot.main(["adapters", "show", trained, "--config", str(config.path), "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert document["verdict"]["promoted"]
    assert document["metrics"]["loss"] < document["metrics"]["base_loss"]
