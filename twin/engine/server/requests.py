"""One request in the words of each kind of server, and what its answer holds."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from storage.texts import Text
from twin.config.engine_section import Kind
from twin.engine.base import EngineUnavailable
from twin.engine.server.prompts import Prompt, Written
from twin.prompting.thoughts import UNTHINKING

Json = Any
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Asked:
    """What is asked for: see `Limits`. `stop_ids`: tokens that end an answer."""

    prompt: Prompt
    stop_ids: Sequence[int]
    max_tokens: int
    temperature: float
    top_p: float
    seed: int | None = None
    candidates: int = 1


@dataclass(frozen=True, slots=True)
class Protocol:
    """Where a kind is asked, with what, and how its answer is read."""

    path: str
    body: Callable[[Asked], dict[str, Json]]
    read: Callable[[Json], list[Written]]


def protocol_of(kind: Kind, *, as_tokens: bool) -> Protocol:
    """How a server of that kind is asked: with tokens, or with messages for its own template."""
    if as_tokens:
        return _WITH_TOKENS[kind]
    return Protocol("/v1/chat/completions", _plain if kind == "openai" else _unthinking, _chat)


def answers_in(answer: Json, protocol: Protocol, server: str) -> list[Written]:
    """What the server wrote, at least one. Raises EngineUnavailable for what holds no answer."""
    try:
        written = protocol.read(answer)
    except (LookupError, TypeError, ValueError, AttributeError, OverflowError):
        written = []
    if not written:
        raise EngineUnavailable(
            Text("{server} answers without an answer in it", server=server), "NoAnswer"
        )
    return written


def _vllm_body(asked: Asked) -> dict[str, Json]:
    several = {"n": asked.candidates, "logprobs": 0} if asked.candidates > 1 else {}
    return {
        "prompt": list(asked.prompt.ids),
        "max_tokens": asked.max_tokens,
        "return_token_ids": True,
        **_drawing(asked),
        **_seed(asked),
        **several,
    }


def _vllm_answers(answer: Json) -> list[Written]:
    read = _number(answer["usage"]["prompt_tokens"], int)
    written, count = [], len(answer["choices"])
    for choice in answer["choices"]:
        ids, told = choice.get("token_ids"), (choice.get("logprobs") or {}).get("token_logprobs")
        tokens = len(ids) if ids else _number(answer["usage"]["completion_tokens"], int) // count
        written.append(
            Written(
                _ids(ids),
                _text(choice["text"]),
                tokens,
                _stopped(choice.get("finish_reason")),
                _sum(told),
                read,
            )
        )
    return written


def _sglang_body(asked: Asked) -> dict[str, Json]:
    return {
        "input_ids": list(asked.prompt.ids),
        "return_logprob": asked.candidates > 1,
        "sampling_params": {
            "max_new_tokens": asked.max_tokens,
            "n": asked.candidates,
            **_drawing(asked),
        },
    }


def _sglang_answers(answer: Json) -> list[Written]:
    return [
        Written(
            _ids(each.get("output_ids")),
            _text(each["text"]),
            _number(each["meta_info"]["completion_tokens"], int),
            _stopped((each["meta_info"].get("finish_reason") or {}).get("type")),
            _sum([one[0] for one in each["meta_info"].get("output_token_logprobs") or []]),
            _number(each["meta_info"]["prompt_tokens"], int),
        )
        for each in (answer if isinstance(answer, list) else [answer])
    ]


def _llama_cpp_body(asked: Asked) -> dict[str, Json]:
    """Its own samplers, of which it has many switched on, are left out; the order is ours."""
    return {
        "prompt": list(asked.prompt.ids),
        "n_predict": asked.max_tokens,
        "temperature": asked.temperature,
        "top_p": asked.top_p,
        "samplers": ["temperature", "top_p"],
        "return_tokens": True,
        **_seed(asked),
    }


def _llama_cpp_answers(answer: Json) -> list[Written]:
    return [
        Written(
            _ids(answer.get("tokens")),
            _text(answer["content"]),
            _number(answer["tokens_predicted"], int),
            answer.get("stop_type") in ("eos", "word"),
            None,
            _number(answer["tokens_evaluated"], int),
        )
    ]


def _plain(asked: Asked) -> dict[str, Json]:
    """What every server takes: some refuse all other fields."""
    return {
        "messages": [dict(turn) for turn in asked.prompt.turns],
        "max_tokens": asked.max_tokens,
        "temperature": asked.temperature,
        "top_p": asked.top_p,
        **_seed(asked),
    }


def _unthinking(asked: Asked) -> dict[str, Json]:
    return _plain(asked) | {"chat_template_kwargs": dict(UNTHINKING)}


def _chat(answer: Json) -> list[Written]:
    """Thoughts have a field of their own, if they are not in the text."""
    usage = answer.get("usage") or {}
    return [
        Written(
            None,
            _text(choice["message"].get("content")),
            _number(usage.get("completion_tokens") or 0, int),
            _stopped(choice.get("finish_reason")),
            None,
            _number(usage.get("prompt_tokens") or 0, int),
        )
        for choice in answer["choices"]
    ]


def _drawing(asked: Asked) -> dict[str, Json]:
    """How words are drawn, and where it ends: in a generation_config.json at the server vLLM and
    SGLang would look for what is not said here.
    """
    return {
        "temperature": asked.temperature,
        "top_p": asked.top_p,
        "top_k": -1,
        "min_p": 0.0,
        "repetition_penalty": 1.0,
        "stop_token_ids": list(asked.stop_ids),
    }


def _seed(asked: Asked) -> dict[str, Json]:
    return {} if asked.seed is None else {"seed": asked.seed}


def _stopped(reason: Json) -> bool:
    """Raises ValueError for an answer that was broken off at the server."""
    if reason in ("abort", "error"):
        raise ValueError(reason)
    return bool(reason == "stop")


def _text(given: Json) -> str:
    """Null where the server kept all of it as a thought."""
    if not isinstance(given, str | None):
        raise TypeError(type(given).__name__)
    return given or ""


def _ids(given: Json) -> list[int] | None:
    """Raises ValueError for what is no token of any base: a tokenizer reads 32 bits."""
    ids = [_number(each, int) for each in given] if given else None
    if ids and not 0 <= min(ids) <= max(ids) < 2**32:
        raise ValueError
    return ids


def _sum(log_probs: Sequence[Json] | None) -> float | None:
    """None where one is missing or no number."""
    if not log_probs:
        return None
    total = sum(_number(each, float) for each in log_probs)
    return total if math.isfinite(total) else None


def _number(given: Json, of: type[T]) -> T:
    if isinstance(given, bool) or not isinstance(given, int | float):
        raise TypeError(type(given).__name__)
    return of(given)  # type: ignore[call-arg]


_WITH_TOKENS: Mapping[Kind, Protocol] = {
    "vllm": Protocol("/v1/completions", _vllm_body, _vllm_answers),
    "sglang": Protocol("/generate", _sglang_body, _sglang_answers),
    "llama.cpp": Protocol("/completion", _llama_cpp_body, _llama_cpp_answers),
}
