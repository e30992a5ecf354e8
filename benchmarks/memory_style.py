"""How two nights' twins write to friends who ask for no fact, and how far apart they are."""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from benchmarks.held_out import answer, prompts_of
from training.dataset.build import Built
from training.evaluation import style
from training.evaluation.comparison import mean_length
from training.evaluation.scores import Interval
from twin.config.schema import Config
from twin.engine.base import LoadedModel, Reply

RESAMPLES = 1_000
Texts = Sequence[str]
SHARES: dict[str, Callable[[Texts], float]] = {
    "characters": mean_length,
    "alike": style.alike_share,
}
DISTANCES: dict[str, Callable[[Texts, Texts], float | None]] = {
    "length": style.length_distance,
    "messages": style.pieces_distance,
    "punctuation": style.punctuation_distance,
    "lower case": style.case_distance,
}


@dataclass(frozen=True, slots=True)
class Answers:
    """To the held-out messages, in order: a twin's, and those that the person gave."""

    twin: list[Reply]
    person: list[str]

    @property
    def texts(self) -> list[str]:
        return [reply.text for reply in self.twin]


def answer_held_out(model: LoadedModel, config: Config, built: Built) -> Answers:
    """Those that are held out are whole conversations of real friends."""
    prompts = prompts_of(model, config, built.held_out)
    replies = answer(model, config, prompts, model.sampling)
    return Answers(replies, [each.output for each in built.held_out])


def describe(answers: Answers, gives_up: Callable[[str], bool]) -> dict[str, Any]:
    """Figures of one night. `gives_up`: whether an answer says that one doesn't know."""
    stopped = [reply.stopped for reply in answers.twin]
    return _figures(answers.texts, answers.person, gives_up) | {
        "ends by itself": sum(stopped) / len(stopped),
        "detector": style.detector_auc(answers.texts, answers.person),
        "person": {
            "characters": mean_length(answers.person),
            "gives up": _share(answers.person, gives_up),
        },
    }


def compare(mine: Answers, other: Answers, gives_up: Callable[[str], bool]) -> dict[str, Any]:
    """Mine minus the other's, of each figure, with a 95% interval.

    A paired percentile bootstrap over the messages: what both answered is drawn together.
    """
    rng = np.random.default_rng(0)
    count, drawn = len(mine.person), list[dict[str, float]]()
    for rows in [np.arange(count), *rng.integers(0, count, (RESAMPLES, count))]:
        person = [mine.person[row] for row in rows]
        first, second = (
            _figures([each.texts[row] for row in rows], person, gives_up) for each in (mine, other)
        )
        drawn.append({name: first[name] - second[name] for name in first})
    return {name: asdict(_interval(name, drawn)) for name in drawn[0]}


def _interval(name: str, drawn: Sequence[dict[str, float]]) -> Interval:
    """The first of them is of all messages."""
    low, high = np.percentile([each[name] for each in drawn[1:]], (2.5, 97.5))
    return Interval(drawn[0][name], float(low), float(high))


def _figures(texts: Texts, person: Texts, gives_up: Callable[[str], bool]) -> dict[str, float]:
    figures = {name: of(texts) for name, of in SHARES.items()}
    figures |= {name: of(texts, person) or 0.0 for name, of in DISTANCES.items()}
    return figures | {"gives up": _share(texts, gives_up)}


def _share(texts: Texts, holds: Callable[[str], bool]) -> float:
    return sum(map(holds, texts)) / len(texts)
