"""A twin on a tiny model, to be killed and starved: real files, a trainer of seconds."""

from pathlib import Path

from sqlite_utils import Database

from storage.chats import upsert_chat
from storage.messages import NewMessage, log_message
from tests.tiny import tiny_model
from twin.config.load import load_config
from twin.config.schema import Config

MINUTE = 60_000
SETTINGS = """
model.base = {base!r}
model.dtype = "float32"
model.device = "cpu"
train.batch_size = 4
train.save_steps = {save_steps}
train.min_samples = 4
train.learning_rate = 0.01
reply.max_tokens = 4
judge.prompts = 2
quality.max_alike = 0
quality.max_filler_share = 1.0
judge.min_stop_share = 0.0
judge.max_extra_repeats = 1.0
"""


def tiny_twin(folder: Path, save_steps: int = 2) -> Config:
    """Its folder, with a base and a config file, and nothing logged yet."""
    base = tiny_model(folder / "base")
    text = SETTINGS.format(base=str(base), save_steps=save_steps)
    (folder / "config.toml").write_text(text, encoding="utf-8")
    return load_config(folder / "config.toml")


def exchange_messages(db: Database, start: int, pairs: int) -> None:
    """A friend's messages, one a minute, each answered alike."""
    chat = upsert_chat(db, "test", "Ann", "Ann").id
    for number in range(start, start + pairs):
        log_message(db, NewMessage(chat, "peer", f"hello {number}", number * MINUTE))
        log_message(db, NewMessage(chat, "owner", "see you tomorrow :)", number * MINUTE + 1000))


def quick_config(folder: Path, base: Path) -> Config:
    """Few and small steps."""
    path = folder / "config.toml"
    path.write_text(
        f"""
        owner.name = "Sam"
        model = {{ base = {str(base)!r}, dtype = "float32", device = "cpu" }}
        train = {{ batch_size = 4, save_steps = 2, min_samples = 4, learning_rate = 0.01 }}
        reply = {{ max_tokens = 8 }}
        judge = {{ prompts = 4, min_stop_share = 0.0, max_extra_repeats = 1.0 }}
        quality = {{ max_alike = 0, max_filler_share = 1.0 }}
        dataset.silence_minutes = 5.0
        """,
        encoding="utf-8",
    )
    return load_config(path)


def two_friends(db: Database) -> None:
    """20 pairs of each, in turns; the owner always answers alike."""
    for name in ("Ann", "Ben"):
        chat = upsert_chat(db, "test", name, name)
        offset = 0 if name == "Ann" else 5 * MINUTE
        for number in range(20):
            at = offset + number * 10 * MINUTE
            log_message(db, NewMessage(chat.id, "peer", f"hello {name} {number}", at))
            log_message(db, NewMessage(chat.id, "owner", "see you tomorrow :)", at + 1000))
