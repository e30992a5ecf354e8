"""What every contender gets: the same base, the same samples of a real person, one adapter."""

from pathlib import Path
from typing import Any

from transformers import AutoConfig

from storage.database import open_database
from storage.importers.run import import_paths
from training.alpaca import write_alpaca
from training.dataset import build, build_from_alpaca
from training.encoding import encode
from training.rows import Row
from training.sample_chats import OWNER_NAME, write_sample_exports
from twin.config import Config, load_config
from twin.engine.bases import resolve_base
from twin.engine.model import load_tokenizer
from twin.prompts import PromptFormat, choose_format

PROMPTS = 8

SETTINGS = f"""\
[paths]
data = "."
[owner]
name = "{OWNER_NAME}"
[dataset]
rules = "classic"
max_samples = {{samples}}
held_out = 0.0
[train]
save_steps = 100000
"""


def prepare(folder: Path, samples: int) -> None:
    """Config, unpacked base and `samples.json`: the newest pairs of the sample history."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "config.toml").write_text(SETTINGS.format(samples=samples), encoding="utf-8")
    config = load_config(folder / "config.toml")
    resolve_base(config)
    exports = folder / "exports"
    write_sample_exports(exports)
    db = open_database(config.database)
    import_paths(db, [exports], me="我")
    write_alpaca(build(db, config).train, folder / "samples.json")


def config_of(folder: Path) -> Config:
    return load_config(folder / "config.toml")


def rows_of(config: Config) -> list[Row]:
    return [*build_from_alpaca(config.data / "samples.json", config).train]


def format_of(config: Config) -> PromptFormat:
    base = AutoConfig.from_pretrained(resolve_base(config))
    return choose_format(load_tokenizer(config), base, config.model.prompt)


def encoded(config: Config) -> list[dict[str, Any]]:
    """Token ids and labels of every sample, as both contenders train on them."""
    fmt = format_of(config)
    return [encode(row, config, fmt) for row in rows_of(config)]
