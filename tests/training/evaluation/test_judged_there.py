"""A night whose losses the server tells: those of what answers, for all models or for none."""

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
import torch
from sqlite_utils import Database

from tests.tiny import tiny_adapter
from tests.training.evaluation.test_kept_scores import judged
from tests.twin.engine.server.conftest import asks
from tests.twin.engine.server.fake_sglang import FakeSglang
from tests.twin.engine.server.fake_vllm import FakeVllm
from training.evaluation import asked_model, generation
from twin.config.schema import Config
from twin.engine.model import load_torch_model


@pytest.fixture
def config(config: Config, monkeypatch: pytest.MonkeyPatch) -> Config:
    monkeypatch.delenv("TWIN_ENGINE_KEY", raising=False)
    monkeypatch.setattr(generation, "GENERAL_TOKENS", 2)
    changes = {"model": {"runtime": "torch"}, "reply": {"max_tokens": 4}, "judge": {"prompts": 2}}
    sections = {name: getattr(config, name).model_copy(update=new) for name, new in changes.items()}
    config.data.mkdir(exist_ok=True)
    return config.model_copy(update=sections)


@pytest.fixture
def candidate(config: Config) -> Path:
    return tiny_adapter(config.path_of("adapters", "candidate"), config)


class Network:
    """What the base and one adapter really find likely."""

    def __init__(self, config: Config, adapter: Path) -> None:
        self._networks = [load_torch_model(config, path).network for path in (None, adapter)]

    @torch.inference_mode()
    def log_probs(self, model: str, ids: Sequence[int]) -> list[float]:
        whole = torch.tensor([ids])
        found = self._networks["judged" in model](whole).logits[0, :-1].log_softmax(-1)
        return list(found.gather(1, whole[0, 1:, None])[:, 0].tolist())


def of_the_base_alone(model: str, ids: Sequence[int]) -> Any:
    return [None if "judged" in model else -1.0] * (len(ids) - 1)


@pytest.mark.parametrize("kind", [FakeVllm, FakeSglang])
async def test_its_losses_are_those_of_the_same_weights_here(
    chats: Database,
    config: Config,
    candidate: Path,
    kind: type[FakeVllm],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    here = judged(chats, config, candidate, keep=False)["scores"]
    network = Network(config, candidate)
    monkeypatch.setattr(asked_model, "load_torch_model", None)  # nothing is loaded for it
    async with kind(Path(config.model.base)) as server:
        server.log_probs = network.log_probs
        told = asks(config, server.url)
        there = (await asyncio.to_thread(judged, chats, told, candidate, None, False))["scores"]
        assert server.loaded == {}
    for model in ("base", "candidate"):
        assert there[model]["loss"] == pytest.approx(here[model]["loss"], abs=1e-4)
        assert there[model]["real_of_four"] == here[model]["real_of_four"]


async def test_where_it_tells_none_all_are_computed_here(
    chats: Database, config: Config, candidate: Path, caplog: pytest.LogCaptureFixture
) -> None:
    here = judged(chats, config, candidate, keep=False)["scores"]
    async with FakeVllm(Path(config.model.base)) as server:
        server.log_probs = of_the_base_alone
        told = asks(config, server.url)
        there = (await asyncio.to_thread(judged, chats, told, candidate, None, False))["scores"]
    assert "losses are computed by this process" in caplog.text
    for model in ("base", "candidate"):
        assert there[model]["loss"] == here[model]["loss"]
