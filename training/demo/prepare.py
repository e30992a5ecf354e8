"""Prepare the demo: its config, its imported history and a link to write to it."""

from pathlib import Path

from rich.console import Console
from sqlite_utils import Database

from storage.adapters import list_adapters
from storage.chats import list_chats
from storage.database import open_database
from storage.errors import InputError
from storage.importers.import_files import import_paths
from storage.invites import create_invite, open_invites
from training.demo.sample_chats import OWNER_NAME, write_sample_exports
from twin.config.load import load_config
from twin.config.schema import Config
from twin.connectors.web import CONNECTOR as FRIENDS_PAGE

FOLDER = Path("demo-data")
VISITOR = "you"
SETTINGS = f"""\
# The demo's twin: the newest answers, one pass, so that it is ready in minutes.
[paths]
data = "."
[owner]
name = "{OWNER_NAME}"
[dataset]
max_samples = 800
[judge]
prompts = 16
[reply]
quiet_seconds = 2.0
# Faster than anybody types: whoever tries it waits for the answer.
chars_per_second = 60.0
# To try out which suits this person takes a night some minutes more.
temperature = 1.0
top_p = 0.95
[schedule]
# It trains once, in front of whoever tries it: nobody writes to its owner any more.
enabled = false
[policy]
# Whoever tries it at night wants an answer too.
quiet_hours = ""
"""


def prepare_demo(console: Console, folder: Path = FOLDER) -> Config:
    """Everything but the training; what is already there is not done again. The config to run."""
    config = _demo_config(folder)
    if not FRIENDS_PAGE.of(config).is_on:
        raise InputError("the demo is seen on the friends' page; set [web] friends = true")
    db = open_database(config.database)
    if not list_chats(db):
        exports = config.data / "exports"
        friends = write_sample_exports(exports)
        report = import_paths(db, [exports], me="我", format=None)
        console.print(f"Imported {report.new} messages with {friends} friends of a real person.")
    if not open_invites(db):
        create_invite(db, VISITOR)
    return config


def must_train(db: Database) -> bool:
    """Whether no adapter was judged yet.

    One that failed is not trained again: the same samples would make the same one.
    """
    return all(adapter.status == "candidate" for adapter in list_adapters(db))


def _demo_config(folder: Path) -> Config:
    path = folder / "config.toml"
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True)
        path.write_text(SETTINGS, encoding="utf-8")
    return load_config(path)
