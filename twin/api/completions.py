"""Answer a completion request: build the prompt, generate, check the answer by the guard.

Nothing is logged and nothing is sent to a chat: the program does with the answer what it likes.
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import Literal

from storage.adapters import Adapter, adapters_to_answer, find_adapter
from storage.errors import TwinError
from storage.plain_text import sendable
from storage.preferences import paused_until
from twin.api.completion_request import CompletionRequest, RequestMessage
from twin.api.context import ApiContext
from twin.api.error_responses import ApiError
from twin.clock import zone_of
from twin.engine.adapter_files import fingerprint_in
from twin.engine.base import EngineUnavailable, Limits, Reply
from twin.prompting.chat_prompt import conversation, newest_turns, persona, rules_of
from twin.prompting.chat_template import Turn
from twin.prompting.fitting import MOST_CHARS_PER_TOKEN, PromptTooLong
from twin.replying.guard import held_back, topic_for_owner

log = logging.getLogger(__name__)

TWIN, BASE = "twin", "base"
SYSTEM = ("system", "developer")
GREEDY_BELOW = 0.01  # logits divided by less overflow
NO_WORDS = "nothing to answer: the last message has no words, and a twin reads nothing else"
MOST_PAUSE_S = 3600  # after which to ask again, though the pause may be longer
Finish = Literal["stop", "length", "content_filter"]


@dataclass(frozen=True, slots=True)
class ServedModel:
    """`adapter` and its folder, both None for the base model. `created` in Unix seconds."""

    id: str
    adapter: str | None
    path: Path | None
    created: int


def usable(context: ApiContext) -> list[ServedModel]:
    """The live twin, the base model, and the adapters that passed the gate at some time.

    What the gate rejected is left out: it may have been rejected because it leaks.
    """
    adapters = _of_this_base(context)
    others = [ServedModel(BASE, None, None, 0)] + [
        ServedModel(a.name, a.name, path, a.created_at // 1000) for a, path in adapters
    ]
    live = next((m for m in others if m.adapter == context.engine.adapter), others[0])
    if not context.config.api.other_models:
        others = [live]
    return [ServedModel(TWIN, live.adapter, live.path, live.created), *others]


def _of_this_base(context: ApiContext) -> list[tuple[Adapter, Path]]:
    """The adapters of the loaded base, and their folders: by its name, or as the live one is."""
    config, live = context.config, context.engine.adapter
    found = [(a, config.path_of(a.path)) for a in adapters_to_answer(context.db)]
    same = {fingerprint_in(path) for a, path in found if a.name == live} - {None}
    return [
        (a, path)
        for a, path in found
        if path.is_dir() and (a.base_model == config.model.base or fingerprint_in(path) in same)
    ]


def find_model(context: ApiContext, wanted: str) -> ServedModel:
    """The model of that name. Raises ApiError when there is none."""
    found = next((model for model in usable(context) if model.id == wanted), None)
    if found is None:
        raise ApiError(
            404,
            f"model '{wanted[:80]}': no such model; GET /v1/models lists them",
            code="model_not_found",
            param="model",
        )
    return found


@dataclass(frozen=True, slots=True)
class Completion:
    """The answer, with the tokens that the model read and wrote. `refusal`: why there is no text,
    if it was held back.
    """

    model: str
    adapter: str | None
    text: str
    finish: Finish
    prompt_tokens: int
    tokens: int = 0
    refusal: str | None = None


async def answer(context: ApiContext, asked: CompletionRequest) -> Completion:
    """Raises ApiError for what can't be answered, now or ever."""
    model = find_model(context, asked.model)
    _check_pause(context)
    turns = _turns(context, model, asked.said)
    if not turns:
        return Completion(model.id, model.adapter, "", "stop", 0, refusal=NO_WORDS)
    topic = await topic_for_owner(turns[-1]["content"], context.config.policy)
    if topic is not None:
        return _held_back(model, f"waits for the owner: {topic}")
    reply = await _generate(context, model, turns, _limits(context, asked))
    text, was_cut = _before_stop(sendable(reply.text), asked.stop)
    reason = await held_back(context.config, context.db, text, None)
    if reason is not None:
        return _held_back(model, f"held back: {reason}", reply)
    finish: Finish = "stop" if reply.stopped or was_cut else "length"
    return Completion(model.id, model.adapter, text, finish, reply.prompt_tokens, reply.tokens)


def _check_pause(context: ApiContext) -> None:
    until, now = paused_until(context.db), context.clock.now()
    if until is not None and now < until:
        seconds = min((until - now) // 1000 + 1, MOST_PAUSE_S)
        raise ApiError(
            503,
            "the owner paused the twin; come again later",
            code="paused",
            headers={"Retry-After": str(seconds)},
        )


def _turns(
    context: ApiContext, model: ServedModel, messages: Sequence[RequestMessage]
) -> list[Turn]:
    """The prompt: the persona first, since the twin was trained under it, then the client's system
    message, then as many turns as the twin learnt from. Empty if the last message has no words.
    """
    config = context.config
    speakers = [message.role for message in messages if message.role not in SYSTEM]
    if speakers[-1:] != ["user"]:
        raise ApiError(400, "messages: the last one must be the user's", param="messages")
    system, dialogue = _sides(messages)
    if not dialogue or dialogue[-1]["role"] != "user":
        return []
    at = context.clock.now()
    opening = persona(config.owner, at=at, zone=zone_of(config.schedule))
    opening = "\n\n".join(part for part in (opening, *system) if part)
    *past, last = dialogue
    budget = config.reply.context_tokens
    if len(opening) + len(last["content"]) > budget * MOST_CHARS_PER_TOKEN:
        raise _too_long(PromptTooLong(budget))
    adapter = find_adapter(context.db, model.adapter) if model.adapter else None
    is_classic = rules_of(config, adapter) == "classic"
    shown = [] if is_classic else newest_turns(past, config.dataset.context_turns)
    return conversation(opening, shown, last["content"])


def _sides(messages: Sequence[RequestMessage]) -> tuple[list[str], list[Turn]]:
    """The client's system messages, and the dialogue with each side's messages in a row joined."""
    said = [(each.role, each.content) for each in messages if each.content]
    system = [text for role, text in said if role in SYSTEM]
    sides = groupby((each for each in said if each[0] not in SYSTEM), key=itemgetter(0))
    dialogue: list[Turn] = [
        {
            "role": "user" if role == "user" else "assistant",
            "content": "\n".join(text for _, text in run),
        }
        for role, run in sides
    ]
    return system, dialogue


def _limits(context: ApiContext, asked: CompletionRequest) -> Limits:
    usual, most = context.config.reply, context.config.api.max_tokens
    wanted = asked.max_completion_tokens or asked.max_tokens or usual.max_tokens
    temperature = asked.temperature
    return Limits(
        min(wanted, most),
        0.0 if temperature is not None and temperature < GREEDY_BELOW else temperature,
        asked.top_p,
        asked.seed,
        may_cut=False,
    )


async def _generate(
    context: ApiContext, model: ServedModel, turns: list[Turn], limits: Limits
) -> Reply:
    engine = context.engine
    try:
        if model.id == TWIN or model.adapter == engine.adapter:
            return await engine.reply(turns, limits)
        return await engine.reply_as(model.adapter, model.path, turns, limits)
    except PromptTooLong as error:
        raise _too_long(error) from error
    except EngineUnavailable as error:  # its words name the owner's server
        raise ApiError(
            503, f"nothing can answer now ({error.cause}); try again", code="engine_unavailable"
        ) from error
    except TwinError as error:
        raise ApiError(503, str(error), code="engine_unavailable") from error
    except Exception as error:  # boundary: any model error becomes "try again"
        log.error("api: generating failed (%s)", type(error).__name__)
        raise ApiError(
            503, f"generating failed ({type(error).__name__}); try again", code="engine_failed"
        ) from error


def _too_long(error: PromptTooLong) -> ApiError:
    return ApiError(400, f"messages: {error}", code="context_length_exceeded", param="messages")


def _before_stop(text: str, stops: Sequence[str]) -> tuple[str, bool]:
    ends = [at for stop in stops if (at := text.find(stop)) >= 0]
    return (text[: min(ends)], True) if ends else (text, False)


def _held_back(model: ServedModel, why: str, reply: Reply | None = None) -> Completion:
    read, written = (reply.prompt_tokens, reply.tokens) if reply else (0, 0)
    return Completion(model.id, model.adapter, "", "content_filter", read, written, why)
