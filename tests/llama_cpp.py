"""The real server of llama.cpp, in the test's own process, on loopback."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx2
import xllamacpp


@contextmanager
def llama_cpp(
    base: Path,
    adapters: Sequence[Path] = (),
    *,
    context: int = 512,
    slots: int = 1,
    key: str = "",
    port: int = 0,
) -> Iterator[str]:
    """Serve a GGUF, with adapters beside it, each at scale 1; the server's address.

    One thread: several spin against whatever else the machine does.
    """
    options = xllamacpp.CommonParams()
    options.model.path = str(base)
    options.n_ctx, options.n_parallel = context * slots, slots
    options.verbosity, options.warmup, options.n_gpu_layers = -1, False, 0
    options.hostnames, options.port = ["127.0.0.1"], port
    options.cpuparams.n_threads = options.cpuparams_batch.n_threads = 1
    options.lora_adapters = [xllamacpp.CommonAdapterLoraInfo(str(path)) for path in adapters]
    options.api_keys = [key] if key else []
    server = xllamacpp.Server(options)
    yield str(server.listening_address)
    del server


def complete(address: str, prompt: list[int], tokens: int, **more: Any) -> list[int]:
    """The likeliest tokens after a prompt."""
    asked = {
        "prompt": prompt,
        "n_predict": tokens,
        "temperature": 0.0,
        "return_tokens": True,
        **more,
    }
    answer = httpx2.post(f"{address}/completion", json=asked, timeout=60)
    answer.raise_for_status()
    return list(answer.json()["tokens"])
