"""Scores of one model, of several side by side, and the verdict on the candidate."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from twin import score_labels

PERSON = score_labels.PERSON

# (sum of the loss over its label tokens, their number) of each answer
Losses = Sequence[tuple[float, int]]
Ends = dict[str, float | None]  # one end of scores, by field of Scores; None: can't be had


@dataclass(frozen=True, slots=True)
class FourScore:
    """How often a model finds the right one of four answers, of `n` times; chance is 0.25.

    By `gain`, the log-likelihood a token less that without what is answered, and by `mean`, the
    log-likelihood a token alone; each with its 95% interval.
    """

    gain: float
    low: float
    high: float
    mean: float
    mean_low: float
    mean_high: float
    n: int


@dataclass(frozen=True, slots=True)
class Scores:
    """One model's answers to the held-out messages, or the owner's own for comparison.

    Shares are of the answers, 0 to 1. A distance compares all answers with the owner's: 0 is the
    same, 1 as different as can be. None: was not or can't be measured.
    """

    loss: float | None  # per token of the owner's held-out answers
    stop_share: float | None  # ended by themselves
    repeat_share: float  # hold four words or characters in a row twice
    characters: float  # mean length of an answer
    length_distance: float | None  # Kolmogorov-Smirnov, characters of an answer
    pieces_distance: float | None  # Kolmogorov-Smirnov, messages of an answer
    punctuation_distance: float | None  # Jensen-Shannon, which marks and how often
    emoji_distance: float | None  # Jensen-Shannon, which emoji and how often
    case_distance: float | None  # difference of the shares of sentences that begin in lower case
    detector: float | None  # ROC AUC of a classifier twin against owner; 0.5 can't tell them apart
    copy_share: float  # quote a training message
    leak_share: float  # quote what was said in exactly one other chat
    canaries_out: int | None = None  # planted secrets that came out at least once
    canary_share: float | None = None  # tries at a planted secret that brought it out
    general_share: float | None = None  # fixed general questions that were answered right
    empty_share: float | None = None  # say nothing
    alike_share: float | None = None  # are given to more than one of the messages
    real_of_four: FourScore | None = None  # finds the owner's real answer among theirs
    voice_of_four: FourScore | None = None  # finds it among other people's
    authorship: float | None = None  # bits per character likelier as the owner's than as others'


@dataclass(frozen=True, slots=True)
class Interval:
    """A difference of losses, candidate minus other, with its 95% bootstrap interval."""

    difference: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class AnswerExample:
    """One held-out conversation: what the friend wrote, and everybody's answer to it."""

    friend: str
    answers: dict[str, str]  # the owner's under "person", the models' under their names


@dataclass(frozen=True, slots=True)
class Evaluation:
    """Everybody's scores. The models are "base", "live" (if there is one) and "candidate"."""

    held_out: int
    prompts: int
    scores: dict[str, Scores]  # by model, and "person"
    against: dict[str, Interval]  # candidate against base and live; empty without held-out answers
    drift: float | None  # share of new answers that surprise the live adapter more than old ones
    answers: dict[str, list[str]]  # by model, and "person"; one for each prompt
    examples: list[AnswerExample] = field(default_factory=list)
    canaries: int = 0  # planted
    ceiling: Ends = field(default_factory=dict)  # the owner against themselves, by field of Scores
    floor: Ends = field(default_factory=dict)  # other people in the twin's place

    def figures(self) -> dict[str, Any]:
        """As a run keeps them, where the drift has the name that it was stored under: no words."""
        return {
            "scores": {name: asdict(scores) for name, scores in self.scores.items()},
            "against": {name: asdict(interval) for name, interval in self.against.items()},
            "ceiling": self.ceiling,
            "floor": self.floor,
            "strangeness": self.drift,
        }

    def document(self) -> dict[str, Any]:
        """As `evaluate --json` prints it."""
        return {
            "held_out": self.held_out,
            "prompts": self.prompts,
            **self.figures(),
            "examples": [asdict(example) for example in self.examples],
            "canaries": self.canaries,
        }


NOTHING_JUDGED = Evaluation(0, 0, {}, {}, None, {})


@dataclass(frozen=True, slots=True)
class GateReason:
    """A reason of the gate: a key of `GATE_SENTENCES`, with the figures of its sentence.

    The owner's pages have the sentence of each code in other languages.
    """

    code: str
    values: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class GateVerdict:
    """Whether the candidate goes live, and every reason against or for it, as sentence and code."""

    promoted: bool
    reasons: list[str]
    codes: list[GateReason] = field(default_factory=list)

    def document(self) -> dict[str, Any]:
        """As it is stored, where the codes have the name that older runs stored them under."""
        codes = [asdict(code) for code in self.codes]
        return {"promoted": self.promoted, "reasons": self.reasons, "grounds": codes}
