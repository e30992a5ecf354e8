"""Evaluate base, live adapter and candidate on answers that none of them has learnt."""

import logging
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from sqlite_utils import Database

from storage.adapters import Adapter, find_adapter, live_adapter
from storage.errors import InputError, TwinError
from training.dataset.build import Built, build
from training.dataset.friends_answers import friends_answers
from training.dataset.samples import Sample
from training.evaluation.asked_model import AskedModel
from training.evaluation.canaries import planted_in
from training.evaluation.candidates import find_places
from training.evaluation.comparison import Scorer
from training.evaluation.drift import measure_drift
from training.evaluation.generation import TRIES, ModelOutput, repeats, run_model, work_of
from training.evaluation.judging import Judging
from training.evaluation.kept_scores import KeptScores
from training.evaluation.promotion_gate import decide, difference
from training.evaluation.scores import Evaluation, Interval
from training.progress_bar import Progress
from training.rhythm.learn import answers_at_all, learn_rhythm
from training.speed import free_memory
from twin.blind_score import blind_document
from twin.config.schema import Config
from twin.engine.base import NotScored
from twin.engine.model import load_tokenizer

log = logging.getLogger(__name__)

MANY_TRIES = 32  # at each planted secret, when they are what is asked for
Asked = tuple[dict[str, ModelOutput], float | None]  # by model, and the drift


def evaluate_adapter(
    config: Config,
    db: Database,
    adapter: str | None = None,
    canaries: bool = False,
    show: bool = True,
) -> dict[str, Any]:
    """Score an adapter, the live one when none is named, on the newest answers of the log.

    With `canaries`, the secrets that were planted when it was trained are asked for many times.
    Raises InputError without an adapter or held-out samples.
    """
    live = live_adapter(db)
    chosen = find_adapter(db, adapter) if adapter else live
    if chosen is None:
        raise InputError("no adapter is live, so there is nothing to score; run `bot.py train`")
    built = _unseen(build(db, config), chosen).as_shown_to(chosen)
    if not built.held_out:
        raise InputError(
            f"{chosen.name}: no held-out samples that it has not learnt; import more chats or "
            "raise [dataset] held_out"
        )
    path, planted = Path(config.data, chosen.path), planted_in(chosen)
    tries = MANY_TRIES if canaries else TRIES
    with Progress(show=show) as progress:
        judging = Judging(progress, work_of_all(config, built, path, live, planted, tries))
        evaluation = evaluate_models(db, config, built, path, live, planted, judging, tries)
        progress.phase("learning when the owner answers")
        rhythm = learn_rhythm(db, config)
    verdict = decide(evaluation, config.judge)
    document = evaluation.document() | {
        "blind": blind_document(db, chosen.name),
        "answers_at_all": answers_at_all(rhythm),
    }
    return {"adapter": chosen.name, **document, "verdict": verdict.document()}


def _unseen(built: Built, adapter: Adapter) -> Built:
    """The same samples, with those alone held out that the adapter can't have learnt."""
    return replace(
        built, held_out=[sample for sample in built.held_out if _is_new_to(adapter, sample)]
    )


def work_of_all(
    config: Config,
    built: Built,
    candidate: Path,
    live: Adapter | None,
    planted: int,
    tries: int = TRIES,
) -> float:
    """Of `evaluate_models` with the same arguments, for its `Judging`."""
    held_out = len(built.held_out)
    asked = min(config.judge.prompts, held_out)
    others = len(_models(config, built, candidate, live)) - 1
    each = work_of(held_out, asked, 0, tries)
    return others * each + work_of(held_out, asked, planted, tries)


def evaluate_models(
    db: Database,
    config: Config,
    built: Built,
    candidate: Path,
    live: Adapter | None,
    planted: int,
    judging: Judging,
    tries: int = TRIES,
    *,
    keep: bool = False,
) -> Evaluation:
    """Score the candidate beside the base, and beside the live adapter when there is another.

    `built` is as the candidate is shown it, and so is the base; the live adapter as it learnt. What
    an earlier night has kept is not asked again. With `keep` this one's is kept: under the training
    lock alone, so that nothing is written when a chat has been forgotten.
    """
    kept = KeptScores(config)

    def ask(scored_there: bool) -> Asked:
        whom = candidate, live, planted
        return _ask_all(config, built, *whom, judging, tries, kept, scored_there=scored_there)

    outputs, drift = _alike(config, ask)
    if keep:
        kept.save()
    judging.part("comparing the answers")
    against = _differences(built, outputs, live)
    asked = built.held_out[-config.judge.prompts :]
    tokenizer = load_tokenizer(config)  # all have the base's
    own_repeats = [repeats(tokenizer, sample.output) for sample in asked]
    # A file's answers may be of anybody: the log has nothing to compare them with.
    friends = friends_answers(db, config, built.report["answers"]) if built.messages else []
    scorer = Scorer(db, built, asked, friends)
    return scorer.evaluation(outputs, own_repeats, against, drift, planted)


def _alike(config: Config, ask: Callable[[bool], Asked]) -> Asked:
    """What `ask(scored_there)` gives, losses by the server for all models, or here for all: the
    gate compares them answer by answer, and the server may compute in another precision.
    """
    if config.engine.server:
        try:
            return ask(True)
        except NotScored as error:
            log.warning("losses are computed by this process: %s", error)
    return ask(False)


def _ask_all(
    config: Config,
    built: Built,
    candidate: Path,
    live: Adapter | None,
    planted: int,
    judging: Judging,
    tries: int,
    kept: KeptScores,
    *,
    scored_there: bool,
) -> Asked:
    """What each model says, and how strange the newest messages are to the live adapter.

    One model is in memory at a time. A live adapter that can't be loaded is left out: anything is
    better than one that can't answer. So is one that learnt from a forgotten chat: it must go, and
    what it says must not be in a report; it only measures the drift of the new messages.
    """
    outputs: dict[str, ModelOutput] = {}
    drift: float | None = None
    places = find_places(built, config.judge.prompts)
    for name, path, shown in _models(config, built, candidate, live):
        judging.part(f"judging the {name}")
        model = AskedModel(config, path, kept, scored_there=scored_there)
        held_out = shown.held_out
        secrets = planted if name == "candidate" else 0  # nobody else may know them
        try:
            if scored_there:
                model.losses(held_out[:1])  # before all else is asked for nothing
            if name != "live" or live is None or live.forgotten_at is None:
                outputs[name] = run_model(model, config, held_out, places, secrets, tries, judging)
            if name == "live" and live is not None:
                drift = measure_drift(model, [*shown.train, *held_out], live)
        except TwinError:
            if name != "live" or model.is_loaded:
                raise
        finally:
            model.close()
        del model
        free_memory()
    if live is not None and "live" in outputs:
        outputs["live"] = _of_new_answers(outputs["live"], built, live)
    return outputs, drift


def _models(
    config: Config, built: Built, candidate: Path, live: Adapter | None
) -> list[tuple[str, Path | None, Built]]:
    """Each with the samples as they are shown to it."""
    models: list[tuple[str, Path | None, Built]] = [("base", None, built)]
    if live is not None and config.path_of(live.path) != candidate:
        models.append(("live", config.path_of(live.path), built.as_shown_to(live)))
    return [*models, ("candidate", candidate, built)]


def _of_new_answers(output: ModelOutput, built: Built, live: Adapter) -> ModelOutput:
    """Without its choices where it has learnt which answer is the real one."""
    choices = [each for each in output.choices if _is_new_to(live, built.held_out[each.at])]
    return replace(output, choices=choices)


def _differences(
    built: Built, outputs: dict[str, ModelOutput], live: Adapter | None
) -> dict[str, Interval]:
    """Candidate against each other, on the held-out answers that the other has not learnt."""
    places = range(len(built.held_out))
    fresh = [at for at in places if live is None or _is_new_to(live, built.held_out[at])]
    against: dict[str, Interval] = {}
    for other, chosen in (("base", places), ("live", fresh)):
        if other in outputs:
            mine, theirs = outputs["candidate"].losses, outputs[other].losses
            gap = difference([mine[at] for at in chosen], [theirs[at] for at in chosen])
            if gap is not None:
                against[other] = gap
    return against


def _is_new_to(adapter: Adapter, sample: Sample) -> bool:
    return adapter.trained_until is None or sample.answered_at > adapter.trained_until
