"""Base, live adapter and candidate side by side, on answers that none of them has learnt."""

import gc
from pathlib import Path

from sqlite_utils import Database

from storage.adapters import Adapter
from storage.errors import TwinError
from training.dataset.build import Built
from training.dataset.samples import Sample
from training.evaluation.comparison import Scorer
from training.evaluation.drift import drift_share, old_and_new
from training.evaluation.generation import TRIES, ModelOutput, losses_of, repeats, run_model
from training.evaluation.promotion_gate import difference
from training.evaluation.scores import PERSON, Evaluation, Interval
from training.progress_bar import Progress
from twin.config.schema import Config
from twin.engine.model import TorchModel, load_torch_model


def evaluate_models(
    db: Database,
    config: Config,
    built: Built,
    candidate: Path,
    live: Adapter | None,
    planted: int,
    progress: Progress,
    tries: int = TRIES,
) -> Evaluation:
    """Score the candidate beside the base, and beside the live adapter when there is another.

    One model is in memory at a time. A live adapter that can't be loaded is left out: anything is
    better than one that can't answer. So is one that learnt from a forgotten chat: it must go, and
    what it says must not be in a report; it only tells whether the new messages are strange.
    """
    asked = built.held_out[-config.judge.prompts :]
    heard: dict[str, ModelOutput] = {}
    strangeness: float | None = None
    own_repeats: list[bool] = []
    for name, path in _models(config, candidate, live):
        try:
            voice = load_torch_model(config, path)
        except TwinError:
            if name != "live":
                raise
            continue
        what = f"judging the {name}"
        secrets = planted if name == "candidate" else 0  # nobody else may know them
        if name != "live" or live is None or live.forgotten_at is None:
            heard[name] = run_model(
                voice, config, built.held_out, asked, secrets, tries, what, progress
            )
        if name == "base":  # all have its tokenizer
            own_repeats = [repeats(voice, sample.output) for sample in asked]
        if name == "live" and live is not None:
            strangeness = _strangeness(voice, config, built, live)
        del voice
        gc.collect()
    progress.phase("comparing the answers")
    comparison = Scorer(db, built, asked)
    answers = comparison.answers(heard)
    scores = {name: comparison.of_model(each) for name, each in heard.items()}
    return Evaluation(
        held_out=len(built.held_out),
        prompts=len(asked),
        scores=scores | {PERSON: comparison.of_person(own_repeats)},
        against=_differences(built, heard, live),
        strangeness=strangeness,
        answers=answers,
        examples=comparison.examples(answers),
        canaries=planted,
    )


def _models(config: Config, candidate: Path, live: Adapter | None) -> list[tuple[str, Path | None]]:
    models: list[tuple[str, Path | None]] = [("base", None)]
    if live is not None and config.path_of(live.path) != candidate:
        models.append(("live", config.path_of(live.path)))
    return [*models, ("candidate", candidate)]


def _strangeness(voice: TorchModel, config: Config, built: Built, live: Adapter) -> float | None:
    sides = old_and_new([*built.train, *built.held_out], live)
    if sides is None:
        return None
    old, new = sides
    losses = losses_of(voice, config, [*old, *new])
    return drift_share(losses[: len(old)], losses[len(old) :])


def _differences(
    built: Built, heard: dict[str, ModelOutput], live: Adapter | None
) -> dict[str, Interval]:
    """Candidate against each other, on the held-out answers that the other has not learnt."""
    places = range(len(built.held_out))
    fresh = [at for at in places if live is None or _is_new_to(live, built.held_out[at])]
    against: dict[str, Interval] = {}
    for other, chosen in (("base", places), ("live", fresh)):
        if other in heard:
            mine, theirs = heard["candidate"].losses, heard[other].losses
            gap = difference([mine[at] for at in chosen], [theirs[at] for at in chosen])
            if gap is not None:
                against[other] = gap
    return against


def _is_new_to(adapter: Adapter, sample: Sample) -> bool:
    return adapter.trained_until is None or sample.answered_at > adapter.trained_until
