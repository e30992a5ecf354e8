"""Ask a server once, as the bot would."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from storage.errors import TwinError
from twin.config.engine_section import Kind
from twin.config.schema import Config
from twin.engine.base import EngineUnavailable, Limits, Reply
from twin.engine.sampling import Sampling, sampling_of
from twin.engine.server.client import ServerClient
from twin.engine.server.prompts import Prompts
from twin.engine.server.serving import ServedModels, TwinAdapter
from twin.engine.server.writing import write_answer
from twin.prompting.chat_template import Turn

PATIENCE_S = 20.0
_HELLO: Turn = {"role": "user", "content": "hello"}
_LEAST = Limits(max_tokens=1, temperature=0.0)


@dataclass(frozen=True, slots=True)
class Tried:
    """`is_same_base`: see `Connection`. `refusal`: why the adapter can't answer there, if so."""

    kind: Kind
    model: str
    is_same_base: bool | None
    refusal: str = ""


async def try_server(config: Config, name: str | None, path: Path | None) -> Tried:
    """Have it write a token with that adapter, or with the base where the adapter is refused.

    Raises TwinError where the server can't answer.
    """
    limit = min(config.engine.timeout_seconds, PATIENCE_S)
    hurried = config.engine.model_copy(update={"timeout_seconds": limit})
    async with _met(config.model_copy(update={"engine": hurried})) as models:
        connection = await models.connect()
        tried = Tried(connection.kind, connection.model, connection.is_same_base)
        adapter = TwinAdapter(name, path, Sampling())
        try:
            await models.serve(connection, adapter)
        except EngineUnavailable:
            raise
        except TwinError as error:
            adapter, tried = TwinAdapter(None, None, Sampling()), replace(tried, refusal=str(error))
        hello = await models.prompts.fitted([_HELLO], may_cut=True)
        await write_answer(models, adapter, hello, _LEAST)
        return tried


async def reply_once(
    config: Config, name: str | None, path: Path | None, turns: Sequence[Turn]
) -> Reply:
    """One reply of that adapter, beside a bot that has the adapters there in hand.

    Raises TwinError where the server can't give it.
    """
    async with _met(config) as models:
        adapter = TwinAdapter(name, path, sampling_of(path, config.reply))
        await models.serve(await models.connect(), adapter)
        prompt = await models.prompts.fitted(turns, may_cut=True)
        return await write_answer(models, adapter, prompt, Limits(config.reply.max_tokens))


@asynccontextmanager
async def _met(config: Config) -> AsyncIterator[ServedModels]:
    prompts = Prompts(config)
    models = ServedModels(config, ServerClient(config.engine), prompts)
    try:
        await prompts.load()
        yield models
    finally:
        await models.close()
        prompts.close()
