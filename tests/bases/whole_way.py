"""Take a tiny base the whole way that a night and the bot take it."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from sqlite_utils import Database

from storage import runs
from storage.adapters import find_adapter, live_adapter
from storage.chats import upsert_chat
from storage.database import open_database
from storage.errors import InputError
from storage.messages import NewMessage, log_message
from tests.bases.checkpoints import checkpoint
from tests.bases.matrix import Base
from training.dataset.build import Built, build
from training.evaluation import generation
from training.evaluation.evaluate import evaluate_models
from training.evaluation.judging import Judging
from training.evaluation.promotion_gate import decide
from training.progress_bar import Progress
from training.train import train
from twin.actions import Actions
from twin.config.load import load_config
from twin.config.schema import Config
from twin.engine import runtime
from twin.engine.base import LoadedModel
from twin.prompting.chat_template import Turn

MINUTE = 60_000
SETTINGS = """
train = { batch_size = 4, min_samples = 4, rank = 2, compile = false, max_tokens = 256 }
reply = { max_tokens = 6, temperature = 0.0 }
judge = { prompts = 2, canaries = 0 }
quality = { max_alike = 0, max_filler_share = 1.0 }
dataset.silence_minutes = 5.0
"""
ASKED: list[list[Turn]] = [
    [{"role": "system", "content": "be Sam"}, {"role": "user", "content": text}]
    for text in ("hello there", "how are you? " * 4)
]


@dataclass(frozen=True, slots=True)
class Went:
    """What a base with its adapter answered on each runtime; None where OpenVINO can't run it."""

    torch: list[str]
    openvino: list[str] | None

    @property
    def runs_on_openvino(self) -> bool:
        return self.openvino is not None


class Workshop:
    """A twin's folder with a few chats, for one base after another."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        (folder / "config.toml").write_text(SETTINGS, encoding="utf-8")
        self.config = load_config(folder / "config.toml")
        self.db = open_database(self.config.database)
        _log_chats(self.db)
        self._built: Built = build(self.db, self.config)

    def close(self) -> None:
        self.db.close()

    def config_for(self, base: Base) -> Config:
        folder = checkpoint(
            self._folder / base.name, base.family, base.template, base.tokenizer, **base.more
        )
        changes = {"base": str(folder), "dtype": "float32", "device": "cpu", "prefix_cache_mb": 1}
        changes["compress"] = "off"
        model = self.config.model.model_copy(update=changes)
        return self.config.model_copy(update={"model": model})

    def take(self, base: Base) -> Went:
        """Train one step, judge, promote, swap in and answer. Raises TwinError for a base that is
        refused.
        """
        config = self.config_for(base)
        run_id = runs.start_run(self.db, "test", 1)
        with Progress(show=False) as progress, quick_questions():
            adapter = train(config, self.db, run_id, self._built, 1, progress, 0)
            path, judging = config.path_of(adapter.path), Judging(progress, 1.0)
            evaluation = evaluate_models(self.db, config, self._built, path, None, 0, judging)
        decide(evaluation, config.judge)
        Actions(config, self.db).promote(adapter.name)
        assert live_adapter(self.db) == find_adapter(self.db, adapter.name)
        return Went(answers(swapped(config, "torch", path)), self._on_openvino(config, path))

    def _on_openvino(self, config: Config, path: Path) -> list[str] | None:
        try:
            return answers(swapped(config, "openvino", path))
        except InputError:
            return None


def swapped(config: Config, name: str, path: Path) -> LoadedModel:
    """The adapter in that runtime."""
    changes = {"runtime": name}
    model = config.model.model_copy(update=changes)
    return runtime.load_model(config.model_copy(update={"model": model}), path)


def answers(model: LoadedModel) -> list[str]:
    """To both questions at once, which have to be those to each alone."""
    together = [reply.text for reply in model.generate(ASKED, 6, 0.0, 1.0)]
    assert together[:1] == [reply.text for reply in model.generate(ASKED[:1], 6, 0.0, 1.0)]
    return together


@contextmanager
def quick_questions() -> Iterator[None]:
    """The general questions get two tokens for an answer: nothing here could know one."""
    kept, generation.GENERAL_TOKENS = generation.GENERAL_TOKENS, 2
    try:
        yield
    finally:
        generation.GENERAL_TOKENS = kept


def _log_chats(db: Database) -> None:
    chat = upsert_chat(db, "test", "Ann", "Ann")
    for number in range(24):
        at = number * 10 * MINUTE
        log_message(db, NewMessage(chat.id, "peer", f"hello {number}", at))
        log_message(db, NewMessage(chat.id, "owner", "see you tomorrow :)", at + 1000))
