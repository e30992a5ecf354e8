"""Meet a server: what it is, which model it has, whether its tokens are those of [model] base."""

import logging
from dataclasses import dataclass

from storage.errors import InputError
from storage.texts import Text
from twin.config.engine_section import Kind
from twin.config.schema import Config
from twin.engine.server.adapters import ServerAdapters
from twin.engine.server.client import ServerClient
from twin.engine.server.kinds import ABILITIES, Abilities, recognise
from twin.engine.server.prompts import Prompts
from twin.engine.server.requests import Protocol, protocol_of
from twin.engine.server.template import has_same_tokens

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Connection:
    """`model`: the base's name at the server. `is_same_base`: whether its tokens are those of
    [model] base; None where that can't be asked.
    """

    kind: Kind
    model: str
    is_same_base: bool | None
    adapters: ServerAdapters

    @property
    def abilities(self) -> Abilities:
        return ABILITIES[self.kind]

    @property
    def as_tokens(self) -> bool:
        """Whether prompts are sent as tokens: then neither template nor tokenizer can differ."""
        return self.abilities.tokens and self.is_same_base is True

    @property
    def protocol(self) -> Protocol:
        return protocol_of(self.kind, as_tokens=self.as_tokens)


async def connect(
    client: ServerClient, config: Config, prompts: Prompts, *, judges: bool = False
) -> Connection:
    """Raises EngineUnavailable where the server can't be asked now, and InputError where it has no
    model that can be asked for.
    """
    kind, model = await recognise(client, config.engine)
    if not model and kind != "llama.cpp":
        raise InputError(
            Text("{server} lists no models; name one as [engine] model", server=client.server)
        )
    is_same = await has_same_tokens(client, kind, model, prompts)
    adapters = ServerAdapters(client, kind, model, is_same, config, prompts, judges=judges)
    log.info("engine: %s is %s with the model %s", client.server, kind, model or "that it has")
    return Connection(kind, model, is_same, adapters)
