"""Generate with OpenVINO, which on a processor answers several times as fast as torch.

The weights are those of the torch model, in the same precision or in 8 bits. Keys and values of
earlier prompts are kept within [model] prefix_cache_mb and used again where the next prompt begins
with the same tokens. Each model has a pipeline of its own, so what one adapter computed never
reaches another.
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

from storage.errors import TwinError, cause_of
from twin.config.schema import Config
from twin.engine.base import Reply
from twin.engine.bases.packaged import cant_write
from twin.engine.likeliest import likeliest
from twin.engine.model import TorchModel, reply_of
from twin.engine.openvino_families import head_size
from twin.engine.openvino_graph import as_graph
from twin.engine.sampling import candidates_of
from twin.prompting.chat_template import Turn

SCRATCH = ".openvino-"
EARLIER_SCRATCH = ".voice-"  # the prefix before it was renamed
BLOCK = 32  # tokens whose keys and values OpenVINO keeps together
SEEDS = 2**31


class OpenVinoModel:
    """The same answers as the torch model that it was converted from, up to rounding."""

    def __init__(self, model: TorchModel, config: Config, *, compressed: bool = False) -> None:
        """Convert `model`, `compressed`: with its weights in 8 bits. OpenVINO reads weights from a
        file only, which is deleted afterwards.

        Raises TwinError when the disk has no room for it.
        """
        self.format, self.adapter, self.sampling = model.format, model.adapter, model.sampling
        self.candidates = candidates_of(config.reply, are_cheap=True)
        self._tokenizer, network = model.tokenizer, model.network
        folder = config.path_of("models")
        try:
            folder.mkdir(parents=True, exist_ok=True)
            _delete_leftovers(folder)
            with tempfile.TemporaryDirectory(prefix=_scratch_name(), dir=folder) as scratch:
                schedule = _schedule(network, config, self.candidates)
                positions = _positions(network, schedule)
                graph = as_graph(network, positions, compressed=compressed)
                _write(graph, Path(scratch) / "openvino_model.xml")
                self._pipeline = openvino_genai.ContinuousBatchingPipeline(
                    scratch,
                    schedule,
                    "CPU",
                    _properties(network),
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
        candidates: int = 1,
    ) -> list[Reply]:
        """As `TorchModel.generate`; the conversations are computed together, and a prompt once for
        all its candidates.
        """
        if not batch:
            return []
        started = time.perf_counter()
        first = random.randrange(SEEDS) if seed is None else seed
        prompts = [_tensor(self.format.render(turns)) for turns in batch]
        settings = [
            self._settings(max_tokens, temperature, top_p, first + at, candidates)
            for at in range(len(batch))
        ]
        results = self._results(prompts, settings)
        seconds = time.perf_counter() - started
        return [
            likeliest(
                [
                    reply_of(answer, self.format, self._tokenizer, seconds, prompt.size)
                    for answer in result.m_generation_ids
                ],
                result.m_scores,
            )
            for result, prompt in zip(results, prompts, strict=True)
        ]

    def _results(self, prompts: list[openvino.Tensor], settings: list[Any]) -> list[Any]:
        """Of each prompt: its `m_generation_ids`, and `m_scores`, the log probability of each."""
        try:
            results = list(self._pipeline.generate(prompts, settings))
        except RuntimeError as error:
            cause = cause_of(error, None)
            raise TwinError(f"OpenVINO can't answer ({cause}); ask again") from error
        if not all(all(result.m_generation_ids) for result in results):  # a stop token is one
            longest = max(prompt.size for prompt in prompts)
            raise TwinError(
                f"a prompt of {longest} tokens has no room in memory; "
                "lower [reply] context_tokens or raise [model] prefix_cache_mb"
            )
        return results

    def _settings(
        self, max_tokens: int, temperature: float, top_p: float, seed: int, candidates: int
    ) -> openvino_genai.GenerationConfig:
        settings = openvino_genai.GenerationConfig()
        settings.max_new_tokens = max_tokens
        settings.eos_token_id = self.format.stop_ids[0]  # OpenVINO refuses None
        settings.stop_token_ids = set(self.format.stop_ids)
        settings.do_sample = temperature > 0 and top_p > 0  # otherwise greedy
        if settings.do_sample:
            settings.temperature, settings.top_p, settings.rng_seed = temperature, top_p, seed
            settings.num_return_sequences, settings.logprobs = candidates, int(candidates > 1)
        return settings


def _write(graph: openvino.Model, file: Path) -> None:
    try:
        openvino.save_model(graph, file, compress_to_fp16=False)
    except RuntimeError as error:  # a full disk is reported this way
        raise OSError(str(error)) from error


def _tensor(tokens: Sequence[int]) -> openvino.Tensor:
    """(1, tokens)."""
    return openvino.Tensor(np.array([tokens], dtype=np.int64))


def _schedule(network: Any, config: Config, candidates: int) -> openvino_genai.SchedulerConfig:
    """Memory for a full batch of the longest prompts with their candidates, and [model]
    prefix_cache_mb for the keys and values of prompts that may come again.
    """
    answer = max(config.reply.max_tokens, config.api.max_tokens) // BLOCK + 2  # begun ones count
    prompt = config.reply.context_tokens // BLOCK + 1
    needed = config.reply.max_batch * (prompt + candidates * answer)
    schedule = openvino_genai.SchedulerConfig()
    schedule.num_kv_blocks = needed + config.model.prefix_cache_mb * 2**20 // _block_bytes(network)
    schedule.enable_prefix_caching = True
    schedule.max_num_seqs = config.reply.max_batch * candidates
    schedule.max_num_batched_tokens = config.reply.max_batch * config.reply.context_tokens
    return schedule


def _positions(network: Any, schedule: openvino_genai.SchedulerConfig) -> int:
    """As many as the model knows and as have room: some families know a hundred thousand."""
    known = int(network.config.max_position_embeddings)
    return min(known, int(schedule.num_kv_blocks) * BLOCK)


def _block_bytes(network: Any) -> int:
    """Bytes of the keys and values of BLOCK tokens in all layers."""
    config = network.config
    numbers = 2 * config.num_hidden_layers * config.num_key_value_heads * head_size(config)
    return BLOCK * int(numbers) * int(network.dtype.itemsize)


def _properties(network: Any) -> dict[str, Any]:
    """The network's own precision: kept keys and values would be rounded to 8 bits otherwise, and
    so would what is multiplied with weights in 8 bits.
    """
    precision = "f32" if network.dtype.itemsize == 4 else "bf16"
    return {
        "INFERENCE_PRECISION_HINT": precision,
        "KV_CACHE_PRECISION": precision,
        "DYNAMIC_QUANTIZATION_GROUP_SIZE": 0,
        "ENABLE_MMAP": False,  # the file is deleted
    }


def _scratch_name() -> str:
    return f"{SCRATCH}{psutil.Process().pid}-"


def _delete_leftovers(folder: Path) -> None:
    """Delete the files of killed processes: weights can reveal what they were trained on."""
    for prefix in (SCRATCH, EARLIER_SCRATCH):
        for left in folder.glob(f"{prefix}*"):
            process = left.name.removeprefix(prefix).split("-")[0]
            if not (process.isdigit() and psutil.pid_exists(int(process))):
                shutil.rmtree(left, ignore_errors=True)
