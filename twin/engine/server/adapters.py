"""Bring adapters to a server, and say which one answers a request."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from storage.errors import TwinError
from storage.texts import Text
from twin.config.engine_section import EngineSettings, Kind
from twin.engine.server.client import ServerClient
from twin.engine.server.failures import ServerFails, ServerRefuses, WrongRequest

_PATH_CHARS = 8  # of the hash that tells apart the adapters of twins who share a server


@dataclass(frozen=True, slots=True)
class ServedAdapter:
    """An adapter under its name at the server; the base has none."""

    name: str | None


class ServerAdapters:
    """`model`: the base's name at the server. `is_same_base`: whether it is [model] base, as its
    tokens are the same, and None where nobody knows; True: prompts are sent as tokens, otherwise as
    messages over OpenAI's protocol.
    """

    def __init__(
        self,
        client: ServerClient,
        kind: Kind,
        model: str,
        is_same_base: bool | None,
        settings: EngineSettings,
    ) -> None:
        self._client, self._kind, self._model = client, kind, model
        self._is_same_base, self._settings = is_same_base, settings

    async def load(self, name: str | None, path: Path | None) -> ServedAdapter:
        """Make requests for that adapter possible; None is the base. Loading one that is loaded
        does nothing.

        Raises TwinError where the server can't take it, EngineUnavailable where it can't be asked.
        """
        if name is None or path is None:
            return ServedAdapter(None)
        if self._kind != "vllm" or self._is_same_base is False:
            raise TwinError(
                Text(
                    "{server} takes no adapters: what answers is a prompt to a model that has not "
                    "learnt from you",
                    server=self._client.server,
                )
            )
        there = self._path_there(path)
        served = ServedAdapter(f"twin-{_hashed(there)}-{name}")
        try:
            await self._client.tell(
                "/v1/load_lora_adapter", {"lora_name": served.name, "lora_path": there}
            )
        except (WrongRequest, ServerFails) as error:  # a rank too large is a 500 there
            if "already been loaded" not in error.said:
                raise TwinError(error.message) from error
        return served

    async def unload(self, served: ServedAdapter) -> None:
        """Free the server's memory of it; nothing where it is gone."""
        if served.name is not None and self._kind == "vllm":
            try:
                await self._client.tell("/v1/unload_lora_adapter", {"lora_name": served.name})
            except ServerRefuses as error:
                if error.status != 404:
                    raise

    async def chosen_by(self, served: ServedAdapter) -> Mapping[str, Any]:
        """What a request's body says to be answered by that adapter.

        Raises ServerRefuses where the server has lost it.
        """
        return {"model": served.name or self._model}

    def _path_there(self, path: Path) -> str:
        """Where the server finds the adapter's folder."""
        folder = self._settings.adapters_at
        return str(PurePosixPath(folder) / path.name) if folder else str(path.resolve())


def _hashed(path: str) -> str:
    return hashlib.sha256(path.encode()).hexdigest()[:_PATH_CHARS]
