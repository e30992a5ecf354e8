"""The contest's trainers. Each runs in a process of its own: seconds, tokens, held-out loss."""

from typing import Any

from benchmarks import recipe, work
from storage.database import open_database
from training.run import run_training
from training.train import new_adapter
from twin.config.schema import Config
from twin.engine.base_models import resolve_base
from twin.engine.model import choose_dtype, load_base, load_tokenizer, load_torch_model

Result = dict[str, float]


def train_recipe(config: Config, *, checkpointing: bool = True) -> Result:
    samples = work.encoded(config)
    seconds, model = recipe.train(
        resolve_base(config),
        load_tokenizer(config),
        samples,
        config.path_of("recipe-runs"),
        checkpointing=checkpointing,
    )
    return _result(seconds, samples) | {"held_out": work.held_out_loss(config, model)}


def train_recipe_without_checkpointing(config: Config) -> Result:
    return train_recipe(config, checkpointing=False)


def train_trl(config: Config) -> Result:
    from benchmarks import trl_sft

    samples = work.encoded(config)
    model = new_adapter(load_base(config, choose_dtype(config)), config)
    tokenizer, folder = load_tokenizer(config), config.path_of("trl-runs")
    seconds = trl_sft.train(model, tokenizer, samples, folder, config.train)
    return _result(seconds, samples) | {"held_out": work.held_out_loss(config, model)}


def train_ours(config: Config) -> Result:
    db = open_database(config.database)
    alpaca = config.path_of("samples.json")
    result = run_training(config, db, "benchmark", alpaca=alpaca, show=False)
    voice = load_torch_model(config, config.path_of("adapters", result["adapter"]))
    seconds = result["tokens"] / result["tokens_per_second"]
    loss = work.held_out_loss(config, voice.network)
    return {"seconds": seconds, "tokens": result["tokens"], "held_out": loss}


def _result(seconds: float, samples: list[dict[str, Any]]) -> Result:
    tokens = sum(len(sample["input_ids"]) for sample in samples)
    return {"seconds": seconds, "tokens": tokens}
