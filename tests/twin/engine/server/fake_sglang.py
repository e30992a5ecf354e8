"""A stand-in for SGLang on loopback, by its source (0.5 to main of November 2026).

Read there: entrypoints/http_server.py, managers/tokenizer_control_mixin.py, lora/lora_registry.py,
lora/lora_manager.py, managers/scheduler_output_processor_mixin.py. It writes the name of what
answers and the last message.
"""

import asyncio
import json
from pathlib import Path
from typing import Any, Self

from aiohttp import web
from transformers import AutoTokenizer

from tests.twin.engine.server.fake_vllm import LogProbs, made_up_log_probs

MAX_LORA_RANK = 16


class FakeSglang:
    """`asked`: the bodies of /generate; `unloaded`: names, when their last answer was written."""

    model = "base-at-server"

    def __init__(self, base: Path, enable_lora: bool = True) -> None:
        self.tokenizer = AutoTokenizer.from_pretrained(base)
        self.enable_lora = enable_lora
        self.loaded: dict[str, str] = {}
        self.unloaded: list[str] = []
        self.asked: list[dict[str, Any]] = []
        self.log_probs: LogProbs = made_up_log_probs
        self._users: dict[str, int] = {}
        self._changed = asyncio.Condition()
        self.port = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def __aenter__(self) -> Self:
        app = web.Application(client_max_size=2**24)
        app.router.add_get("/v1/models", self._models)
        app.router.add_post("/generate", self._generate)
        app.router.add_post("/tokenize", self._tokenize)
        app.router.add_post("/load_lora_adapter", self._load)
        app.router.add_post("/unload_lora_adapter", self._unload)
        self._runner = web.AppRunner(app, shutdown_timeout=0.01)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self.port = self._runner.addresses[0][1]
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._runner.cleanup()

    async def _models(self, _: web.Request) -> web.Response:
        cards = [{"id": self.model, "owned_by": "sglang", "root": self.model, "parent": None}]
        cards += [
            {"id": name, "owned_by": "sglang", "root": path, "parent": self.model}
            for name, path in self.loaded.items()
        ]
        return web.json_response({"object": "list", "data": cards})

    async def _tokenize(self, request: web.Request) -> web.Response:
        text = (await request.json())["prompt"]
        ids = self.tokenizer.encode(text, add_special_tokens=False)
        return web.json_response({"tokens": ids, "count": len(ids), "max_model_len": 1024})

    async def _load(self, request: web.Request) -> web.Response:
        body = await request.json()
        name, path = body["lora_name"], body["lora_path"]
        settings = Path(path) / "adapter_config.json"
        if not self.enable_lora:
            return self._refused("LoRA is not enabled. Please set `--enable-lora` to enable LoRA.")
        if not settings.is_file():
            form = "Repo id must be in the form 'repo_name' or 'namespace/repo_name'"
            return self._refused(f"{form}: '{path}'. Use `repo_type` argument if needed.")
        if name in self.loaded:
            said = f"Failed to load LoRA adapter {name} because it is already loaded"
            return self._refused(said)
        rank = json.loads(settings.read_text("utf-8"))["r"]
        if rank > MAX_LORA_RANK:
            return self._refused(
                f"LoRA adapter {name} with rank {rank} is incompatible with the current LoRA "
                "memory pool configuration. Please ensure that the LoRA adapter's rank is within "
                "the configured `--max-lora-rank` and that the target modules are included in "
                "`--lora-target-modules`."
            )
        self.loaded[name] = path
        return self._done()

    async def _unload(self, request: web.Request) -> web.Response:
        """New requests for it are refused at once; it goes when those under way are answered."""
        name = (await request.json())["lora_name"]
        if name not in self.loaded:
            said = f"LoRA with name {name} does not exist. Loaded LoRAs: {self.loaded.keys()}"
            return self._refused(said)
        del self.loaded[name]
        async with self._changed:
            await self._changed.wait_for(lambda: not self._users.get(name))
        self.unloaded.append(name)
        return self._done()

    async def _generate(self, request: web.Request) -> web.Response:
        body = await request.json()
        self.asked.append(body)
        name = body.get("lora_path")
        if name is not None and name not in self.loaded:
            said = f"The following requested LoRA adapters are not loaded: {name}"
            return web.json_response({"error": {"message": said}}, status=400)
        self._users[name] = self._users.get(name, 0) + 1
        await asyncio.sleep(0)
        answer = self._answer(body, name or self.model)
        self._users[name] -= 1
        async with self._changed:
            self._changed.notify_all()
        return web.json_response(answer)

    def _answer(self, body: dict[str, Any], name: str) -> dict[str, Any]:
        prompt, limit = body["input_ids"], body["sampling_params"]["max_new_tokens"]
        text = self.tokenizer.decode(prompt)
        last = text.rpartition("<|im_start|>user\n")[2].partition("<|im_end|>")[0]
        ids = self.tokenizer.encode(f"{name}:{last}", add_special_tokens=False)
        kept = [*ids, self.tokenizer.eos_token_id][:limit]
        meta: dict[str, Any] = {
            "prompt_tokens": len(prompt),
            "completion_tokens": len(kept),
            "finish_reason": {"type": "stop" if len(kept) > len(ids) else "length"},
        }
        if body.get("return_logprob"):
            meta["input_token_logprobs"] = self._input_log_probs(body, name)
        said = self.tokenizer.decode(kept, skip_special_tokens=True)
        return {"text": said, "output_ids": kept, "meta_info": meta}

    def _input_log_probs(self, body: dict[str, Any], name: str) -> list[list[Any]]:
        """From `logprob_start_len` on; -1, the default, is the last token. None of the first."""
        ids, start = body["input_ids"], body.get("logprob_start_len", -1) % len(body["input_ids"])
        told = [None, *self.log_probs(name, ids)[start:]]
        return [[each, at, None] for each, at in zip(told, ids[start:], strict=True)]

    def _done(self) -> web.Response:
        return web.json_response({"success": True, "loaded_adapters": self.loaded})

    def _refused(self, said: str) -> web.Response:
        result = {"success": False, "error_message": said, "loaded_adapters": self.loaded}
        return web.json_response(result, status=400)
