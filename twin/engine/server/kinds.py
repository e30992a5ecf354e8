"""The kinds of servers, and what each is known to take."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from storage.errors import InputError
from storage.texts import Text
from twin.config.engine_section import EngineSettings, Kind
from twin.engine.server.client import ServerClient
from twin.engine.server.failures import ServerRefuses, WrongRequest
from twin.terminal import one_line

# How a server takes a new adapter: by a request; only at its start, where requests then name it by
# a scale; not at all.
TakesAdapters = Literal["at run time", "by scale", "none"]


@dataclass(frozen=True, slots=True)
class Abilities:
    """tokens: prompts as token ids, so that its template and tokenizer don't matter.
    seed: the same seed repeats an answer. several: many answers to one prompt, and how likely each
    token of them is. scores: how likely given tokens are.
    """

    adapters: TakesAdapters
    tokens: bool
    seed: bool
    several: bool
    scores: bool


ABILITIES: Mapping[Kind, Abilities] = {
    "vllm": Abilities("at run time", tokens=True, seed=True, several=True, scores=True),
    # a seed counts there only with --enable-deterministic-inference
    "sglang": Abilities("at run time", tokens=True, seed=False, several=True, scores=True),
    # `n` there needs as many slots as answers
    "llama.cpp": Abilities("by scale", tokens=True, seed=True, several=False, scores=False),
    "openai": Abilities("none", tokens=False, seed=True, several=False, scores=False),
}
# What each kind calls itself in its list of models: vLLM's and SGLang's ModelCard, llama.cpp's
# server-context.cpp.
_OWNERS: Mapping[str, Kind] = {"vllm": "vllm", "sglang": "sglang", "llamacpp": "llama.cpp"}
# Whose list has every name that requests may give; llama.cpp takes any, Ollama parts of names.
_EXACT: tuple[Kind, ...] = ("vllm", "sglang")
_MOST_NAMED = 10


@dataclass(frozen=True, slots=True)
class ListedModel:
    """A model of a server's list. `parent`: the base of an adapter."""

    name: str
    owner: str
    parent: str | None


async def recognise(client: ServerClient, settings: EngineSettings) -> tuple[Kind, str]:
    """The server's kind, and the base's name there, "" where it has no list of models.

    Raises EngineUnavailable where it can't be asked now, and InputError where the list has several.
    """
    if settings.kind == "openai" and settings.model:
        return "openai", settings.model  # nothing to ask, and some fail when they are
    models = await listed_models(client)
    owners = [_OWNERS[model.owner] for model in models if model.owner in _OWNERS]
    found: Kind = owners[0] if owners else "openai"
    kind = found if settings.kind == "auto" else settings.kind
    bases = [model.name for model in models if model.parent is None]
    named = one_line(", ".join(bases[:_MOST_NAMED]))
    if len(bases) > 1 and not settings.model:
        raise InputError(
            Text(
                "{server} has several models ({names}); name one as [engine] model",
                server=client.server,
                names=named,
            )
        )
    if kind in _EXACT and bases and settings.model not in ("", *bases):
        raise InputError(
            Text(
                "{server} has no model {name}; name one of these as [engine] model: {names}",
                server=client.server,
                name=one_line(settings.model),
                names=named,
            )
        )
    return kind, settings.model or "".join(bases)


async def listed_models(client: ServerClient) -> list[ListedModel]:
    """The models that the server names; none for what is no list: some servers have none."""
    try:
        answer = await client.get("/v1/models")
    except (ServerRefuses, WrongRequest) as error:
        if error.status in (404, 405):
            return []
        raise
    data = answer.get("data") if isinstance(answer, dict) else None
    listed = data if isinstance(data, list) else []
    return [model for each in listed if (model := _model(each)) is not None]


def _model(listed: Any) -> ListedModel | None:
    if not isinstance(listed, dict) or not isinstance(listed.get("id"), str):
        return None
    parent = listed.get("parent")
    name, owner = listed["id"], str(listed.get("owned_by", ""))
    return ListedModel(name, owner, parent if isinstance(parent, str) else None)
