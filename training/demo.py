"""The whole loop on a real person's chats: import, train, compare, ready to run.

Everything lives in one folder with a config of its own; what is already there is not done again.
"""

import subprocess
from pathlib import Path

from rich.console import Console
from rich.table import Table
from sqlite_utils import Database

from storage.adapters import live_adapter
from storage.chats import list_chats
from storage.database import open_database
from storage.errors import TwinError
from storage.importers.run import import_paths
from storage.invites import create_invite, open_invites
from training.dataset import build
from training.process import process_options, trainer_command
from training.sample_chats import OWNER_NAME, write_sample_exports
from twin.config import Config, load_config
from twin.context import persona
from twin.engine.base import Reply
from twin.engine.model import load_voice
from twin.prompts import Turn

FOLDER = Path("demo-data")
EXAMPLES = 5
SETTINGS = f"""\
# The demo's twin: the newest sample pairs, one pass, so that it is ready in minutes.
[paths]
data = "."
[owner]
name = "{OWNER_NAME}"
[dataset]
max_samples = 1600
[reply]
quiet_seconds = 2.0
"""


def prepare_demo(console: Console, folder: Path = FOLDER) -> Config:
    """Make the demo's twin ready to run, showing each step; the config to run it with."""
    config = _demo_config(folder)
    db = open_database(config.data / "twin.db")
    if not list_chats(db):
        _import_samples(console, config, db)
    if live_adapter(db) is None:
        _train(config)
        _compare(console, config, db)
    if not open_invites(db):
        create_invite(db, "you")
    return config


def _demo_config(folder: Path) -> Config:
    path = folder / "config.toml"
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True)
        path.write_text(SETTINGS, encoding="utf-8")
    return load_config(path)


def _import_samples(console: Console, config: Config, db: Database) -> None:
    exports = config.data / "exports"
    friends = write_sample_exports(exports)
    report = import_paths(db, [exports], me="我", format=None)
    console.print(f"Imported {report.new} messages with {friends} friends of a real person.")


def _train(config: Config) -> None:
    options = process_options() | {"stdout": subprocess.DEVNULL}
    # The demo waits for this run, so Ctrl-C in the terminal must reach it too.
    options.pop("process_group", None)
    ended = subprocess.run(trainer_command(config.path, "demo"), check=False, **options)
    if ended.returncode != 0:
        raise TwinError(f"training ended with exit code {ended.returncode}; its reason is above")


def _compare(console: Console, config: Config, db: Database) -> None:
    """Base and adapter answer the same held-out messages; the person's own answer beside them."""
    rows = build(db, config).held_out[-EXAMPLES:]
    system: Turn = {"role": "system", "content": persona(config.owner)}
    asked: list[list[Turn]] = [[system, {"role": "user", "content": row["input"]}] for row in rows]
    adapter = live_adapter(db)
    assert adapter is not None
    base = _answers(config, None, asked)
    twin = _answers(config, config.data / adapter.path, asked)
    table = Table(title="The same messages, not seen in training", show_lines=True)
    for heading in ("friend", "base model", "twin", f"what {OWNER_NAME} really wrote"):
        table.add_column(heading, overflow="fold")
    for row, from_base, from_twin in zip(rows, base, twin, strict=True):
        table.add_row(row["input"], from_base.text, from_twin.text, row["output"])
    console.print(table)


def _answers(config: Config, adapter: Path | None, asked: list[list[Turn]]) -> list[Reply]:
    limits = config.reply
    voice = load_voice(config, adapter)
    return voice.generate(asked, limits.max_tokens, limits.temperature, limits.top_p, seed=0)
