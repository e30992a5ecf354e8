"""Have a server write the answer to one prompt."""

import time

from storage.errors import TwinError
from twin.engine.base import Limits, Reply
from twin.engine.likeliest import likeliest
from twin.engine.sampling import candidates_of
from twin.engine.server.connection import Connection
from twin.engine.server.failures import WrongRequest
from twin.engine.server.prompts import Prompt
from twin.engine.server.reaching import noticing_loss, reached
from twin.engine.server.requests import Asked, answers_in
from twin.engine.server.serving import ServedModels, TwinAdapter

SEEDS = 2**31  # every server takes these; llama.cpp reads -1 as "any"
UNKNOWN = float("-inf")  # how likely an answer is of which the server does not tell it


async def write_answer(
    models: ServedModels, adapter: TwinAdapter, prompt: Prompt, limits: Limits
) -> Reply:
    """Of several candidates the likeliest.

    Raises EngineUnavailable where the server can't answer now, and WrongRequest where never.
    """
    connection, chosen_by = await reached(models, adapter)
    shown = await _shown(models, connection, prompt)
    asked = _asked(models, connection, adapter, shown, limits)
    body = {**connection.protocol.body(asked), **chosen_by}
    began = time.perf_counter()
    try:
        async with noticing_loss(models, connection, adapter):
            answer = await models.client.post(connection.protocol.path, body, quotes=True)
            written = answers_in(answer, connection.protocol, models.client.server)
    except WrongRequest:
        if connection.as_tokens or models.folds_system or shown.turns[0]["role"] != "system":
            raise
        return await _write_folded(models, adapter, prompt, limits)
    replies = await models.prompts.read(written, time.perf_counter() - began)
    sums = [UNKNOWN if each.log_prob is None else each.log_prob for each in written]
    return likeliest(replies, sums)


async def _shown(models: ServedModels, connection: Connection, prompt: Prompt) -> Prompt:
    if connection.as_tokens:
        return prompt
    return await models.prompts.plain(prompt, folded=models.folds_system)


async def _write_folded(
    models: ServedModels, adapter: TwinAdapter, prompt: Prompt, limits: Limits
) -> Reply:
    """Some templates refuse a system text: there the persona goes before the first message."""
    models.folds_system = True
    try:
        return await write_answer(models, adapter, prompt, limits)
    except TwinError:
        models.folds_system = False  # that was not the reason
        raise


def _asked(
    models: ServedModels,
    connection: Connection,
    adapter: TwinAdapter,
    prompt: Prompt,
    limits: Limits,
) -> Asked:
    usual, reply = adapter.sampling, models.config.reply
    temperature = usual.temperature if limits.temperature is None else limits.temperature
    top_p = usual.top_p if limits.top_p is None else limits.top_p
    if not top_p:  # the likeliest token each time, which servers know by the temperature alone
        temperature, top_p = 0.0, 1.0
    several = connection.abilities.several and connection.as_tokens and temperature > 0
    return Asked(
        prompt,
        models.prompts.stop_ids,
        limits.max_tokens,
        temperature,
        top_p,
        limits.seed % SEEDS if limits.seed is not None and connection.abilities.seed else None,
        candidates_of(reply, are_cheap=True) if several else 1,
    )
