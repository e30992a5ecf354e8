"""Choose how freely an adapter's words are drawn: as its answers come nearest to the owner's."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any

from sqlite_utils import Database

from storage.adapters import Adapter
from training.dataset.build import Built
from training.dataset.encoding import prompt_of
from training.dataset.samples import Sample
from training.evaluation.comparison import Scorer
from training.evaluation.generation import ModelOutput, answer_round, repeats
from training.evaluation.judging import ANSWER, LOAD, Judging
from training.evaluation.promotion_gate import shares_over_limits
from training.evaluation.scores import Scores
from training.evaluation.what_answers import what_answers
from twin.config.schema import Config, JudgeSettings
from twin.engine.base import LoadedModel, Reply
from twin.engine.model import load_tokenizer
from twin.engine.runtime import load_model
from twin.engine.sampling import Sampling, chosen_sampling, store_sampling
from twin.prompting.chat_template import Turn

# From what repeats itself most to what says odd things most often (docs/evaluation.md).
GRID = tuple(
    Sampling(temperature=temperature, top_p=top_p)
    for temperature, top_p in ((0.7, 0.9), (0.85, 0.95), (1.0, 0.9), (1.0, 0.95), (1.0, 1.0))
)
PROMPTS = 64
FEWEST = 32  # of fewer answers the detector's area is off by 0.07
STOPS, MORE_REPEATS = 0.98, 0.02  # least share that ends by itself, most above the person's


@dataclass(frozen=True, slots=True)
class Tried:
    """One way of sampling, and how its answers were. `over`: codes of the limits that it breaks."""

    temperature: float
    top_p: float
    distance: float
    detector: float | None
    repeat_share: float
    stop_share: float | None
    over: list[str]


def work_to_choose(config: Config, built: Built, live: Adapter | None) -> float:
    """For `Judging`."""
    asked, ways = _asked(built, config), _ways(config, live)
    return LOAD + ANSWER * len(asked) * len(ways) if _can_choose(asked, ways) else 0.0


def calibrate(
    config: Config,
    db: Database,
    built: Built,
    adapter: Path,
    live: Adapter | None,
    judging: Judging,
) -> dict[str, Any] | None:
    """Choose, and keep it in the adapter's folder; what was tried, for the run's result.

    The held-out answers before those that the judge asks for are compared with the owner's, so
    that the judge's score is not of what chose. None where there are too few of them, or where
    [reply] leaves nothing to choose: then the usual stays.
    """
    asked = _asked(built, config)
    ways = _ways(config, live)
    if not _can_choose(asked, ways):
        return None
    judging.part("choosing how freely it answers")
    tried = _try_all(config, db, built, asked, adapter, ways, judging)
    best = nearest(tried)
    chosen = Sampling(temperature=best.temperature, top_p=best.top_p)
    store_sampling(adapter, chosen)
    documents = [asdict(each) for each in tried]
    return {**chosen.model_dump(), "prompts": len(asked), "tried": documents}


def nearest(tried: Sequence[Tried]) -> Tried:
    """The nearest to the owner of those within the limits; without any, the most careful one."""
    within = [each for each in tried if not each.over]
    return min(within, key=lambda each: each.distance, default=tried[0])


def distance(scores: Scores) -> float:
    """How far answers are from the owner's: 0 is the same, 1 as different as can be.

    The mean of the distances of style and of the detector's, which is 0 where it can't tell.
    """
    detector = None if scores.detector is None else max(0.0, 2 * scores.detector - 1)
    parts = [
        detector,
        scores.length_distance,
        scores.pieces_distance,
        scores.punctuation_distance,
        scores.emoji_distance,
        scores.case_distance,
    ]
    measured = [part for part in parts if part is not None]
    return sum(measured) / max(len(measured), 1)


def _asked(built: Built, config: Config) -> Sequence[Sample]:
    """The newest of those held out that the judge does not ask for."""
    return built.held_out[: -config.judge.prompts][-PROMPTS:]


def _can_choose(asked: Sequence[Sample], ways: Sequence[Sampling]) -> bool:
    return len(asked) >= FEWEST and len(ways) > 1


def _ways(config: Config, live: Adapter | None) -> list[Sampling]:
    """What there is to choose from: a number in [reply] stays what it is.

    A night changes an adapter little, so where one was chosen for the live adapter, only this way
    and those beside it are tried.
    """
    ways = [sampling.within(config.reply) for sampling in GRID]
    different = [way for at, way in enumerate(ways) if way not in ways[:at]]
    chosen = live and chosen_sampling(config.path_of(live.path))
    before = chosen and chosen.within(config.reply)
    if before not in different:
        return different
    at = different.index(before)
    return different[max(0, at - 1) : at + 2]


def _try_all(
    config: Config,
    db: Database,
    built: Built,
    asked: Sequence[Sample],
    adapter: Path,
    ways: Sequence[Sampling],
    judging: Judging,
) -> list[Tried]:
    """With the same seeds for each, by the runtime or the server that the bot answers with."""
    with what_answers(config, adapter, partial(load_model, config, adapter)) as model:
        judging.did(LOAD)
        prompts = [prompt_of(each, model.format, config.reply.context_tokens) for each in asked]
        answer = partial(_answer, model)
        most = config.reply.max_tokens
        rounds = [answer_round(answer, config, (prompts, way, most), judging) for way in ways]
    tokenizer = load_tokenizer(config)
    scorer = Scorer(db, built, asked, friends=())
    person = scorer.of_person([repeats(tokenizer, each.output) for each in asked])
    limits = _limits(config.judge)
    tried = []
    for way, replies in zip(ways, rounds, strict=True):
        again = [repeats(tokenizer, reply.text) for reply in replies]
        scores = scorer.of_model(ModelOutput([], replies, again, 0, None, 0.0))
        over = [each.code for each in shares_over_limits(scores, person, len(asked), limits)]
        tried.append(
            Tried(
                way.temperature,
                way.top_p,
                round(distance(scores), 4),
                scores.detector,
                scores.repeat_share,
                scores.stop_share,
                over,
            )
        )
    return tried


def _answer(
    model: LoadedModel, batch: list[list[Turn]], drawn: Sampling, max_tokens: int, seed: int
) -> list[Reply]:
    return model.generate(batch, max_tokens, drawn.temperature, drawn.top_p, seed, model.candidates)


def _limits(judge: JudgeSettings) -> JudgeSettings:
    """The judge's, and narrower: of several ways that would pass, none need be taken that ends
    badly or repeats itself.
    """
    return judge.model_copy(
        update={
            "min_stop_share": max(judge.min_stop_share, STOPS),
            "max_extra_repeats": min(judge.max_extra_repeats, MORE_REPEATS),
        }
    )
