"""Serve OpenAI's chat API under /v1, so that any of its clients can use the twin."""

import asyncio
from collections.abc import Iterator
from typing import Any

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse, Response

from twin.api import pending_answer
from twin.api.completion_request import CompletionRequest, read_request
from twin.api.completion_writer import CompletionWriter
from twin.api.completions import Completion, ServedModel, answer, find_model, usable
from twin.api.context import ApiContext
from twin.api.error_responses import answer_errors, like_openai
from twin.api.pending_answer import AnswerStream, PendingAnswer

INVALID = 400  # OpenAI's clients expect 400 where the REST API answers 422
PATHS = "/v1 has POST /v1/chat/completions and GET /v1/models"
LEFT_OUT = "Twin-Left-Out"  # a header with the fields that were not used


def openai_app(context: ApiContext) -> FastAPI:
    """Models and chat completions."""
    app = FastAPI(openapi_url=None, redirect_slashes=False)
    answer_errors(app, like_openai, INVALID, PATHS)

    @app.get("/models")
    async def list_models() -> JSONResponse:
        found = [_card(model) for model in usable(context)]
        return JSONResponse({"object": "list", "data": found})

    @app.get("/models/{name}")
    async def show_model(name: str) -> JSONResponse:
        return JSONResponse(_card(find_model(context, name)))

    @app.post("/chat/completions")
    async def complete(request: Request) -> Response:
        # Whatever its Content-Type says: some clients say nothing, and a key is no cookie.
        # In a thread: a body may be as long as its owner allows.
        asked, left_out = await asyncio.to_thread(read_request, await request.body())
        headers = {LEFT_OUT: ", ".join(left_out)} if left_out else {}
        return await _complete(context, request, asked, headers)

    return app


def _card(model: ServedModel) -> dict[str, Any]:
    return {"id": model.id, "object": "model", "created": model.created, "owned_by": "twin"}


async def _complete(
    context: ApiContext, request: Request, asked: CompletionRequest, headers: dict[str, str]
) -> Response:
    """The answer, whole or as a stream. A stream begins when the answer is there, or with a sign
    of life if it takes long; until then errors have their own status.
    """

    def writer(made: Completion) -> CompletionWriter:
        return CompletionWriter(made, context.clock.now() // 1000)

    def events(made: Completion) -> Iterator[str]:
        return writer(made).chunks(asked.wants_usage)

    pending = PendingAnswer(request, answer(context, asked), context.config.api.timeout_seconds)
    try:
        made = await pending.wait(pending_answer.SIGN_SECONDS if asked.stream else None)
    except BaseException:
        await pending.drop()
        raise
    if asked.stream:
        return AnswerStream(pending, events, headers | {"X-Accel-Buffering": "no"})
    await pending.drop()
    assert made is not None
    return JSONResponse(writer(made).whole(), headers=headers)
