"""A server that speaks OpenAI's protocol and nothing more, as `transformers serve` 5.23 does.

Its list of models fails, fields it doesn't know are refused, and it has a template of its own.
"""

from collections.abc import Callable
from typing import Any, Self

from aiohttp import web

KNOWN = {"model", "messages", "max_tokens", "temperature", "top_p", "seed", "stop"}


class FakeOpenAi:
    """`takes_system`: otherwise its template is as Gemma 2's."""

    def __init__(
        self, says: Callable[[str], Any] = lambda text: f"said {text}", takes_system: bool = True
    ) -> None:
        self.says, self.takes_system = says, takes_system
        self.asked: list[dict[str, Any]] = []

    async def __aenter__(self) -> Self:
        app = web.Application()
        app.router.add_get("/v1/models", self._models)
        app.router.add_post("/v1/chat/completions", self._chat)
        self._runner = web.AppRunner(app)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}/v1/"
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._runner.cleanup()

    async def _models(self, _: web.Request) -> web.Response:
        return web.Response(text="Internal Server Error", status=500)

    async def _chat(self, request: web.Request) -> web.Response:
        body = await request.json()
        if foreign := body.keys() - KNOWN:
            said = f"Unexpected fields in the request: {foreign}"
            return web.json_response({"detail": said}, status=422)
        self.asked.append(body)
        if body["messages"][0]["role"] != "user" and not self.takes_system:
            return web.json_response({"detail": "System role not supported"}, status=400)
        message = {"role": "assistant", "content": self.says(body["messages"][-1]["content"])}
        choice = {"index": 0, "message": message, "finish_reason": "stop"}
        usage = {"prompt_tokens": 12, "completion_tokens": 3}
        return web.json_response({"choices": [choice], "usage": usage})
