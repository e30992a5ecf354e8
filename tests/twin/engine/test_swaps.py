"""Swaps under chats: a few each time; `TWIN_SWAPS=200` are those of docs/reliability.md."""

import os
from pathlib import Path

import pytest

from tests.tiny import tiny_adapter, tiny_model
from tests.twin.engine.swapping import MESSAGES, alone, chat_through_swaps
from twin.config.load import load_config
from twin.config.schema import Config
from twin.engine.local import LocalEngine

pytestmark = pytest.mark.slow

SWAPS = int(os.environ.get("TWIN_SWAPS", "30"))
CHATS = 8


@pytest.fixture
def config(tmp_path: Path) -> Config:
    base = tiny_model(tmp_path / "base", spread=0.3)
    path = tmp_path / "config.toml"
    path.write_text(
        f"model = {{ base = {str(base)!r}, dtype = 'float32', device = 'cpu', compress = 'off' }}\n"
        "reply = { max_tokens = 6, temperature = 0.0 }\n",
        encoding="utf-8",
    )
    return load_config(path)


async def test_swaps_under_eight_chats_lose_and_mix_nothing(config: Config) -> None:
    adapters = [
        *(tiny_adapter(config.path_of("adapters", f"a{seed}"), config, seed) for seed in (1, 2)),
        None,
    ]
    result = await chat_through_swaps(
        LocalEngine(config), alone(config, adapters), adapters, SWAPS, CHATS
    )
    assert len(result.swaps) == SWAPS
    assert result.answered == result.asked > SWAPS * CHATS
    assert result.wrong == []
    assert set(result.by_adapter) == {"a1", "a2", None}
    assert min(result.by_adapter.values()) > len(MESSAGES)
