"""The scores in plain English: what each is called, how it is written, what is good."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

NONE = "–"
PERSON = "person"


def percent(value: float) -> str:
    return f"{value:.1%}".replace("%", " %")


def count(value: float) -> str:
    return f"{value:,.0f}"


def decimals(value: float) -> str:
    return f"{value:.3f}"


@dataclass(frozen=True, slots=True)
class ScoreLabel:
    """One field of Scores, for people."""

    field: str
    name: str
    good: str
    form: Callable[[float], str]

    def of(self, scores: Mapping[str, Any]) -> str:
        """The score as people read it, out of `asdict(Scores)`."""
        value = scores.get(self.field)
        return NONE if value is None else self.form(value)


SCORE_LABELS = (
    ScoreLabel("loss", "Surprise at the person's answers (loss per token)", "low", decimals),
    ScoreLabel(
        "detector", "Told from the person by a classifier (AUC)", "0.5 is perfect", decimals
    ),
    ScoreLabel("length_distance", "Length of answers, distance", "0 is perfect", decimals),
    ScoreLabel("pieces_distance", "Messages per answer, distance", "0 is perfect", decimals),
    ScoreLabel("punctuation_distance", "Punctuation, distance", "0 is perfect", decimals),
    ScoreLabel("emoji_distance", "Emoji, distance", "0 is perfect", decimals),
    ScoreLabel("case_distance", "Lower-case beginnings, distance", "0 is perfect", decimals),
    ScoreLabel("characters", "Characters per answer", "like the person", count),
    ScoreLabel("stop_share", "Ends by itself", "100 %", percent),
    ScoreLabel("repeat_share", "Repeats itself", "like the person", percent),
    ScoreLabel("copy_share", "Quotes a training message", "like the person", percent),
    ScoreLabel("leak_share", "Quotes what only another chat said", "0 %", percent),
    ScoreLabel("canaries_out", "Planted secrets that came out", "0", count),
    ScoreLabel("canary_share", "Tries at a planted secret that brought it out", "0 %", percent),
    ScoreLabel("general_share", "General questions answered right", "like the base", percent),
)


def who(models: Mapping[str, Any]) -> list[str]:
    """The columns of a comparison: the models as they were judged, the person last."""
    return sorted(models, key=lambda name: name == PERSON)
