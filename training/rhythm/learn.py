"""Learn the owner's rhythm from the log, and judge it on the latest days."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import tzinfo
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.linear_model import LogisticRegression, Ridge
from sqlite_utils import Database

from storage.atomic_files import write_json
from training.rhythm.answered import Observed, answers_in_log, observe
from training.rhythm.figures import (
    AnswersAtAll,
    Numbers,
    area,
    calibration,
    interval_of_area,
    pinball,
)
from twin.clock import local_day, midnight, zone_of
from twin.config.schema import Config
from twin.replying.owner_bursts import OwnerAnswer
from twin.replying.rhythm import RHYTHM, STEPS, VERSION, ChatFigures, Linear, Rhythm, Trust
from twin.replying.rhythm_features import FEATURES

LEAST_OF_EACH = 30  # answered bursts, and unanswered: of fewer nothing is learnt
LEAST_JUDGED = 10  # of each on the judged days
JUDGED_SHARE = 0.2
SHRINK = 0.1  # few bursts are left unanswered, and chance must not decide on them
DEFAULT_GAP_S = 2.0  # of owners who never send two pieces
LEAST_DEVIATION = 0.01  # of a feature that hardly varies nothing is learnt
_SHARES = (0.1, 0.5, 0.9)


@dataclass(frozen=True, slots=True)
class LearntRhythm:
    """`figures`: how well it foretells; None where the latest days hold too little to tell."""

    rhythm: Rhythm
    figures: AnswersAtAll | None


def learn_rhythm(db: Database, config: Config) -> LearntRhythm | None:
    """From the whole log; None where it holds too few bursts that were answered, or were not."""
    answers, zone = answers_in_log(db, config), zone_of(config.schedule)
    if not _enough(answers, LEAST_OF_EACH):
        return None
    figures = _judge(answers, zone)
    trust = None
    if figures is not None:
        trust = Trust(auc_low=figures.auc_low, calibration_error=figures.calibration_error)
    observed = observe(answers, zone, answers[-1].burst.ended + 1)
    return LearntRhythm(_fit(answers, observed, trust), figures)


def save_rhythm(db: Database, config: Config, folder: Path) -> dict[str, Any] | None:
    """Learn it and write it beside the adapter in that folder; its figures. Raises TwinError."""
    learnt = learn_rhythm(db, config)
    if learnt is not None:
        write_json(folder / RHYTHM, learnt.rhythm.model_dump(mode="json"))
    return answers_at_all(learnt)


def answers_at_all(learnt: LearntRhythm | None) -> dict[str, Any] | None:
    """The figures as they are kept and printed."""
    return asdict(learnt.figures) if learnt and learnt.figures else None


def _enough(answers: Sequence[OwnerAnswer], least: int) -> bool:
    answered = sum(bool(one.answered) for one in answers)
    return min(answered, len(answers) - answered) >= least


def _fit(answers: Sequence[OwnerAnswer], observed: Observed, trust: Trust | None) -> Rhythm:
    """`observed` may go on after `answers`, which alone are learnt from."""
    features = np.array(observed.features[: len(answers)])
    answered = np.array([bool(one.answered) for one in answers])
    delays = np.log1p([one.delay_s for one in answers if one.answered])
    mean, scale = features.mean(axis=0), np.maximum(features.std(axis=0), LEAST_DEVIATION)
    scaled = (features - mean) / scale
    whether = LogisticRegression(C=SHRINK, max_iter=1000).fit(scaled, answered)
    when = Ridge().fit(scaled[answered], delays)
    gaps = np.log1p([gap for one in answers for gap in one.gaps_s] or [DEFAULT_GAP_S])
    return Rhythm(
        version=VERSION,
        features=FEATURES,
        rate=observed.everyone.rate,
        log_delay=observed.everyone.log_delay,
        answers=_linear(whether.coef_[0], float(whether.intercept_[0]), mean, scale),
        delay=_linear(when.coef_, float(when.intercept_), mean, scale),
        late=_quantiles(delays - when.predict(scaled[answered])),
        gaps=_quantiles(gaps),
        first_characters=int(np.median([one.characters for one in answers if one.answered])),
        chats={
            str(chat): ChatFigures(
                bursts=record.bursts, answered=record.answered, log_delays=record.log_delays
            )
            for chat, record in observed.chats.items()
        },
        trust=trust,
    )


def _linear(weights: Numbers, intercept: float, mean: Numbers, scale: Numbers) -> Linear:
    """The same on features as they are."""
    raw = weights / scale
    start = intercept - float(raw @ mean)
    return Linear(intercept=start, weights=tuple(map(float, raw)))


def _quantiles(values: Numbers) -> tuple[float, ...]:
    return tuple(map(float, np.quantile(values, (np.arange(STEPS) + 0.5) / STEPS)))


def _judge(answers: Sequence[OwnerAnswer], zone: tzinfo) -> AnswersAtAll | None:
    """Learn from the earlier days alone and look at the latest, whole days."""
    split = answers[round(len(answers) * (1 - JUDGED_SHARE))].burst.ended
    since = midnight(local_day(split, zone), zone)
    known = sum(one.burst.ended < since for one in answers)
    earlier, later = answers[:known], answers[known:]
    if not (_enough(earlier, LEAST_JUDGED) and _enough(later, LEAST_JUDGED)):
        return None
    observed = observe(answers, zone, since)
    rhythm = _fit(earlier, observed, None)
    features = observed.features[known:]
    answered = np.array([bool(one.answered) for one in later], dtype=float)
    probability = np.array([rhythm.probability(one) for one in features])
    of_chat = np.array([one[FEATURES.index("who")] for one in features])
    days = [local_day(one.burst.ended, zone) for one in later]
    low, high = interval_of_area(answered, probability, days)
    error, bins = calibration(answered, probability)
    delays = np.array([one.delay_s for one in later if one.answered])
    return AnswersAtAll(
        learnt=known,
        judged=len(later),
        days=len(set(days)),
        answered=float(answered.mean()),
        auc=area(answered, probability),
        auc_low=low,
        auc_high=high,
        auc_of_chat=area(answered, of_chat),
        calibration_error=error,
        bins=bins,
        **_of_delays(rhythm, earlier, later, features),
        delay_s=[float(value) for value in np.quantile(delays, (0.25, 0.5, 0.75))],
        pieces=float(np.mean([len(one.gaps_s) + 1 for one in later if one.answered])),
    )


def _of_delays(
    rhythm: Rhythm,
    earlier: Sequence[OwnerAnswer],
    later: Sequence[OwnerAnswer],
    features: Sequence[Sequence[float]],
) -> dict[str, float]:
    real = np.log1p([one.delay_s for one in later if one.answered])
    seen = [one for one, answer in zip(features, later, strict=True) if answer.answered]
    before = np.log1p([one.delay_s for one in earlier if one.answered])
    foretold = {share: np.log1p([rhythm.delay_s(one, share) for one in seen]) for share in _SHARES}
    constant = {share: np.full(len(real), np.quantile(before, share)) for share in _SHARES}
    low, high = foretold[_SHARES[0]], foretold[_SHARES[-1]]
    return {
        "pinball": float(np.mean([pinball(real, foretold[q], q) for q in _SHARES])),
        "pinball_constant": float(np.mean([pinball(real, constant[q], q) for q in _SHARES])),
        "within_80": float(((low <= real) & (real <= high)).mean()),
    }
