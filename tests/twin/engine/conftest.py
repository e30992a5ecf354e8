"""A tiny real base model and an adapter of it."""

import gc
import shutil
from pathlib import Path

import pytest

from tests.tiny import model_config, tiny_adapter, tiny_model
from twin.config.schema import Config


@pytest.fixture(scope="module", autouse=True)
def quick_collections() -> None:
    """Tests of freed memory collect garbage often: not through what other files have left."""
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_model(tmp_path_factory.mktemp("base"))


@pytest.fixture
def own(tmp_path: Path, base: Path) -> Path:
    """A copy of the base that a test may change."""
    return Path(shutil.copytree(base, tmp_path / "own"))


@pytest.fixture
def config(tmp_path: Path, base: Path) -> Config:
    return model_config(tmp_path, base)


@pytest.fixture
def adapter(config: Config, tmp_path: Path) -> Path:
    """An adapter that changes what the base says."""
    return tiny_adapter(tmp_path / "adapters" / "a1", config)


@pytest.fixture
def second(config: Config, tmp_path: Path) -> Path:
    """Another one, that changes it otherwise."""
    return tiny_adapter(tmp_path / "adapters" / "a2", config, seed=2)
