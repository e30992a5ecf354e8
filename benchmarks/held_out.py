"""The live adapter of a copied data folder, and how models answer the held-out messages there."""

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from sqlite_utils import Database

from storage.adapters import live_adapter
from storage.database import open_database
from training.dataset.build import Built, build
from training.dataset.encoding import encode, prompt_of
from training.dataset.samples import Sample
from training.evaluation.comparison import Scorer
from training.evaluation.generation import ModelOutput, repeats
from training.evaluation.scores import Scores
from training.loss import sample_losses
from twin.config.load import load_config
from twin.config.schema import Config
from twin.engine.base import LoadedModel, Reply
from twin.engine.model import TorchModel, load_tokenizer
from twin.engine.runtime import load_model
from twin.engine.sampling import Sampling
from twin.prompting.chat_template import Turn

SEEDS_APART = 100_000  # more than there are messages


class LiveTwin(NamedTuple):
    """`built`: as the adapter in the folder `adapter` is shown it."""

    config: Config
    db: Database
    adapter: Path
    built: Built


def live_twin(folder: Path) -> LiveTwin:
    """Of a copy of a data folder with its config.toml. Without a live adapter the program ends."""
    config = load_config(folder / "config.toml")
    db = open_database(config.database)
    live = live_adapter(db)
    if live is None:
        raise SystemExit(f"{folder}: no adapter is live")
    built = build(db, config).as_shown_to(live)
    return LiveTwin(config, db, config.path_of(live.path), built)


def losses_of(
    model: TorchModel, config: Config, samples: Sequence[Sample]
) -> list[tuple[float, int]]:
    """(sum of the loss over its label tokens, their number) of each sample's answer."""
    sequences = [encode(sample, config, model.format) for sample in samples]
    return sample_losses(model.network, sequences, config.train.batch_size)


def prompts_of(model: LoadedModel, config: Config, samples: Sequence[Sample]) -> list[list[Turn]]:
    return [prompt_of(each, model.format, config.reply.context_tokens) for each in samples]


def answer(
    model: LoadedModel,
    config: Config,
    prompts: list[list[Turn]],
    drawn: Sampling,
    seed: int = 0,
    candidates: int = 1,
) -> list[Reply]:
    """One answer to each prompt, in batches as the bot's."""
    size, replies = config.reply.max_batch, list[Reply]()
    for start in range(0, len(prompts), size):
        replies += model.generate(
            prompts[start : start + size],
            config.reply.max_tokens,
            drawn.temperature,
            drawn.top_p,
            seed + start,
            candidates,
        )
    return replies


class HeldOut:
    """The held-out messages before one adapter, by the runtime that the bot answers with."""

    def __init__(self, twin: LiveTwin, adapter: Path) -> None:
        held_out = twin.built.held_out
        self._config, self._tokenizer = twin.config, load_tokenizer(twin.config)
        self._model = load_model(twin.config, adapter)
        self._prompts = prompts_of(self._model, twin.config, held_out)
        self._scorer = Scorer(twin.db, twin.built, held_out, friends=())
        self._own = [each.output for each in held_out]

    def answers(self, drawn: Sampling, seed: int, candidates: int = 1) -> list[Reply]:
        """All of them; another `seed` draws each anew."""
        first = SEEDS_APART * seed
        return answer(self._model, self._config, self._prompts, drawn, first, candidates)

    def scores(self, replies: list[Reply]) -> Scores:
        again = [repeats(self._tokenizer, reply.text) for reply in replies]
        return self._scorer.of_model(ModelOutput([], replies, again, 0, None, 0.0))

    def person(self) -> Scores:
        return self._scorer.of_person([repeats(self._tokenizer, text) for text in self._own])
