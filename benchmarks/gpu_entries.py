"""One entry of `benchmarks.gpu`, in a process of its own; prints its figures as JSON."""

import asyncio
import json
import sys
import time
from pathlib import Path
from typing import Any

import torch
from transformers import AutoConfig, AutoModelForCausalLM, AutoTokenizer

from benchmarks import answering, shared_inputs, training
from benchmarks.gpu import RECIPES
from benchmarks.measure import peak_gb
from tests.tiny import tiny_model
from twin.config.schema import Config
from twin.engine.base import Limits, Reply
from twin.engine.base_models import resolve_base
from twin.engine.bases.known import find_known
from twin.engine.local import LocalEngine
from twin.engine.model import silence_logs

RECIPES_BASE = "index-1.9b-chat"
SHAPE = (
    *("model_type", "hidden_size", "intermediate_size", "num_hidden_layers", "vocab_size"),
    *("num_attention_heads", "num_key_value_heads", "head_dim", "tie_word_embeddings"),
)
ASKED = 4  # replies while a training has the GPU
GB = 1e9

Figures = dict[str, float]


def config_for(folder: Path, base: str, device: str, quantize: str, samples: int) -> Config:
    """Inputs in a folder for each base, made by the first entry that needs them."""
    own = folder / base
    if not (own / "held-out.json").exists():
        shared_inputs.prepare(own, samples)
    config = shared_inputs.config_of(own).with_values("train", processes=1)
    changes: dict[str, Any] = {"device": device, "quantize": quantize}
    if device == "cpu":
        changes["base"] = str(_once(own / "base", tiny_model))
    elif base == RECIPES:
        packaged = resolve_base(config)
        changes["base"] = str(_once(own / "base", lambda at: random_base(at, packaged)))
    return config.with_values("model", **changes)


def random_base(folder: Path, packaged: Path) -> Path:
    """The shape of the recipe's base with random weights, and the packaged base's tokenizer."""
    known = find_known(RECIPES_BASE)
    assert known is not None
    tokenizer = AutoTokenizer.from_pretrained(packaged)
    shape = {name: getattr(known.shape, name) for name in SHAPE}
    settings = AutoConfig.for_model(
        **shape,
        max_position_embeddings=8192,
        bos_token_id=tokenizer.bos_token_id,
        eos_token_id=tokenizer.eos_token_id,
        pad_token_id=tokenizer.pad_token_id,
    )
    torch.manual_seed(0)
    AutoModelForCausalLM.from_config(settings, dtype=torch.bfloat16).save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


def make_room(config: Config) -> Figures:
    """The bot's memory on the GPU before, while and after a training needs it."""
    return asyncio.run(_make_room(config))


async def _make_room(config: Config) -> Figures:
    engine = LocalEngine(config)
    await engine.start()
    try:
        await _reply(engine)
        held, began = _on_gpu(), time.perf_counter()
        async with engine.free_gpu_memory():
            left = time.perf_counter() - began
            room = _on_gpu()
            replies = [await _reply(engine) for _ in range(ASKED)]
            began = time.perf_counter()
        returned = time.perf_counter() - began
        await _reply(engine)
        return {
            "held_gb": held,
            "room_gb": room,
            "back_gb": _on_gpu(),
            "leave_s": left,
            "return_s": returned,
            "asked": ASKED,
            "answered": len(replies),
        }
    finally:
        await engine.stop()


async def _reply(engine: LocalEngine) -> Reply:
    return await engine.reply([{"role": "user", "content": "how are you?"}], Limits(8, 0.0))


def _on_gpu() -> float:
    return torch.cuda.memory_reserved() / GB if torch.cuda.is_available() else 0.0


def _once(folder: Path, make: Any) -> Path:
    if not folder.exists():
        make(folder)
    return folder


def main(given: dict[str, Any], folder: Path) -> None:
    silence_logs()
    way = given.pop("way")
    config = config_for(folder, **given)
    places = {"train": training, "make": sys.modules[__name__]}
    figures: Figures = getattr(places.get(way.split("_")[0], answering), way)(config)
    if torch.cuda.is_available():
        figures["gpu_gb"] = torch.cuda.max_memory_reserved() / GB
    print(json.dumps(figures | {"peak_gb": peak_gb()}))


if __name__ == "__main__":
    main(json.loads(sys.argv[1]), Path(sys.argv[2]))
