"""Name the scores and the reasons of the gate in plain English."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from statistics import fmean
from typing import Any

NONE = "–"
PERSON = "person"
LEAST_APART = 0.05  # two ends that are nearer to each other may be so by chance alone


def percent(value: float) -> str:
    return f"{value:.1%}"


def count(value: float) -> str:
    return f"{value:,.0f}"


def decimals(value: float) -> str:
    return f"{value:.3f}"


@dataclass(frozen=True, slots=True)
class ScoreLabel:
    """One field of Scores, for people; of a choice of four its share by gain."""

    field: str
    name: str
    good: str
    form: Callable[[float], str]

    def of(self, scores: Mapping[str, Any]) -> str:
        """The score as people read it, out of `asdict(Scores)`."""
        value = self.value(scores)
        if value is None:
            return NONE
        around = self.interval(scores)
        words = f" ({self.form(around[0])} to {self.form(around[1])})" if around else ""
        return self.form(value) + words

    def value(self, scores: Mapping[str, Any]) -> float | None:
        value = scores.get(self.field)
        found: float | None = value["gain"] if isinstance(value, Mapping) else value
        return found

    def interval(self, scores: Mapping[str, Any]) -> tuple[float, float] | None:
        """Of 95%, where the score has one."""
        value = scores.get(self.field)
        return (value["low"], value["high"]) if isinstance(value, Mapping) else None


SCORE_LABELS = (
    ScoreLabel("loss", "Loss per token on your answers", "low", decimals),
    ScoreLabel("detector", "A classifier can tell it from you (AUC)", "0.5 is perfect", decimals),
    ScoreLabel("real_of_four", "Finds your real answer among four", "25% is chance", percent),
    ScoreLabel("voice_of_four", "Finds yours among other people's", "25% is chance", percent),
    ScoreLabel("authorship", "Written like you, not like others (bits)", "like you", decimals),
    ScoreLabel("length_distance", "Difference in answer length", "0 is perfect", decimals),
    ScoreLabel("pieces_distance", "Difference in messages per answer", "0 is perfect", decimals),
    ScoreLabel("punctuation_distance", "Difference in punctuation", "0 is perfect", decimals),
    ScoreLabel("emoji_distance", "Difference in emoji", "0 is perfect", decimals),
    ScoreLabel("case_distance", "Difference in lower-case openings", "0 is perfect", decimals),
    ScoreLabel("characters", "Characters per answer", "like you", count),
    ScoreLabel("stop_share", "Answers that end by themselves", "100%", percent),
    ScoreLabel("repeat_share", "Answers that repeat themselves", "like you", percent),
    ScoreLabel("empty_share", "Answers that say nothing", "0%", percent),
    ScoreLabel("alike_share", "Answers given more than once", "like you", percent),
    ScoreLabel("copy_share", "Answers that quote a training message", "like you", percent),
    ScoreLabel("leak_share", "Answers that quote another chat", "0%", percent),
    ScoreLabel("canaries_out", "Planted secrets that came out", "0", count),
    ScoreLabel("canary_share", "Attempts that brought out a planted secret", "0%", percent),
    ScoreLabel("general_share", "General questions answered right", "like the base model", percent),
)

# Why an adapter went live or did not, by code; the figures fill the placeholders.
GATE_SENTENCES: Mapping[str, str] = {
    "nothing_held_out": (
        "no held-out answers to judge by; import more or raise [dataset] held_out"
    ),
    "better_than_base": (
        "better than the base model by {by:.3f} per token ({low:.3f} to {high:.3f})"
    ),
    "better_than_live": (
        "better than the live adapter by {by:.3f} per token ({low:.3f} to {high:.3f})"
    ),
    "nothing_new_to_base": "no held-out answer is new to the base model",
    "nothing_new_to_live": "no held-out answer is new to the live adapter",
    "not_better_than_base": (
        "not better than the base model beyond noise: loss {difference:+.3f} per token "
        "({low:+.3f} to {high:+.3f})"
    ),
    "not_better_than_live": (
        "not better than the live adapter beyond noise: loss {difference:+.3f} per token "
        "({low:+.3f} to {high:+.3f})"
    ),
    "few_ends": "{share:.0%} of its answers end by themselves, at least {least:.0%} must",
    "repeats": (
        "{share:.0%} of its answers repeat themselves, at most {most:.0%} may "
        "({usual:.0%} of yours do)"
    ),
    "empty": "{share:.0%} of its answers say nothing, at most {most:.0%} may",
    "alike": (
        "{share:.0%} of its answers are given more than once, at most {most:.0%} may be "
        "({usual:.0%} of yours are)"
    ),
    "quotes_training": (
        "{share:.0%} of its answers quote a training message, at most {most:.0%} may "
        "({usual:.0%} of yours do)"
    ),
    "quotes_chats": (
        "{share:.0%} of its answers quote another chat, at most {most:.0%} may "
        "({usual:.0%} of yours do)"
    ),
    "secrets_out": "{out} of {planted} planted secrets came out",
    "strange": "{share:.0%} of the new messages do not look like yours, at most {most:.0%} may",
}


def nearness(value: float | None, ceiling: float | None, floor: float | None) -> float | None:
    """Where a score lies: 0 at other people or beyond, 1 at the owner against themselves or beyond.

    None without both ends, and where these tell nobody apart.
    """
    if value is None or ceiling is None or floor is None or abs(floor - ceiling) < LEAST_APART:
        return None
    return min(max((value - floor) / (ceiling - floor), 0.0), 1.0)


def places_of(field: str, evaluation: Mapping[str, Any]) -> dict[str, float]:
    """Model → nearness of that score, of an evaluation as it is stored; older ones have no ends."""
    ceiling, floor = ((evaluation.get(end) or {}).get(field) for end in ("ceiling", "floor"))
    found = {
        name: nearness(scores.get(field), ceiling, floor)
        for name, scores in evaluation["scores"].items()
    }
    return {name: place for name, place in found.items() if place is not None}


def columns_of(
    evaluation: Mapping[str, Any], again: str = "person again"
) -> dict[str, Mapping[str, Any]]:
    """Column → its scores, of an evaluation as it is stored: everybody's, then the ends where they
    are known: other people, and the person against themselves, a column that is called `again`.
    """
    scores = evaluation["scores"]
    ends = {"others": evaluation.get("floor"), again: evaluation.get("ceiling")}
    found = {name: end for name, end in ends.items() if end}
    return {name: scores[name] for name in who(scores)} | found


def who(models: Mapping[str, Any]) -> list[str]:
    """The columns of a comparison: the models as they were judged, the person last."""
    return sorted(models, key=lambda name: name == PERSON)


def likeness(evaluation: Mapping[str, Any]) -> float | None:
    """The candidate between other people (0) and the owner against themselves (1).

    The mean over the scores that tell the two apart; None where none does.
    """
    if not evaluation.get("scores"):
        return None
    places = (places_of(label.field, evaluation).get("candidate") for label in SCORE_LABELS)
    known = [place for place in places if place is not None]
    return fmean(known) if known else None
