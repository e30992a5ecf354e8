"""How likely a server finds tokens that are given to it: what is judged is then what answers."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from twin.config.engine_section import Kind
from twin.engine.base import NotScored
from twin.engine.server.failures import WrongRequest
from twin.engine.server.reaching import noticing_loss, reached
from twin.engine.server.serving import ServedModels, TwinAdapter

Json = Any
LEAST = -9999.0  # vLLM writes it for minus infinity


@dataclass(frozen=True, slots=True)
class Scoring:
    """Where a kind is asked for it, with what, and how its answer is read: log probabilities of the
    tokens from the place `begin` on, which is 1 at least, each given all before it.
    """

    path: str
    body: Callable[[Sequence[int], int], dict[str, Json]]
    read: Callable[[Json, Sequence[int], int], list[float]]


async def log_probs_of(
    models: ServedModels, adapter: TwinAdapter, ids: Sequence[int], begin: int
) -> list[float]:
    """By the base with that adapter.

    Raises NotScored where the server does not tell, and EngineUnavailable where it can't now.
    """
    connection, chosen_by = await reached(models, adapter)
    if not (connection.abilities.scores and connection.as_tokens):
        raise _not_scored(models)
    scoring = SCORING[connection.kind]
    body = {**scoring.body(ids, begin), **chosen_by}
    try:
        async with noticing_loss(models, connection, adapter):
            answer = await models.client.post(scoring.path, body, quotes=True)
    except WrongRequest as error:
        raise _not_scored(models) from error
    try:
        return [min(0.0, max(LEAST, float(each))) for each in scoring.read(answer, ids, begin)]
    except (LookupError, TypeError, ValueError, AttributeError, OverflowError) as error:
        raise _not_scored(models) from error


def _not_scored(models: ServedModels) -> NotScored:
    return NotScored(f"{models.client.server} does not tell how likely given answers are")


def _vllm_body(ids: Sequence[int], begin: int) -> dict[str, Json]:
    """A token more is written, since it takes no request for none."""
    return {"prompt": list(ids), "max_tokens": 1, "temperature": 0.0, "prompt_logprobs": 0}


def _vllm_read(answer: Json, ids: Sequence[int], begin: int) -> list[float]:
    [choice] = answer["choices"]
    told = choice["prompt_logprobs"]
    if len(told) != len(ids):
        raise ValueError(len(told))
    return [told[at][str(ids[at])]["logprob"] for at in range(begin, len(ids))]


def _sglang_body(ids: Sequence[int], begin: int) -> dict[str, Json]:
    return {
        "input_ids": list(ids),
        "return_logprob": True,
        "logprob_start_len": begin - 1,  # of the first one there is none
        "sampling_params": {"max_new_tokens": 0, "temperature": 0.0},
    }


def _sglang_read(answer: Json, ids: Sequence[int], begin: int) -> list[float]:
    """Triples of log probability, token and text."""
    told = answer["meta_info"]["input_token_logprobs"][1:]
    if len(told) != len(ids) - begin:
        raise ValueError(len(told))
    return [each[0] for each in told]


# llama.cpp's server tells it of what it writes alone (its issue 27174), and so does OpenAI's
# protocol.
SCORING: Mapping[Kind, Scoring] = {
    "vllm": Scoring("/v1/completions", _vllm_body, _vllm_read),
    "sglang": Scoring("/generate", _sglang_body, _sglang_read),
}
