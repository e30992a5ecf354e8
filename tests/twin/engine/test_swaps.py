from pathlib import Path

import pytest
import torch
from peft import LoraConfig, get_peft_model

from tests.tiny import tiny_model
from tests.twin.engine.swapping import MESSAGES, talk_through_swaps
from twin.config.load import load_config
from twin.config.schema import Config
from twin.engine.model import load_base

pytestmark = pytest.mark.slow


@pytest.fixture
def config(tmp_path: Path) -> Config:
    base = tiny_model(tmp_path / "base", spread=0.3)
    path = tmp_path / "config.toml"
    path.write_text(
        f"model = {{ base = {str(base)!r}, dtype = 'float32', device = 'cpu' }}\n"
        "reply = { max_tokens = 6, temperature = 0.0 }\n",
        encoding="utf-8",
    )
    return load_config(path)


def adapter(config: Config, seed: int) -> Path:
    """One that says something else than the base and than every other."""
    torch.manual_seed(seed)
    lora = LoraConfig(task_type="CAUSAL_LM", r=4, target_modules=["q_proj", "down_proj"])
    tuned = get_peft_model(load_base(config, torch.float32), lora)
    for name, weight in tuned.named_parameters():
        if "lora_B" in name:
            torch.nn.init.normal_(weight)
    tuned.peft_config["default"].base_model_name_or_path = config.model.base
    folder = config.path_of("adapters", f"a{seed}")
    tuned.save_pretrained(folder, save_embedding_layers=False)
    return folder


async def test_two_hundred_swaps_under_eight_chats_lose_and_mix_nothing(config: Config) -> None:
    adapters = [adapter(config, 1), adapter(config, 2), None]
    talk = await talk_through_swaps(config, adapters, swaps=200, chats=8)
    assert len(talk.swaps) == 200
    assert talk.answered == talk.asked > 200 * 8
    assert talk.wrong == []
    assert set(talk.by_adapter) == {"a1", "a2", None}
    assert min(talk.by_adapter.values()) > len(MESSAGES)
