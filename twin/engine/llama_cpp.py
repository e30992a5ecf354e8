"""A voice that llama.cpp speaks: on a processor it decodes several times as fast as torch.

The weights are those of the torch voice, in the same precision. What was computed of a prompt is
kept and taken up again where the next prompt begins with the same tokens, within a limit of memory.
Each voice has a server of its own, so what one adapter computed never gets to another.
"""

import secrets
import shutil
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import psutil
import xllamacpp

from storage.errors import TwinError
from twin.config import Config
from twin.engine.base import Reply
from twin.engine.gguf_file import write_gguf
from twin.engine.model import Voice
from twin.prompts import PromptFormat, Turn

SCRATCH = ".voice-"
LOOPBACK = "127.0.0.1"
KEY_BYTES = 32


class LlamaCppVoice:
    """The same answers as the voice that it was made of, up to rounding."""

    def __init__(self, voice: Voice, config: Config) -> None:
        """Raises TwinError when there is no room on the disk for the weights, which pass it."""
        self.format: PromptFormat = voice.format
        self.adapter = voice.adapter
        self._slots = config.reply.max_batch
        self._together = ThreadPoolExecutor(self._slots, thread_name_prefix="llama.cpp")
        folder = config.path_of("models")
        try:
            folder.mkdir(parents=True, exist_ok=True)
            _delete_left_over(folder)
            with tempfile.TemporaryDirectory(prefix=_scratch_name(), dir=folder) as scratch:
                file = Path(scratch) / "voice.gguf"
                write_gguf(voice.model, voice.tokenizer, voice.format, file)
                is_float32 = voice.model.dtype.itemsize == 4
                self._server = xllamacpp.Server(_options(config, file, self._slots, is_float32))
        except OSError as error:
            raise TwinError(
                f"{folder}: can't write the model ({error.strerror or error}); free some disk space"
            ) from error

    def generate(
        self,
        batch: Sequence[Sequence[Turn]],
        max_tokens: int,
        temperature: float,
        top_p: float,
        seed: int | None = None,
    ) -> list[Reply]:
        """As `Voice.generate`; the conversations are computed together."""
        started = time.perf_counter()
        asked = [
            {
                "prompt": self.format.render(turns),
                "max_tokens": max_tokens,
                "temperature": temperature,
                "top_p": top_p,
                "top_k": 0,
                "min_p": 0.0,
                "repeat_penalty": 1.0,
                "samplers": ["temperature", "top_p"],
                "cache_prompt": True,
                **({} if seed is None else {"seed": seed + at}),
            }
            for at, turns in enumerate(batch)
        ]
        answered = list(self._together.map(self.complete, asked))
        seconds = time.perf_counter() - started
        return [_reply(answer, seconds) for answer in answered]

    def complete(self, asked: dict[str, Any]) -> dict[str, Any]:
        """One request in the words of OpenAI's completions; an error is an answer too."""
        answer: dict[str, Any] = self._server.handle_completions(asked)
        return answer


def _reply(answer: dict[str, Any], seconds: float) -> Reply:
    if "error" in answer:
        raise TwinError(f"llama.cpp: {answer['error'].get('message', 'failed')}; ask again")
    [choice] = answer["choices"]
    stopped = choice["finish_reason"] == "stop"
    return Reply(choice["text"].strip(), answer["usage"]["completion_tokens"], stopped, seconds)


def _options(config: Config, file: Path, slots: int, is_float32: bool) -> xllamacpp.CommonParams:
    options = xllamacpp.CommonParams()
    options.model.path = str(file)
    options.load_mode = xllamacpp.llama_load_mode.LLAMA_LOAD_MODE_NONE  # the file is deleted
    options.n_gpu_layers = 0
    options.n_parallel = slots
    longest = config.reply.context_tokens + max(config.reply.max_tokens, config.api.max_tokens)
    options.n_ctx = slots * longest
    options.cache_ram_mib = config.model.prefix_cache_mb
    options.fit_params = False
    options.verbosity = -1
    cores = psutil.cpu_count(logical=False) or 1
    options.cpuparams.n_threads = options.cpuparams_batch.n_threads = cores
    if is_float32:
        options.cache_type_k = options.cache_type_v = xllamacpp.ggml_type.GGML_TYPE_F32
        options.flash_attn_type = xllamacpp.llama_flash_attn_type.LLAMA_FLASH_ATTN_TYPE_DISABLED
    # It opens a port whether it is wanted or not: nobody gets to know the key.
    options.hostnames = [LOOPBACK]
    options.api_keys = [secrets.token_urlsafe(KEY_BYTES)]
    options.ui = options.endpoint_slots = options.endpoint_props = False
    return options


def _scratch_name() -> str:
    return f"{SCRATCH}{psutil.Process().pid}-"


def _delete_left_over(folder: Path) -> None:
    """What processes that were killed left: weights know what somebody wrote."""
    for left in folder.glob(f"{SCRATCH}*"):
        owner = left.name.removeprefix(SCRATCH).split("-")[0]
        if not (owner.isdigit() and psutil.pid_exists(int(owner))):
            shutil.rmtree(left, ignore_errors=True)
