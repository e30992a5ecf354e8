"""Serve OpenAI's chat API under /v1, so that any of its clients can use the twin."""

import asyncio
import json
import secrets
from collections.abc import Coroutine, Iterator
from typing import Any, TypeVar

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse, Response, StreamingResponse

from twin.api.completions import BASE, Completion, ServedModel, answer, find_model, usable
from twin.api.context import ApiContext
from twin.api.error_responses import ApiError, answer_errors, like_openai
from twin.api.schemas import CompletionRequest

T = TypeVar("T")
INVALID = 400  # OpenAI's clients expect 400 where the REST API answers 422


async def while_connected(request: Request, work: Coroutine[Any, Any, T], seconds: float) -> T:
    """The work's result. Cancelled when the client leaves; ApiError when it takes too long."""
    working = asyncio.create_task(work, name="api answer")
    leaving = asyncio.create_task(_disconnected(request), name="api client")
    try:
        await asyncio.wait({working, leaving}, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        if not working.done():
            raise ApiError(
                503, f"no answer within {seconds:g} s ([api] timeout_seconds)", code="timeout"
            )
        return working.result()
    finally:
        for task in (working, leaving):
            task.cancel()
        await asyncio.gather(working, leaving, return_exceptions=True)


async def _disconnected(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass


def openai_app(context: ApiContext) -> FastAPI:
    """Models and chat completions."""
    app = FastAPI(openapi_url=None, redirect_slashes=False)
    answer_errors(app, like_openai, INVALID)

    @app.get("/models")
    async def list_models() -> JSONResponse:
        found = [_card(model) for model in usable(context)]
        return JSONResponse({"object": "list", "data": found})

    @app.get("/models/{name}")
    async def show_model(name: str) -> JSONResponse:
        return JSONResponse(_card(find_model(context, name)))

    @app.post("/chat/completions")
    async def complete(asked: CompletionRequest, request: Request) -> Response:
        made = await while_connected(
            request, answer(context, asked), context.config.api.timeout_seconds
        )
        writer = _CompletionWriter(made, context.clock.now() // 1000)
        if not asked.stream:
            return JSONResponse(writer.whole())
        # The answer is complete before its first chunk: the guard has to see all of it.
        return StreamingResponse(writer.chunks(asked.wants_usage), media_type="text/event-stream")

    return app


def _card(model: ServedModel) -> dict[str, Any]:
    return {"id": model.id, "object": "model", "created": model.created, "owned_by": "twin"}


class _CompletionWriter:
    """Writes an answer as OpenAI does, whole or in chunks."""

    def __init__(self, made: Completion, created: int) -> None:
        self._made = made
        self._head = {
            "id": f"chatcmpl-{secrets.token_hex(12)}",
            "created": created,
            "model": made.model,
            # Which adapter answered when "twin" was asked for.
            "system_fingerprint": made.adapter or BASE,
        }

    def whole(self) -> dict[str, Any]:
        message = {
            "role": "assistant",
            "content": self._made.text,
            "refusal": self._made.refusal,
        }
        choice = {"index": 0, "message": message, "finish_reason": self._made.finish}
        return self._head | {
            "object": "chat.completion",
            "choices": [choice | {"logprobs": None}],
            "usage": self._usage(),
        }

    def chunks(self, usage: bool) -> Iterator[str]:
        """Server-sent events, one a line of the answer: a line is one message of the owner."""
        yield self._event({"role": "assistant", "content": ""})
        for line in self._made.text.splitlines(keepends=True):
            yield self._event({"content": line})
        if self._made.refusal:
            yield self._event({"refusal": self._made.refusal})
        yield self._event({}, self._made.finish)
        if usage:
            yield self._data({"choices": [], "usage": self._usage()})
        yield "data: [DONE]\n\n"

    def _event(self, delta: dict[str, Any], finish: str | None = None) -> str:
        choice = {"index": 0, "delta": delta, "finish_reason": finish, "logprobs": None}
        return self._data({"choices": [choice]})

    def _data(self, more: dict[str, Any]) -> str:
        chunk = self._head | {"object": "chat.completion.chunk"} | more
        return f"data: {json.dumps(chunk)}\n\n"

    def _usage(self) -> dict[str, int]:
        prompt, completion = self._made.prompt_tokens, self._made.tokens
        return {
            "prompt_tokens": prompt,
            "completion_tokens": completion,
            "total_tokens": prompt + completion,
        }
