"""Write an answer as OpenAI's API does, whole or as a stream of events."""

import secrets
from collections.abc import Iterator
from typing import Any

from twin.api.completions import BASE, Completion
from twin.api.events import END, event


class CompletionWriter:
    """`created` in Unix seconds."""

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
        yield END

    def _event(self, delta: dict[str, Any], finish: str | None = None) -> str:
        choice = {"index": 0, "delta": delta, "finish_reason": finish, "logprobs": None}
        return self._data({"choices": [choice]})

    def _data(self, more: dict[str, Any]) -> str:
        return event(self._head | {"object": "chat.completion.chunk"} | more)

    def _usage(self) -> dict[str, int]:
        prompt, completion = self._made.prompt_tokens, self._made.tokens
        return {
            "prompt_tokens": prompt,
            "completion_tokens": completion,
            "total_tokens": prompt + completion,
        }
