"""Ask a server once, as the bot would."""

from dataclasses import dataclass, replace
from pathlib import Path

from storage.errors import TwinError
from twin.config.engine_section import Kind
from twin.config.schema import Config
from twin.engine.base import EngineUnavailable, Limits
from twin.engine.sampling import Sampling
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
    prompts = Prompts(config)
    models = ServedModels(config, ServerClient(hurried), prompts)
    try:
        await prompts.load()
        connection = await models.connect()
        tried = Tried(connection.kind, connection.model, connection.is_same_base)
        adapter = TwinAdapter(name, path, Sampling())
        try:
            await models.serve(connection, adapter)
        except EngineUnavailable:
            raise
        except TwinError as error:
            adapter, tried = TwinAdapter(None, None, Sampling()), replace(tried, refusal=str(error))
        await write_answer(models, adapter, await prompts.fitted([_HELLO], may_cut=True), _LEAST)
        return tried
    finally:
        await models.close()
        prompts.close()
