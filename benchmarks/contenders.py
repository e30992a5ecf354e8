"""The contest's entries. Each runs in a process of its own and returns seconds and tokens."""

import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from benchmarks import recipe, work
from storage.database import open_database
from training.encoding import prompt_of
from training.run import run_training
from twin.config import Config
from twin.engine.bases import resolve_base
from twin.engine.model import Voice, load_tokenizer, load_voice
from twin.prompts import Turn

NEW_TOKENS = 48

Result = dict[str, float]


def train_recipe(config: Config, *, checkpointing: bool = True) -> Result:
    samples = work.encoded(config)
    seconds = recipe.train(
        resolve_base(config),
        load_tokenizer(config),
        samples,
        config.path_of("recipe-runs"),
        checkpointing=checkpointing,
    )
    return {"seconds": seconds, "tokens": sum(len(sample["input_ids"]) for sample in samples)}


def train_recipe_without_checkpointing(config: Config) -> Result:
    return train_recipe(config, checkpointing=False)


def train_ours(config: Config) -> Result:
    db = open_database(config.database)
    alpaca = config.path_of("samples.json")
    result = run_training(config, db, "benchmark", alpaca=alpaca, show=False)
    seconds = result["tokens"] / result["tokens_per_second"]
    return {"seconds": seconds, "tokens": result["tokens"]}


def answer_recipe_base(config: Config) -> Result:
    return _answer_recipe(config, None)


def answer_recipe_adapter(config: Config) -> Result:
    return _answer_recipe(config, _adapter(config))


def answer_ours_base(config: Config) -> Result:
    return _answer_ours(config, None, together=False)


def answer_ours_adapter(config: Config) -> Result:
    return _answer_ours(config, _adapter(config), together=False)


def answer_ours_batch(config: Config) -> Result:
    return _answer_ours(config, _adapter(config), together=True)


ENTRIES: dict[str, Callable[[Config], Result]] = {
    entry.__name__: entry
    for entry in (
        train_recipe,
        train_recipe_without_checkpointing,
        train_ours,
        answer_recipe_base,
        answer_recipe_adapter,
        answer_ours_base,
        answer_ours_adapter,
        answer_ours_batch,
    )
}


def _adapter(config: Config) -> Path:
    """Any adapter that `train_ours` made; the contest's order puts it first."""
    return next(config.path_of("adapters").iterdir())


def _conversations(config: Config, fmt: Any) -> list[list[Turn]]:
    rows = work.rows_of(config)[-work.PROMPTS :]
    return [prompt_of(row, fmt, config.reply.context_tokens) for row in rows]


def _answer_recipe(config: Config, adapter: Path | None) -> Result:
    model = recipe.load_for_inference(resolve_base(config), adapter)
    fmt = work.format_of(config)
    prompts = [fmt.render(turns) for turns in _conversations(config, fmt)]
    recipe.generate(model, prompts[0], 2)  # a warm-up
    started = time.perf_counter()
    for prompt in prompts:
        recipe.generate(model, prompt, NEW_TOKENS)
    return _counted(started)


def _answer_ours(config: Config, adapter: Path | None, *, together: bool) -> Result:
    voice = load_voice(config, adapter)
    conversations = _conversations(config, voice.format)
    # The same number of tokens for everybody: a stop token that no answer contains.
    voice.format.stop_ids = [_never_written(voice)]
    voice.generate(conversations[:1], 2, 0.0, 1.0)  # a warm-up
    started = time.perf_counter()
    batches: Sequence[list[list[Turn]]] = (
        [conversations] if together else [[turns] for turns in conversations]
    )
    for batch in batches:
        replies = voice.generate(batch, NEW_TOKENS, 0.0, 1.0)
        assert all(reply.tokens == NEW_TOKENS for reply in replies)
    return _counted(started)


def _counted(started: float) -> Result:
    return {"seconds": time.perf_counter() - started, "tokens": work.PROMPTS * NEW_TOKENS}


def _never_written(voice: Voice) -> int:
    token = voice.tokenizer.convert_tokens_to_ids("<filename>")
    assert isinstance(token, int)
    return token
