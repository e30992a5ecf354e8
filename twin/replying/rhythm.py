"""How the owner answers, learnt from the log: whether at all, after how long, at what pace.

Numbers in a JSON file beside the adapter, which training writes and the bot reads.
"""

import json
import logging
from collections.abc import Sequence
from datetime import tzinfo
from itertools import pairwise
from math import exp, expm1
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from twin.replying.owner_bursts import FriendBurst
from twin.replying.rhythm_features import FEATURES, ChatRecord, Everyone, features_of

log = logging.getLogger(__name__)

RHYTHM = "rhythm.json"
VERSION: Literal[1] = 1
# Shares of the answers that come earlier than each quantile: 2.5%, 7.5% ... 97.5%.
STEPS = 20
LONGEST_LOG = 20.0  # of log1p(seconds): fifteen years, whatever a file says
_MOST_BYTES = 20_000_000
_MOST = 10_000_000  # bursts or characters
# Of so many bursts the share that is learnt lies between these: both kinds were seen.
_LEAST_RATE, _MOST_RATE = 1e-6, 1 - 1e-6

Number = Annotated[float, Field(ge=-1e6, le=1e6)]
Count = Annotated[int, Field(ge=0, le=_MOST)]
Share = Annotated[float, Field(ge=0, le=1)]
Quantiles = Annotated[tuple[Number, ...], Field(min_length=STEPS, max_length=STEPS, strict=False)]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False)


class Linear(_Part):
    """A weight for each of `FEATURES`."""

    intercept: Number
    weights: Annotated[
        tuple[Number, ...],
        Field(min_length=len(FEATURES), max_length=len(FEATURES), strict=False),
    ]

    def of(self, features: Sequence[float]) -> float:
        pairs = zip(self.weights, features, strict=True)
        return self.intercept + sum(weight * value for weight, value in pairs)


class ChatFigures(_Part):
    """See `ChatRecord`."""

    bursts: Count
    answered: Count
    log_delays: Annotated[float, Field(ge=0, le=LONGEST_LOG * _MOST)]

    @model_validator(mode="after")
    def _answered_are_bursts(self) -> Self:
        if self.answered > self.bursts:
            raise ValueError("more answered bursts than there were")
        return self


class Trust(_Part):
    """How well the answers of later days were foretold; see `training.rhythm.figures`."""

    auc_low: Share
    calibration_error: Share


class Rhythm(_Part):
    """`late`: residuals of log1p(seconds) around `delay`, as quantiles; `gaps`: log1p(seconds)
    between two pieces, as quantiles; `first_characters`: the median of a first piece.
    """

    version: Literal[1]
    features: Annotated[tuple[str, ...], Field(strict=False)]
    rate: Annotated[float, Field(ge=_LEAST_RATE, le=_MOST_RATE)]
    log_delay: Annotated[float, Field(ge=0, le=LONGEST_LOG)]
    answers: Linear
    delay: Linear
    late: Quantiles
    gaps: Quantiles
    first_characters: Count
    chats: dict[str, ChatFigures]
    trust: Trust | None

    @model_validator(mode="after")
    def _is_as_read_here(self) -> Self:
        if self.features != FEATURES:
            raise ValueError("made for other features")
        for quantiles in (self.late, self.gaps):
            if any(one > next for one, next in pairwise(quantiles)):
                raise ValueError("quantiles that fall")
        return self

    def features_of(
        self, burst: FriendBurst, recent: Sequence[float | None], zone: tzinfo
    ) -> Sequence[float]:
        """`recent`: how the last bursts of the chat went, see `ChatRecord`."""
        known = self.chats.get(str(burst.chat_id))
        chat = ChatRecord(**(known.model_dump() if known else {}), recent=recent)
        return features_of(burst, chat, Everyone(self.rate, self.log_delay), zone)

    def probability(self, features: Sequence[float]) -> float:
        """That the owner answers at all."""
        return 1 / (1 + exp(-min(max(self.answers.of(features), -30.0), 30.0)))

    def delay_s(self, features: Sequence[float], share: float) -> float:
        """Seconds after which that share of the owner's answers to such a burst has begun."""
        return _seconds(self.delay.of(features) + quantile(self.late, share))

    def gap_s(self, share: float) -> float:
        """Seconds between two pieces below which that share of the owner's stays."""
        return _seconds(quantile(self.gaps, share))


def quantile(values: Sequence[float], share: float) -> float:
    """Between the two nearest of `STEPS` quantiles; the outermost beyond them."""
    place = min(max(share * STEPS - 0.5, 0.0), STEPS - 1.0)
    low = int(place)
    high = min(low + 1, STEPS - 1)
    return values[low] + (values[high] - values[low]) * (place - low)


def _seconds(logarithm: float) -> float:
    return expm1(min(max(logarithm, 0.0), LONGEST_LOG))


def read_rhythm(folder: Path) -> Rhythm | None:
    """The rhythm beside an adapter; None where there is none, or where the file is broken, which is
    told.
    """
    path = folder / RHYTHM
    try:
        if path.stat().st_size > _MOST_BYTES:
            raise ValueError("too large")
        return Rhythm.model_validate(json.loads(path.read_text(encoding="utf-8")))
    except FileNotFoundError:
        return None
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(map(str, first["loc"])) or "the file"
        why = f"{place}: {first['msg']}"
    except (OSError, ValueError, RecursionError) as error:
        why = str(error) or type(error).__name__
    log.warning("%s: not read (%s); the twin answers at its own pace until a night", path, why)
    return None
