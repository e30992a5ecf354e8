"""A stand-in for vLLM on loopback, by its source (0.11 to main of November 2026).

Read there: entrypoints/openai/{models,completion}/serving.py, completion/protocol.py,
serve/lora/api_router.py, serve/tokenize, server middleware for `--api-key`. It writes the name of
what answers and the last message, as tokens of the base in the folder.
"""

import asyncio
import json
import socket
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Any, Self

from aiohttp import web
from transformers import AutoTokenizer

Trouble = Callable[["FakeVllm", web.Request, bytes], Awaitable[web.StreamResponse]]
# Of each token but the first, given those before it, by the name of the model.
LogProbs = Callable[[str, Sequence[int]], list[float]]
MAX_LORA_RANK = 16


def made_up_log_probs(model: str, ids: Sequence[int]) -> list[float]:
    return [-0.5 - len(model) / 100 - each % 7 / 10 for each in ids[1:]]


class FakeVllm:
    """`asked`: the bodies of completions; `troubles`: what becomes of the next of them; `models`:
    what it lists instead of its own.
    """

    model = "base-at-server"

    def __init__(self, base: Path, key: str = "", can_load: bool = True) -> None:
        self.tokenizer = AutoTokenizer.from_pretrained(base)
        self.key, self.can_load = key, can_load
        self.more_models: list[str] = []
        self.models: bytes | None = None
        self.loaded: dict[str, str] = {}
        self.unloaded: list[str] = []
        self.asked: list[dict[str, Any]] = []
        self.paths: list[str] = []
        self.troubles: deque[Trouble] = deque()
        self.says: Callable[[str, str], str] = lambda model, text: f"{model}:{text}"
        self.log_probs: LogProbs = made_up_log_probs
        self.gate, self.is_asked = asyncio.Event(), asyncio.Event()
        self.gate.set()
        self.writes_at_most = 1_000_000
        self.port = 0
        self._runner: web.AppRunner | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def __aenter__(self) -> Self:
        """Holds its port while it is dead, too: others look for free ones."""
        self._held = socket.socket()
        self._held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        self._held.bind(("127.0.0.1", 0))
        self.port = self._held.getsockname()[1]
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        self.gate.set()
        await self.die()
        self._held.close()

    async def start(self) -> None:
        """A new process: what was loaded at run time is gone."""
        self.loaded.clear()
        app = web.Application(middlewares=[self._authenticate], client_max_size=2**24)
        app.router.add_get("/v1/models", self._models)
        app.router.add_post("/v1/completions", self._completions)
        app.router.add_post("/v1/chat/completions", self._chat)
        app.router.add_post("/tokenize", self._tokenize)
        if self.can_load:
            app.router.add_post("/v1/load_lora_adapter", self._load)
            app.router.add_post("/v1/unload_lora_adapter", self._unload)
        self._runner = web.AppRunner(app, shutdown_timeout=0.01)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", self.port, reuse_port=True).start()

    async def die(self) -> None:
        """Connections break, whatever was being answered."""
        if self._runner is not None:
            server = self._runner.server
            for connection in list(server.connections if server is not None else []):
                if connection.transport is not None:
                    connection.transport.abort()
            await self._runner.cleanup()
            self._runner = None

    @web.middleware
    async def _authenticate(self, request: web.Request, handler: Any) -> web.StreamResponse:
        self.paths.append(request.path_qs)
        is_known = request.headers.get("Authorization") == f"Bearer {self.key}"
        if self.key and request.path.startswith("/v1") and not is_known:
            return web.json_response({"error": "Unauthorized"}, status=401)
        answer: web.StreamResponse = await handler(request)
        return answer

    async def _models(self, _: web.Request) -> web.Response:
        if self.models is not None:
            return web.Response(body=self.models)
        cards = [_card(self.model, self.model, None)]
        cards += [_card(name, name, None) for name in self.more_models]
        cards += [_card(name, path, self.model) for name, path in self.loaded.items()]
        return web.json_response({"object": "list", "data": cards})

    async def _tokenize(self, request: web.Request) -> web.Response:
        body = await request.json()
        ids = self.tokenizer.encode(body["prompt"], add_special_tokens=False)
        return web.json_response({"count": len(ids), "max_model_len": 1024, "tokens": ids})

    async def _load(self, request: web.Request) -> web.Response:
        body = await request.json()
        name, path = body.get("lora_name"), body.get("lora_path")
        if not name or not path:
            return _error(400, "InvalidUserInput", "Both 'lora_name' and 'lora_path' must be")
        if name in self.loaded and not body.get("load_inplace"):
            said = f"The lora adapter '{name}' has already been loaded. If you want to load the"
            return _error(400, "InvalidUserInput", said)
        settings = Path(path) / "adapter_config.json"
        if not settings.is_file():
            return _error(404, "NotFoundError", f"Loading lora {name} failed: No adapter found")
        rank = json.loads(settings.read_text("utf-8"))["r"]
        if rank > MAX_LORA_RANK:
            said = f"LoRA rank {rank} is greater than max_lora_rank {MAX_LORA_RANK}."
            return _error(500, "InternalServerError", said)
        self.loaded[name] = path
        return web.Response(text=f"Success: LoRA adapter '{name}' added successfully.")

    async def _unload(self, request: web.Request) -> web.Response:
        name = (await request.json()).get("lora_name")
        if name not in self.loaded:
            return _error(404, "NotFoundError", f"The lora adapter '{name}' cannot be found.")
        del self.loaded[name]
        self.unloaded.append(name)
        return web.Response(text=f"Success: LoRA adapter '{name}' removed successfully.")

    async def _completions(self, request: web.Request) -> web.StreamResponse:
        body = await request.json()
        if (refused := self._refused(body)) is not None:
            return refused
        if body["max_tokens"] < 1:
            said = f"max_tokens must be at least 1, got {body['max_tokens']}."
            return _error(400, "BadRequestError", said)
        text = self.tokenizer.decode(body["prompt"])
        last = text.rpartition("<|im_start|>user\n")[2].partition("<|im_end|>")[0]
        await self._wait(body)
        said = self.says(body["model"], last)
        ids = self.tokenizer.encode(said, add_special_tokens=False)
        ids.append(self.tokenizer.eos_token_id)
        kept = ids[: body["max_tokens"]]
        finish = "stop" if len(kept) == len(ids) else "length"
        choices = [
            {
                "index": at,
                "text": self.tokenizer.decode(kept, skip_special_tokens=True),
                "logprobs": self._log_probs(body, at, kept),
                "finish_reason": finish,
                "stop_reason": None,
                "prompt_logprobs": self._prompt_log_probs(body),
                "token_ids": kept if body.get("return_token_ids") else None,
            }
            for at in range(body.get("n") or 1)
        ]
        usage = {
            "prompt_tokens": len(body["prompt"]),
            "completion_tokens": len(kept) * len(choices),
            "total_tokens": len(body["prompt"]) + len(kept) * len(choices),
        }
        return await self._given(request, {"object": "text_completion", "choices": choices}, usage)

    async def _chat(self, request: web.Request) -> web.StreamResponse:
        body = await request.json()
        if (refused := self._refused(body)) is not None:
            return refused
        await self._wait(body)
        said = self.says(body["model"], body["messages"][-1]["content"])
        message = {"role": "assistant", "content": said, "reasoning_content": None}
        choices = [{"index": 0, "message": message, "finish_reason": "stop"}]
        usage = {"prompt_tokens": 9, "completion_tokens": len(said), "total_tokens": 9 + len(said)}
        return await self._given(request, {"object": "chat.completion", "choices": choices}, usage)

    def _refused(self, body: dict[str, Any]) -> web.Response | None:
        self.asked.append(body)
        self.is_asked.set()
        if body.get("model") not in {self.model, *self.loaded}:
            said = f"The model `{body.get('model')}` does not exist."
            return _error(404, "NotFoundError", said)
        return None

    async def _wait(self, body: dict[str, Any]) -> None:
        """The server has taken the request; it writes when the gate is open."""
        if len(self.asked) > self.writes_at_most:
            self.gate.clear()
        await self.gate.wait()

    def _log_probs(self, body: dict[str, Any], at: int, ids: list[int]) -> dict[str, Any] | None:
        if body.get("logprobs") is None:
            return None
        return {"tokens": ["?"] * len(ids), "token_logprobs": [-1.0 - at] * len(ids)}

    def _prompt_log_probs(self, body: dict[str, Any]) -> list[dict[str, Any] | None] | None:
        """By token as text, since JSON has no other keys; none of the first."""
        if body.get("prompt_logprobs") is None:
            return None
        ids = body["prompt"]
        told = zip(ids[1:], self.log_probs(body["model"], ids), strict=True)
        return [None, *({str(i): {"logprob": p, "rank": 1, "decoded_token": ""}} for i, p in told)]

    async def _given(
        self, request: web.Request, answer: dict[str, Any], usage: dict[str, Any]
    ) -> web.StreamResponse:
        content = json.dumps(answer | {"id": "cmpl-1", "usage": usage}).encode()
        if self.troubles:
            return await self.troubles.popleft()(self, request, content)
        return web.Response(body=content, content_type="application/json")


def _card(name: str, root: str, parent: str | None) -> dict[str, Any]:
    return {"id": name, "object": "model", "owned_by": "vllm", "root": root, "parent": parent}


def _error(status: int, kind: str, said: str) -> web.Response:
    error = {"message": said, "type": kind, "param": None, "code": status}
    return web.json_response({"error": error}, status=status)


async def fails(_: FakeVllm, request: web.Request, content: bytes) -> web.StreamResponse:
    """vLLM quotes what it was given where it finds fault with it."""
    return _error(500, "InternalServerError", f"EngineDeadError: {(await request.text())[:200]}")


async def is_busy(_: FakeVllm, request: web.Request, content: bytes) -> web.StreamResponse:
    return _error(503, "ServiceUnavailableError", "Loading model")


async def refuses(_: FakeVllm, request: web.Request, content: bytes) -> web.StreamResponse:
    return _error(400, "BadRequestError", f"1 validation error: input: {await request.text()}")


async def cuts(_: FakeVllm, request: web.Request, content: bytes) -> web.StreamResponse:
    """Half of the answer, and the connection is gone."""
    response = web.StreamResponse(headers={"Content-Length": str(len(content))})
    await response.prepare(request)
    await response.write(content[: len(content) // 2])
    assert request.transport is not None
    request.transport.abort()
    return response


async def hangs_up(_: FakeVllm, request: web.Request, content: bytes) -> web.StreamResponse:
    assert request.transport is not None
    request.transport.abort()
    return web.Response()


async def is_late(fake: FakeVllm, request: web.Request, content: bytes) -> web.StreamResponse:
    """Never answers, until the server ends."""
    fake.gate.clear()
    await fake.gate.wait()
    return web.Response(body=content)


def gives(content: bytes, status: int = 200) -> Trouble:
    """Whatever it is."""

    async def answer(_: FakeVllm, request: web.Request, __: bytes) -> web.StreamResponse:
        return web.Response(body=content, status=status)

    return answer
