"""Prepare the demo: import a real person's chats, train on them, compare, ready to run.

Everything lives in one folder with a config of its own; what is already there is not done again.
"""

import json
import subprocess
from collections import defaultdict
from datetime import datetime
from importlib.resources import files
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table
from sqlite_utils import Database

from storage.adapters import list_adapters
from storage.chats import list_chats
from storage.database import open_database
from storage.errors import TwinError
from storage.importers.import_files import import_paths
from storage.invites import create_invite, open_invites
from training.evaluation.scores import PERSON
from training.scheduling.trainer_process import trainer_command
from twin.child_process import process_options
from twin.cli.output import plain
from twin.config.load import load_config
from twin.config.schema import Config

OWNER = "31267496-e50f-4f91-a197-c5b1bfde803b"
OWNER_NAME = "Sam"

ExportedMessage = tuple[str, str, str]  # time, sender, text
FOLDER = Path("demo-data")
EXAMPLES = 5
SETTINGS = f"""\
# The demo's twin: the newest answers, one pass, so that it is ready in minutes.
[paths]
data = "."
[owner]
name = "{OWNER_NAME}"
[dataset]
max_samples = 1600
[judge]
prompts = 16
[reply]
quiet_seconds = 2.0
[policy]
# Whoever tries it at night wants an answer too.
quiet_hours = ""
"""


def _local_time(timestamp: str) -> str:
    moment = datetime.fromisoformat(timestamp.replace("Z", "+00:00"))
    return moment.astimezone().strftime("%Y-%m-%d %H:%M:%S")


def sample_chats() -> dict[str, list[ExportedMessage]]:
    """Friend → messages in time order; the owner's sender is 我."""
    conversations = json.loads((files("chitchat_dataset") / "dataset.json").read_text("utf-8"))
    chats: dict[str, list[tuple[str, bool, str]]] = defaultdict(list)
    for conversation in conversations.values():
        messages = [message for burst in conversation["messages"] for message in burst]
        partners = {message["sender"] for message in messages} - {OWNER}
        if len(partners) != 1 or all(message["sender"] != OWNER for message in messages):
            continue
        chats[partners.pop()] += [
            (message["timestamp"], message["sender"] == OWNER, message["text"])
            for message in messages
        ]
    return {
        f"friend {number:03}": [
            (_local_time(at), "我" if from_owner else f"friend {number:03}", text)
            for at, from_owner, text in sorted(rows, key=lambda row: row[0])
        ]
        for number, (_, rows) in enumerate(sorted(chats.items()), start=1)
    }


def write_sample_exports(folder: Path) -> int:
    """One JSON export a friend; how many."""
    folder.mkdir(parents=True, exist_ok=True)
    chats = sample_chats()
    for friend, rows in chats.items():
        path = folder / f"{friend}.json"
        path.write_text(json.dumps(rows, ensure_ascii=False), encoding="utf-8")
    return len(chats)


def prepare_demo(console: Console, folder: Path = FOLDER) -> Config:
    """Make the demo's twin ready to run, showing each step; the config to run it with."""
    config = _demo_config(folder)
    db = open_database(config.data / "twin.db")
    if not list_chats(db):
        _import_samples(console, config, db)
    # One that failed its evaluation is not trained again: the same samples would make the same one.
    if all(adapter.status == "candidate" for adapter in list_adapters(db)):
        result = _train(config)
        console.print(_comparison(result["examples"][:EXAMPLES]), result["summary"])
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


def _train(config: Config) -> dict[str, Any]:
    options = process_options() | {"stdout": subprocess.PIPE}
    # The demo waits for this run, so Ctrl-C in the terminal must reach it too.
    options.pop("process_group", None)
    ended = subprocess.run(trainer_command(config.path, "demo"), check=False, **options)
    if ended.returncode != 0:
        raise TwinError(f"training ended with exit code {ended.returncode}; its reason is above")
    result: dict[str, Any] = json.loads(ended.stdout)
    return result


def _comparison(examples: list[dict[str, Any]]) -> Table:
    """Base and adapter answer the same held-out messages; the person's own answer beside them."""
    table = Table(title="The same messages, not seen in training", show_lines=True)
    for heading in ("friend", "base model", "twin", f"what {OWNER_NAME} really wrote"):
        table.add_column(heading, overflow="fold")
    for example in examples:
        answers = example["answers"]
        texts = (example["friend"], answers["base"], answers["candidate"], answers[PERSON])
        table.add_row(*map(plain, texts))
    return table
