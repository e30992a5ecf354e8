"""A voice that OpenVINO speaks: on a processor it answers several times as fast as torch.

The weights are those of the torch voice, in the same precision. What was computed of a prompt is
kept and taken up again where the next prompt begins with the same tokens, within a limit of memory.
Each voice has a pipeline of its own, so what one adapter computed never gets to another.
"""

import random
import shutil
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import openvino
import openvino_genai
import psutil

from storage.errors import TwinError
from twin.config.schema import Config
from twin.engine.base import Reply
from twin.engine.base_models import cant_write
from twin.engine.model import TorchModel, reply_of
from twin.engine.openvino_graph import as_graph, head_size
from twin.prompting.chat_template import Turn

SCRATCH = ".voice-"
BLOCK = 32  # tokens whose keys and values OpenVINO keeps together
SEEDS = 2**31


class OpenVinoModel:
    """The same answers as the voice that it was made of, up to rounding."""

    def __init__(self, voice: TorchModel, config: Config) -> None:
        """Raises TwinError when there is no room on the disk for the weights, which pass it."""
        self.format, self.adapter = voice.format, voice.adapter
        self._tokenizer = voice.tokenizer
        folder = config.path_of("models")
        try:
            folder.mkdir(parents=True, exist_ok=True)
            _delete_left_over(folder)
            with tempfile.TemporaryDirectory(prefix=_scratch_name(), dir=folder) as scratch:
                _write(as_graph(voice.network), Path(scratch) / "openvino_model.xml")
                self._pipeline = openvino_genai.ContinuousBatchingPipeline(
                    scratch, _schedule(voice.network, config), "CPU", _properties(voice.network)
                )
        except OSError as error:
            raise cant_write(folder, error) from error

    def generate(
        self,
        batch: Sequence[Sequence[Turn]],
        max_tokens: int,
        temperature: float,
        top_p: float,
        seed: int | None = None,
    ) -> list[Reply]:
        """As `Voice.generate`; the conversations are computed together."""
        if not batch:
            return []
        started = time.perf_counter()
        first = random.randrange(SEEDS) if seed is None else seed
        prompts = [_tensor(self.format.render(turns)) for turns in batch]
        settings = [
            self._settings(max_tokens, temperature, top_p, first + at) for at in range(len(batch))
        ]
        answers = self._answers(prompts, settings)
        seconds = time.perf_counter() - started
        return [reply_of(answer, self.format, self._tokenizer, seconds) for answer in answers]

    def _answers(self, prompts: list[openvino.Tensor], settings: list[Any]) -> list[list[int]]:
        try:
            answers = [
                one.m_generation_ids[0] for one in self._pipeline.generate(prompts, settings)
            ]
        except RuntimeError as error:
            cause = " ".join(str(error).split())
            raise TwinError(f"OpenVINO can't answer ({cause}); ask again") from error
        if not all(answers):  # even a stop token is one
            longest = max(prompt.size for prompt in prompts)
            raise TwinError(
                f"a prompt of {longest} tokens has no room in memory; "
                "lower [reply] context_tokens or raise [model] prefix_cache_mb"
            )
        return answers

    def _settings(
        self, max_tokens: int, temperature: float, top_p: float, seed: int
    ) -> openvino_genai.GenerationConfig:
        settings = openvino_genai.GenerationConfig()
        settings.max_new_tokens = max_tokens
        settings.eos_token_id = self.format.stop_ids[0]  # it refuses to have none
        settings.stop_token_ids = set(self.format.stop_ids)
        settings.do_sample = temperature > 0 and top_p > 0  # otherwise the likeliest alone
        if settings.do_sample:
            settings.temperature, settings.top_p, settings.rng_seed = temperature, top_p, seed
        return settings


def _write(graph: openvino.Model, file: Path) -> None:
    try:
        openvino.save_model(graph, file, compress_to_fp16=False)
    except RuntimeError as error:  # what a full disk is to OpenVINO
        raise OSError(str(error)) from error


def _tensor(tokens: Sequence[int]) -> openvino.Tensor:
    return openvino.Tensor(np.array([tokens], dtype=np.int64))


def _schedule(model: Any, config: Config) -> openvino_genai.SchedulerConfig:
    """All chats of a batch at once, and [model] prefix_cache_mb for prompts that may come again."""
    longest = config.reply.context_tokens + max(config.reply.max_tokens, config.api.max_tokens)
    needed = config.reply.max_batch * -(-longest // BLOCK)
    schedule = openvino_genai.SchedulerConfig()
    schedule.num_kv_blocks = needed + config.model.prefix_cache_mb * 2**20 // _block_bytes(model)
    schedule.enable_prefix_caching = True
    schedule.max_num_seqs = config.reply.max_batch
    schedule.max_num_batched_tokens = config.reply.max_batch * config.reply.context_tokens
    return schedule


def _block_bytes(model: Any) -> int:
    config = model.config
    numbers = 2 * config.num_hidden_layers * config.num_key_value_heads * head_size(config)
    return BLOCK * int(numbers) * int(model.dtype.itemsize)


def _properties(model: Any) -> dict[str, Any]:
    """The model's own precision: what is kept of a prompt would be rounded to 8 bits otherwise."""
    precision = "f32" if model.dtype.itemsize == 4 else "bf16"
    return {
        "INFERENCE_PRECISION_HINT": precision,
        "KV_CACHE_PRECISION": precision,
        "ENABLE_MMAP": False,  # the file is deleted
    }


def _scratch_name() -> str:
    return f"{SCRATCH}{psutil.Process().pid}-"


def _delete_left_over(folder: Path) -> None:
    """What processes that were killed left: weights know what somebody wrote."""
    for left in folder.glob(f"{SCRATCH}*"):
        owner = left.name.removeprefix(SCRATCH).split("-")[0]
        if not (owner.isdigit() and psutil.pid_exists(int(owner))):
            shutil.rmtree(left, ignore_errors=True)
