"""A server's model for whoever asks many questions at once and waits, as a night's judge does."""

import asyncio
from collections.abc import Sequence
from pathlib import Path

from twin.config.schema import Config
from twin.engine.base import Limits, Reply
from twin.engine.sampling import sampling_of
from twin.engine.server.engine import ServerEngine
from twin.prompting.chat_template import Turn


class ServedModel:
    """A `LoadedModel`: the base with one adapter, or none, as the server of [engine] answers."""

    def __init__(self, config: Config, adapter: Path | None) -> None:
        """Brings the adapter to the server. Raises TwinError where that can't be done now."""
        from twin.engine.model import load_format  # loads torch

        alone = config.engine.model_copy(update={"fallback": False})
        config = config.model_copy(update={"engine": alone})
        self.format, self.sampling = load_format(config), sampling_of(adapter, config.reply)
        self.candidates = 1  # how many are written is decided with each request
        self._runner = asyncio.Runner()
        try:
            self._engine = self._runner.run(_started(config, adapter))
        except BaseException:
            self._runner.close()
            raise

    def generate(
        self,
        batch: Sequence[Sequence[Turn]],
        max_tokens: int,
        temperature: float,
        top_p: float,
        seed: int | None = None,
        candidates: int = 1,
    ) -> list[Reply]:
        """As `LoadedModel.generate`. Raises TwinError where the server can't answer."""
        seeds = [None if seed is None else seed + at for at in range(len(batch))]
        limits = [Limits(max_tokens, temperature, top_p, each) for each in seeds]
        return self._runner.run(self._replies(batch, limits))

    def log_probs(self, asked: Sequence[tuple[Sequence[int], int]]) -> list[list[float]]:
        """Of each (tokens, begin): how likely the tokens from `begin` on are, given those before.

        Raises NotScored where the server does not tell, and TwinError where it can't now.
        """
        return self._runner.run(self._scored(asked))

    def close(self) -> None:
        """The adapter is unloaded; from then on nothing can be asked."""
        self._runner.run(self._stop())
        self._runner.close()

    async def _replies(
        self, batch: Sequence[Sequence[Turn]], limits: Sequence[Limits]
    ) -> list[Reply]:
        asked = zip(batch, limits, strict=True)
        return await asyncio.gather(*(self._engine.reply(turns, each) for turns, each in asked))

    async def _scored(self, asked: Sequence[tuple[Sequence[int], int]]) -> list[list[float]]:
        each = (self._engine.log_probs(ids, begin) for ids, begin in asked)
        return await asyncio.gather(*each)

    async def _stop(self) -> None:
        await self._engine.clear()
        await self._engine.stop()


async def _started(config: Config, adapter: Path | None) -> ServerEngine:
    engine = ServerEngine(config, judges=True)
    try:
        await engine.start(None if adapter is None else adapter.name, adapter)
        await engine.reach()
    except BaseException:
        await engine.stop()
        raise
    return engine
