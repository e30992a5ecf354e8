"""The inputs of every entry of `make bench`: base model, a real person's samples, prompts."""

from pathlib import Path
from typing import Any

from storage.database import open_database
from storage.importers.import_files import import_paths
from training.dataset.alpaca import write_alpaca
from training.dataset.build import build, build_from_alpaca
from training.dataset.encoding import encode, turns_of
from training.dataset.samples import Sample
from training.demo.sample_chats import OWNER_NAME, write_sample_exports
from training.loss import mean_loss, sample_losses
from twin.config.load import load_config
from twin.config.schema import Config
from twin.engine.base_models import resolve_base
from twin.engine.model import load_format
from twin.prompting.chat_prompt import build_turns
from twin.prompting.chat_template import PromptFormat, Turn

PROMPTS = 8
PROMPT_TOKENS = 300
HELD_OUT = 100
EXCHANGES = 40  # more than fit in a prompt

SETTINGS = f"""\
[paths]
data = "."
[owner]
name = "{OWNER_NAME}"
[dataset]
rules = "classic"
max_samples = {{kept}}
held_out = 0.0
[train]
save_steps = 100000
[judge]
canaries = 0
"""


def prepare(folder: Path, samples: int) -> None:
    """Config, base, `samples.json` and `held-out.json`: the sample history's newest pairs."""
    folder.mkdir(parents=True, exist_ok=True)
    settings = SETTINGS.format(kept=samples + HELD_OUT)
    (folder / "config.toml").write_text(settings, encoding="utf-8")
    config = load_config(folder / "config.toml")
    resolve_base(config)
    exports = folder / "exports"
    write_sample_exports(exports)
    db = open_database(config.database)
    import_paths(db, [exports], me="我")
    built = build(db, config).train
    write_alpaca(built[:-HELD_OUT], folder / "samples.json")
    write_alpaca(built[-HELD_OUT:], folder / "held-out.json")


def config_of(folder: Path) -> Config:
    return load_config(folder / "config.toml")


def samples_of(config: Config, file: str = "samples.json") -> list[Sample]:
    return [*build_from_alpaca(config.data / file, config).train]


def format_of(config: Config) -> PromptFormat:
    return load_format(config)


def encoded(config: Config, file: str = "samples.json") -> list[dict[str, Any]]:
    """Token ids and labels of every sample, on which every entry trains."""
    fmt = format_of(config)
    return [encode(sample, config, fmt) for sample in samples_of(config, file)]


def held_out_loss(config: Config, network: Any) -> float:
    """Mean loss per token (nats) of the owner's answers in the samples held out of training."""
    loss = mean_loss(sample_losses(network, encoded(config, "held-out.json"), 8))
    assert loss is not None
    return loss


def prompts(config: Config, fmt: PromptFormat) -> list[list[Turn]]:
    """Conversations of nearly PROMPT_TOKENS tokens, the length that long chats are cut to."""
    samples = samples_of(config, "held-out.json")
    return [
        build_turns(
            samples[0].instruction,
            turns_of([(each.input, each.output) for each in samples[end - EXCHANGES : end]]),
            samples[end].input,
            fmt,
            PROMPT_TOKENS,
        )
        for end in range(HELD_OUT - PROMPTS, HELD_OUT)
    ]
