"""Bring adapters to a server, and say which one answers a request."""

import hashlib
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePath, PurePosixPath
from typing import Any

from storage.errors import TwinError
from storage.texts import Text
from twin.config.engine_section import Kind
from twin.config.schema import Config
from twin.engine.base import NotServed
from twin.engine.export.adapter_gguf import write_adapter_gguf
from twin.engine.server.adapter_refusals import is_loaded, refused
from twin.engine.server.client import ServerClient
from twin.engine.server.failures import ServerFails, ServerRefuses, WrongRequest
from twin.engine.server.kinds import ABILITIES, listed_models
from twin.engine.server.prompts import Prompts

_HASH_CHARS = 8
_JUDGED = "judged-"
# Where an adapter is loaded and unloaded while the server runs: vLLM's
# entrypoints/serve/lora/api_router.py, SGLang's entrypoints/http_server.py.
_AT_RUN_TIME: Mapping[Kind, tuple[str, str]] = {
    "vllm": ("/v1/load_lora_adapter", "/v1/unload_lora_adapter"),
    "sglang": ("/load_lora_adapter", "/unload_lora_adapter"),
}


@dataclass(frozen=True, slots=True)
class ServedAdapter:
    """An adapter under its name at the server; the base has none."""

    name: str | None


class ServerAdapters:
    """`model`: the base's name at the server. `is_same_base`: whether it is [model] base, as its
    tokens are the same, and None where nobody knows; True: prompts are sent as tokens, otherwise as
    messages over OpenAI's protocol. `judges`: a night's judge asks, whose adapters have names of
    their own, so that bot and judge unload only what is theirs.
    """

    def __init__(
        self,
        client: ServerClient,
        kind: Kind,
        model: str,
        is_same_base: bool | None,
        config: Config,
        prompts: Prompts,
        *,
        judges: bool = False,
    ) -> None:
        self._client, self._kind, self._model = client, kind, model
        self._is_same_base, self._config, self._prompts = is_same_base, config, prompts
        self._judges = judges
        self._ability = ABILITIES[kind].adapters

    async def load(self, name: str | None, path: Path | None) -> ServedAdapter:
        """Make requests for that adapter possible; None is the base. Loading one that is loaded
        does nothing.

        Raises NotServed where the server has to be started or set otherwise for it, another
        TwinError where it can't take it, EngineUnavailable where it can't be asked now.
        """
        if name is None or path is None:
            return ServedAdapter(None)
        if self._ability == "none" or self._is_same_base is False:
            raise TwinError(
                Text(
                    "{server} takes no adapters: what answers is a prompt to a model that has not "
                    "learnt from you, unless it has the weights that `bot.py export` wrote",
                    server=self._client.server,
                )
            )
        served = ServedAdapter(self._mark + name)
        if self._ability == "by scale":
            await self._check_started_with(served, path)
        else:
            await self._load_at_run_time(served, path)
        return served

    async def unload(self, served: ServedAdapter) -> None:
        """Free the server's memory of it; nothing where it is gone, or stays until the server ends.

        Raises TwinError.
        """
        if served.name is None or self._kind not in _AT_RUN_TIME:
            return
        _, path = _AT_RUN_TIME[self._kind]
        try:
            await self._client.tell(path, {"lora_name": served.name})
        except (WrongRequest, ServerRefuses) as error:
            if not await self.is_gone(served):
                raise TwinError(error.message) from error

    async def is_gone(self, served: ServedAdapter | None) -> bool:
        """Whether the server had it and has it no more: SGLang drops what was used longest ago when
        others come, and refuses requests for it as it does wrong ones. Raises TwinError.
        """
        if served is None or served.name is None or self._kind not in _AT_RUN_TIME:
            return False
        return served.name not in {model.name for model in await listed_models(self._client)}

    async def unload_left(self, kept: Collection[str | None]) -> None:
        """Unload what this twin left at the server, when its bot ended or could not reach it, but
        none of the adapters `kept`, and nothing of another twin. Raises TwinError.
        """
        if self._kind in _AT_RUN_TIME:
            judged = name_at_server(self._config, _JUDGED)
            names = {f"{self._mark}{name}" for name in kept}
            for model in await listed_models(self._client):
                is_ours = model.name.startswith(self._mark)
                is_judged = model.name.startswith(judged)
                if is_ours and is_judged == self._judges and model.name not in names:
                    await self.unload(ServedAdapter(model.name))

    async def chosen_by(self, served: ServedAdapter) -> Mapping[str, Any]:
        """What a request's body says to be answered by that adapter.

        Raises ServerRefuses where the server has lost it.
        """
        if self._kind == "llama.cpp":
            return {"model": self._model, **await self._scales(served)}
        if self._kind != "sglang":
            return {"model": served.name or self._model}
        chosen = {} if served.name is None else {"lora_path": served.name}
        return chosen if self._is_same_base else {"model": self._model, **chosen}

    async def _load_at_run_time(self, served: ServedAdapter, path: Path) -> None:
        there = str(_place_of(self._config, path))
        route, _ = _AT_RUN_TIME[self._kind]
        try:
            await self._client.tell(route, {"lora_name": served.name, "lora_path": there})
        except (WrongRequest, ServerFails) as error:
            if not is_loaded(error):
                raise refused(error, self._client.server, path, there) from error

    async def _check_started_with(self, served: ServedAdapter, path: Path) -> None:
        """Raises NotServed unless the server was started with this adapter's file, which is written
        for it beside the adapter.
        """
        if served.name in (await self._started_with()).values():
            return
        file = path / f"{served.name}.gguf"
        values = {"server": self._client.server, "file": _place_of(self._config, path) / file.name}
        try:
            if not file.exists():
                await self._prompts.run(write_adapter_gguf, self._config, path, file)
        except TwinError as error:
            raise NotServed(
                Text(
                    "{server} was not started with this adapter, and its file can't be made here "
                    "({cause}); make {file} and start the server again with --lora {file}",
                    **values,
                    cause=error.message,
                )
            ) from error
        raise NotServed(
            Text(
                "{server} was not started with this adapter; start it again with --lora {file}",
                **values,
            )
        )

    async def _scales(self, served: ServedAdapter) -> Mapping[str, Any]:
        """Asked each time: a server that was started again may count its files otherwise. Always
        written out: an empty list means "as set globally" there. Never with cached prompts: the
        server takes up keys and values that were computed with another adapter (3 of 200 answers
        were nobody's, llama.cpp of October 2026; see docs/reliability.md).
        """
        files = await self._started_with()
        chosen = next((at for at, name in files.items() if name == served.name), None)
        if served.name is not None and chosen is None:
            raise ServerRefuses(
                Text(
                    "{server} has been started again without this adapter",
                    server=self._client.server,
                ),
                404,
            )
        # Of a file that was given twice, once: its effects would add up.
        scales = [{"id": at, "scale": float(at == chosen)} for at in files]
        return {"lora": scales, "cache_prompt": False} if scales else {}

    async def _started_with(self) -> dict[int, str]:
        """By its number, each file of --lora at a llama.cpp server, without folder and ending."""
        try:
            listed = await self._client.get("/lora-adapters")
        except WrongRequest as error:
            raise TwinError(error.message) from error
        return {
            each["id"]: PurePosixPath(str(each.get("path", "")).replace("\\", "/")).stem
            for each in (listed if isinstance(listed, list) else [])
            if isinstance(each, dict) and isinstance(each.get("id"), int)
        }

    @property
    def _mark(self) -> str:
        """How the names of what is ours begin. A file of llama.cpp is the same for both."""
        is_apart = self._judges and self._kind in _AT_RUN_TIME
        return name_at_server(self._config, _JUDGED if is_apart else "")


def name_at_server(config: Config, name: str) -> str:
    """`twin-HASH-NAME`, with the hash of the folder where the server sees this twin's adapters:
    another twin who shares the server has another folder.
    """
    folder = str(_place_of(config, config.path_of("adapters")).parent)
    hashed = hashlib.sha256(folder.encode("utf-8", "surrogateescape"))
    return f"twin-{hashed.hexdigest()[:_HASH_CHARS]}-{name}"


def _place_of(config: Config, path: Path) -> PurePath:
    """Where the server sees what lies here."""
    given = config.engine.adapters_at
    return PurePosixPath(given) / path.name if given else path.resolve()
