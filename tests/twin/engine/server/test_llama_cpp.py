"""The real server of llama.cpp with a tiny base."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from benchmarks.gguf_file import write_gguf
from storage.errors import InputError
from tests.llama_cpp import llama_cpp
from tests.tiny import model_config, tiny_model
from tests.twin.engine.server.asking import turns
from tests.twin.engine.server.conftest import MakeEngine
from twin.engine.base import Limits
from twin.engine.model import TorchModel, load_torch_model
from twin.engine.server.failures import KEY_VARIABLE, WrongRequest

pytestmark = pytest.mark.model
KEY = "s3cret"
TEXTS = ("hello there", "what now, 你好 :)", "<|im_end|>see you\n\ntomorrow")


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One whose answers are not all alike."""
    return tiny_model(tmp_path_factory.mktemp("base"), spread=0.3)


@pytest.fixture(scope="module")
def model(base: Path, tmp_path_factory: pytest.TempPathFactory) -> TorchModel:
    return load_torch_model(model_config(tmp_path_factory.mktemp("torch"), base), None)


@pytest.fixture(scope="module")
def server(model: TorchModel, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    file = tmp_path_factory.mktemp("gguf") / "base.gguf"
    write_gguf(model.network, model.tokenizer, model.format, file)
    with llama_cpp(file, context=256, slots=2, key=KEY) as address:
        yield address


@pytest.fixture(autouse=True)
def key(monkeypatch: pytest.MonkeyPatch, no_key: None) -> None:
    monkeypatch.setenv(KEY_VARIABLE, KEY)


async def test_it_answers_as_torch_does(server: str, make: MakeEngine, model: TorchModel) -> None:
    engine = make(server)
    await engine.start()
    for text in TEXTS:
        [here] = model.generate([turns(text)], 12, 0.0, 1.0)
        there = await engine.reply(turns(text), Limits(12, 0.0))
        assert (there.text, there.tokens, there.stopped, there.prompt_tokens) == (
            here.text,
            here.tokens,
            here.stopped,
            here.prompt_tokens,
        )


async def test_a_seed_repeats_an_answer(server: str, make: MakeEngine) -> None:
    engine = make(server)
    await engine.start()
    drawn = [
        (await engine.reply(turns("hello"), Limits(12, 1.0, 1.0, seed=seed))).text
        for seed in (7, 7, 8)
    ]
    assert drawn[0] == drawn[1] != drawn[2]


async def test_its_key_and_its_room(
    server: str, make: MakeEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = make(server)
    await engine.start()
    with pytest.raises(WrongRequest, match="HTTP 400: exceed_context_size_error"):
        await engine.reply(turns("see you tomorrow " * 99))
    monkeypatch.setenv(KEY_VARIABLE, "another")
    with pytest.raises(InputError, match="refuses the key"):
        await make(server).start()
