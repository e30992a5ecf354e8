"""Does a model find the owner's real answer among four? How it chooses, and how often it is right.

The likelihood of an answer against the one that it has without what it answers is pointwise mutual
information, by which Holtzman et al. 2021 ("Surface Form Competition", arXiv:2104.08315) let a
model choose: without it, what is said often wins wherever it stands.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

from training.dataset.encoding import Encoded, encode
from training.dataset.samples import Sample
from training.evaluation.asked_model import AskedModel
from training.evaluation.candidates import Place
from training.evaluation.scores import FourScore
from training.evaluation.shared_prompt import SampleLosses
from twin.config.schema import Config
from twin.share_interval import wilson

SAME = 1e-6  # log-likelihoods a token: what is nearer is a tie


# (mean, gain): log-likelihood a token, and how much more that is than without context
Likelihood = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Choice:
    """Likelihoods at the held-out sample `at`: of its real answer, then of three others.

    `own`: beside the owner's own answers, `others`: beside other people's; empty where there are
    none.
    """

    at: int
    own: list[Likelihood]
    others: list[Likelihood]


def choose(
    model: AskedModel, config: Config, held_out: Sequence[Sample], places: Sequence[Place]
) -> list[Choice]:
    """The likelihoods at each place among the held-out samples, as this model is shown them."""
    asked = [
        (held_out[place.at], [held_out[place.at].output, *place.own, *place.others])
        for place in places
    ]
    personas = _without_context(asked)
    # All in one call, which looks once whether the model can share prompts.
    groups = [
        _encoded(sample, answers, config, model)
        for sample, answers in (*asked, *((Sample(who, "", ""), said) for who, said in personas))
    ]
    found = model.losses_after_prompts(groups)
    shown, alone = found[: len(asked)], _by_answer(personas, found[len(asked) :])
    choices = []
    for place, (sample, answers), losses in zip(places, asked, shown, strict=True):
        before = [alone[sample.instruction, answer] for answer in answers]
        means = [_per_token(loss) for loss in losses]
        real, *rest = [(mean, mean - base) for mean, base in zip(means, before, strict=True)]
        own, others = rest[: len(place.own)], rest[len(place.own) :]
        choices.append(Choice(place.at, _beside(real, own), _beside(real, others)))
    return choices


def _beside(real: Likelihood, others: list[Likelihood]) -> list[Likelihood]:
    return [real, *others] if others else []


def four_score(choices: Sequence[Sequence[Likelihood]]) -> FourScore | None:
    """How often the first is the likeliest, by mean and by gain; None without a choice."""
    asked = [choice for choice in choices if choice]
    if not asked:
        return None
    n = len(asked)
    by_mean = sum(right_share([mean for mean, _ in choice]) for choice in asked)
    by_gain = sum(right_share([gain for _, gain in choice]) for choice in asked)
    low, high = wilson(by_gain, n)
    mean_low, mean_high = wilson(by_mean, n)
    return FourScore(
        gain=by_gain / n,
        low=low,
        high=high,
        mean=by_mean / n,
        mean_low=mean_low,
        mean_high=mean_high,
        n=n,
    )


def right_share(values: Sequence[float]) -> float:
    """1 where the first is the highest alone, 1/k where k are the highest together, else 0."""
    known = [-math.inf if math.isnan(value) else value for value in values]
    best = max(known)
    highest = [value == best or abs(value - best) <= SAME for value in known]
    return highest[0] / sum(highest)


def _without_context(
    asked: Sequence[tuple[Sample, Sequence[str]]],
) -> list[tuple[str, list[str]]]:
    """Each persona with all answers that are asked for behind it, once each."""
    by_persona: dict[str, set[str]] = {}
    for sample, answers in asked:
        by_persona.setdefault(sample.instruction, set()).update(answers)
    # Equal lengths side by side: padding is computed like words.
    return [
        (persona, sorted(distinct, key=lambda text: (len(text), text)))
        for persona, distinct in by_persona.items()
    ]


def _by_answer(
    personas: Sequence[tuple[str, Sequence[str]]], found: Sequence[SampleLosses]
) -> dict[tuple[str, str], float]:
    """Mean log-likelihood of (persona, answer) where the persona alone stands before it."""
    return {
        (persona, text): _per_token(loss)
        for (persona, texts), losses in zip(personas, found, strict=True)
        for text, loss in zip(texts, losses, strict=True)
    }


def _encoded(
    sample: Sample, answers: Sequence[str], config: Config, model: AskedModel
) -> list[Encoded]:
    return [encode(replace(sample, output=text), config, model.format) for text in answers]


def _per_token(loss: tuple[float, int]) -> float:
    total, count = loss
    return -total / count if count else -math.inf
