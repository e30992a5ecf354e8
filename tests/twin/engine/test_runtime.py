"""What loading a model leaves behind."""

import gc
from pathlib import Path

import pytest

import twin.engine.model
from tests.twin.fakes import config_in
from twin.engine import runtime


@pytest.mark.slow
def test_what_was_imported_never_stops_the_event_loop_again_and_models_can_go(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    imported = [[number] for number in range(10_000)]
    frozen: list[int] = []

    def load(*_: object) -> list[list[int]]:
        frozen.append(gc.get_freeze_count())
        return [[number] for number in range(10_000)]

    monkeypatch.setattr(twin.engine.model, "load_torch_model", load)
    config = config_in(tmp_path)
    config = config.model_copy(
        update={"model": config.model.model_copy(update={"runtime": "torch"})}
    )
    before = gc.get_freeze_count()
    runtime.freeze_imports.cache_clear()
    models = [runtime.load_model(config, None) for _ in range(2)]
    assert frozen[0] - before >= len(imported)
    assert frozen[1] - frozen[0] < len(imported) // 2, "a model would never go"
    assert len(models) == 2
