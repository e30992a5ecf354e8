"""`transformers serve` with a tiny base: a server that takes messages and nothing of its own."""

from pathlib import Path

import pytest

from tests.tiny import model_config, tiny_model
from tests.twin.engine.server.asking import turns
from tests.twin.engine.server.conftest import MakeEngine
from tests.twin.engine.server.program import transformers_serve
from twin.engine.base import Limits
from twin.engine.model import load_torch_model

pytestmark = pytest.mark.model


async def test_it_answers_as_torch_does(tmp_path: Path, make: MakeEngine) -> None:
    base = tiny_model(tmp_path / "base", spread=0.3)
    model = load_torch_model(model_config(tmp_path, base), None)
    async with transformers_serve(str(base)) as url:
        engine = make(url, kind="openai", model=str(base))
        await engine.start()
        reply = await engine.reply(turns("hello there"), Limits(12, 0.0))
    [expected] = model.generate([turns("hello there")], 12, 0.0, 1.0, 0)
    assert reply.text == expected.text
    assert reply.text
