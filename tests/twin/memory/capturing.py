"""What the model reads: the tokens of prompts, decoded."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from tests.tiny import model_config
from tests.twin.fakes import FakeEngine
from tests.twin.memory.fake_model import FakeModel
from twin.engine.base import Limits, Reply
from twin.engine.model import load_format, load_tokenizer
from twin.prompting.chat_template import PromptFormat, Turn

ALL = 1_000_000  # tokens: nothing is left out because the context is full


class AlikeModel(FakeModel):
    """To it every text answers every question, and those with the same words do so best: what is
    not shown is out of reach, and not merely unlike.
    """

    def embed(
        self, texts: Sequence[str], model: str = "", *, as_query: bool
    ) -> NDArray[np.float32]:
        mixed = super().embed(texts, model, as_query=as_query) + 0.2
        unit: NDArray[np.float32] = mixed / np.linalg.norm(mixed, axis=1, keepdims=True)
        return unit

    def install(self, monkeypatch: pytest.MonkeyPatch) -> None:
        super().install(monkeypatch)
        monkeypatch.setattr(
            "twin.memory.search.query_vector",
            lambda text, _: self.embed([text], as_query=True)[0],
        )


class Reader:
    """Renders turns as the engine does, and reads the tokens back."""

    def __init__(self, folder: Path, base: Path) -> None:
        config = model_config(folder, base)
        self._tokenizer: Any = load_tokenizer(config)
        self.format: PromptFormat = load_format(config, self._tokenizer)

    def read(self, turns: Sequence[Turn]) -> str:
        return str(self._tokenizer.decode(self.format.render(turns)))


class CapturingEngine(FakeEngine):
    """Keeps what the model would read."""

    def __init__(self, reader: Reader) -> None:
        super().__init__()
        self._reader = reader
        self.prompts: list[str] = []

    async def reply(self, turns: Sequence[Turn], limits: Limits | None = None) -> Reply:
        self.prompts.append(self._reader.read(turns))
        return await super().reply(turns, limits)
