"""What is judged: a server's answers, or this process's where the server takes no adapter."""

import asyncio
from pathlib import Path

import pytest
import torch

from tests.tiny import model_config, tiny_adapter, tiny_model
from tests.twin.engine.fake_models import FakeModel
from tests.twin.engine.server.conftest import asks
from tests.twin.engine.server.fake_vllm import FakeVllm
from training.evaluation.asked_model import AskedModel
from training.evaluation.kept_scores import KeptScores
from training.evaluation.what_answers import what_answers
from twin.config.schema import Config
from twin.engine.eight_bits import in_8_bits


def answer(config: Config, adapter: Path) -> str:
    with what_answers(config, adapter, lambda: FakeModel("here")) as model:
        return model.generate([[{"role": "user", "content": "hi"}]], 50, 0.0, 1.0)[0].text


async def test_the_server_answers_where_it_can(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    config = model_config(tmp_path, tiny_model(tmp_path / "base"))
    adapter = tiny_adapter(tmp_path / "data" / "adapters" / "a1", config)
    assert answer(config, adapter) == "here:hi"
    async with FakeVllm(tmp_path / "base") as vllm:
        said = await asyncio.to_thread(answer, asks(config, vllm.url), adapter)
        assert said.endswith("-judged-a1:hi")
        assert vllm.loaded == {}
        takes_none = asks(config, vllm.url, kind="openai")
        assert await asyncio.to_thread(answer, takes_none, adapter) == "here:hi"
    assert "judged by answers of this process" in caplog.text


def test_what_is_scored_has_the_weights_that_answer(tmp_path: Path) -> None:
    config = model_config(tmp_path, tiny_model(tmp_path / "base"))
    adapter = tiny_adapter(tmp_path / "data" / "adapters" / "a1", config)
    for compress in ("off", "on"):
        changed = config.with_values("model", compress=compress)
        model = AskedModel(changed, adapter, KeptScores(changed))
        weight = model._torch.network.model.layers[0].mlp.down_proj.weight
        numbers, scales = in_8_bits(weight)
        assert torch.equal(numbers * scales, weight) == (compress == "on")
